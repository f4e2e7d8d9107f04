import type { BuildOptions } from 'esbuild';
import { join } from 'node:path';

/** What functions carry in the place of a package that would only be dead weight in Lambda. Each says why. */
const lighter = (name: string): string => join(import.meta.dirname, '..', 'lambdas', 'host', name);

/**
 * How every function is bundled: by the stack, and by `npm run size`, which would otherwise measure something else.
 *
 * The AWS SDK is bundled too, because the one in the runtime is loaded from disk file by file: a third slower to
 * start, and its version is whatever Lambda has that day. `module` before `main`, because only ES modules shake.
 */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  alias: {
    '@aws-sdk/credential-provider-node': lighter('credentials.ts'),
    '@aws-sdk/endpoint-cache': lighter('endpoint-cache.ts'),
    '@smithy/core/event-streams': lighter('event-streams.ts'),
  },
} as const satisfies BuildOptions;

import type { Login } from '../src/rehearsal/secrets.ts';

/** Who we are at a registry. */
export function loginFrom(
  _env: Readonly<Record<string, string | undefined>>,
): (registry: string) => Promise<Login | undefined> {
  return async () => undefined;
}

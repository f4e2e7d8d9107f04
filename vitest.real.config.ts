import { defineConfig } from 'vitest/config';

/** Against servers that others wrote: `npm run test:servers` starts them. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    // Here as well nothing that is said, sent or left behind holds a secret.
    setupFiles: ['test/no-secret-told.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});

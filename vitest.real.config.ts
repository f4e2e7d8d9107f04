import { defineConfig } from 'vitest/config';

/** Against servers that others wrote: `npm run test:servers` starts them. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});

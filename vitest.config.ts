import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What needs a server from outside npm (docker-registry, skopeo, moto, chromium) is a suite of its own: npm run test:servers.
    exclude: ['test/real/**', '**/node_modules/**'],
    testTimeout: 20_000,
    maxWorkers: 2,
  },
});

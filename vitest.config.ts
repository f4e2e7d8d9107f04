import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What needs a server from outside npm (docker-registry, skopeo, moto, chromium) is a suite of its own: npm run test:servers.
    exclude: ['test/real/**', '**/node_modules/**'],
    // No test may print, write down, send or show a secret: test/no-secret-told.test.ts shows that this would be noticed.
    setupFiles: ['test/no-secret-told.ts'],
    // How much was searched, and that no road was silent.
    globalSetup: ['test/roads-searched.ts'],
    testTimeout: 20_000,
    // All that functions log is searched too, and printed nowhere; test/lambdas/ reads it where it is the matter.
    env: { POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_METRICS_DISABLED: 'true' },
    maxWorkers: 2,
  },
});

import { describe } from 'vitest';
import { coderApi } from '../../src/clients/coder.ts';
import { serveCoder } from '../../src/rehearsal/coder/serve.ts';
import { promisesOfACoder } from './coder.ts';

describe('a Coder in memory', () => {
  promisesOfACoder((world) => ({ world, port: world.port, close: () => undefined }));
});

describe('a Coder over HTTP', () => {
  promisesOfACoder(async (world) => {
    const server = await serveCoder({ coder: world, token: 'a-token' });
    const http = { backoffMs: 1, limitMs: 1, tries: 2 };
    const port = coderApi({ url: server.url, token: async () => 'a-token', http });
    return { world, port, close: server.close };
  });
});

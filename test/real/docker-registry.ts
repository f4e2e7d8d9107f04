import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './server-process.ts';

/** The CNCF's own registry, as Debian ships it, empty; without a login, or only for `ROBOT`. */
export interface DockerRegistry {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Where its content is, for those who want to see whether anything was written. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** The one who is let in where there is a login. Its hash is bcrypt's, the only one that the registry takes. */
export const ROBOT = { username: 'robot', password: 'pass:with:colons' };
const HTPASSWD = 'robot:$2y$05$abcdefghijklmnopqrstuuMMJyCiSwfHZ7dnNYGBKSYVhBjGNcuAy\n';

export async function startDockerRegistries(count: number): Promise<readonly DockerRegistry[]> {
  return Promise.all(Array.from({ length: count }, async () => startDockerRegistry()));
}

export async function startDockerRegistry({ login = false } = {}): Promise<DockerRegistry> {
  const home = mkdtempSync(join(tmpdir(), 'greenroom-docker-registry-'));
  const directory = join(home, 'content');
  const config = join(home, 'config.json');
  const path = join(home, 'htpasswd');
  writeFileSync(path, HTPASSWD);
  // JSON is YAML. At `info` it says where it listens, which is the only way to learn the port that it was given.
  writeFileSync(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'info', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: directory }, delete: { enabled: true } },
      http: { addr: '127.0.0.1:0' },
      ...(login && { auth: { htpasswd: { realm: 'a registry', path } } }),
    }),
  );
  const server = await startServer('docker-registry', ['serve', config], /listening on (127\.0\.0\.1:\d+)/);
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  };
  return { host: server.address, directory, stop };
}

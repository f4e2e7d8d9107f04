import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { OutsideError } from '../core/outside-error.ts';
import type { IdentityToken, Login, LoginOf } from './bearer.ts';

export interface DockerConfigSettings {
  /** `~/.docker/config.json`, or wherever `DOCKER_CONFIG` points. A file that is not there knows nobody. */
  readonly path: string;
  /** What credential helpers are run with: they are found on its `PATH`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, Entry>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

interface Entry {
  /** base64 of `name:password` */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/**
 * Who `docker login` says that we are, read anew for each question: people log in while we run.
 *
 * In docker's own order: the registry's helper, then the general store, then what stands in the file itself.
 */
export function dockerLogins(settings: DockerConfigSettings): LoginOf {
  return async (registry) => {
    const config = await readConfig(settings.path);
    const keys = keysOf(registry);
    const helper = keys.map((key) => config.credHelpers?.[key]).find(Boolean) ?? config.credsStore;
    if (helper) {
      const found = await askHelper(helper, serverOf(registry), settings.environment);
      if (found) return found;
    }
    const entries = Object.entries(config.auths ?? {}).filter(([key]) => keys.includes(bare(key)));
    return entries.map(([, entry]) => loginIn(entry)).find(Boolean);
  };
}

const HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** Docker Hub goes by its oldest name. */
const keysOf = (registry: string): readonly string[] => (HUB.includes(registry) ? HUB : [registry]);

const serverOf = (registry: string): string => (HUB.includes(registry) ? 'https://index.docker.io/v1/' : registry);

/** `https://index.docker.io/v1/` and `ghcr.io` alike: older clients wrote whole addresses. */
const bare = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

async function readConfig(path: string): Promise<DockerConfig> {
  const problem = (detail: string, cause?: unknown): OutsideError =>
    new OutsideError({ service: path, operation: 'read the logins', trouble: 'broken', detail, cause });
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw problem(error.code ?? 'it cannot be read', error);
  });
  const json = jsonOf(text);
  if (typeof json !== 'object' || json === null) throw problem('it is not JSON');
  return json;
}

/** Without the parser's own words, which quote the text: it holds passwords. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function loginIn({ auth, username, password, identitytoken }: Entry): Login | IdentityToken | undefined {
  if (identitytoken) return { identityToken: identitytoken };
  if (username && password) return { username, password };
  const text = Buffer.from(auth ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon > 0
    ? { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
    : undefined;
}

const HELPER_MS = 30_000;

/** Speaks the credential helpers' protocol: the server's name in, JSON out. Source: docker/docker-credential-helpers. */
async function askHelper(
  helper: string,
  server: string,
  environment: DockerConfigSettings['environment'],
): Promise<Login | IdentityToken | undefined> {
  const service = `docker-credential-${helper}`;
  const operation = `get the login for ${server}`;
  if (!/^[\w.-]+$/.test(helper))
    throw new OutsideError({
      service: 'docker',
      operation,
      trouble: 'refused',
      detail: 'the name of its helper is not a name',
    });
  const { code, out } = await run(service, server, environment).catch((error: NodeJS.ErrnoException) => {
    const detail =
      error.code === 'ENOENT'
        ? "this helper is named in docker's configuration and not installed"
        : (error.code ?? error.message);
    throw new OutsideError({ service, operation, trouble: 'broken', detail, cause: error });
  });
  if (code !== 0 && /credentials not found/i.test(out)) return undefined;
  // What it printed is not repeated: where it half succeeded that may be a secret.
  if (code !== 0)
    throw new OutsideError({
      service,
      operation,
      trouble: 'unauthorized',
      detail: `it ended with ${code ?? 'a signal'}`,
    });
  const { Username: username, Secret: secret } = (jsonOf(out) ?? {}) as { Username?: string; Secret?: string };
  if (!secret) return undefined;
  return !username || username === '<token>' ? { identityToken: secret } : { username, password: secret };
}

function run(
  command: string,
  input: string,
  environment: DockerConfigSettings['environment'],
): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['get'], {
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: HELPER_MS,
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => out.push(piece));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out: Buffer.concat(out).toString('utf8') }));
    // A helper that does not read its input has its reasons, and its exit code tells them.
    child.stdin.on('error', () => undefined).end(input);
  });
}

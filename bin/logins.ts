import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Login } from '../src/rehearsal/secrets.ts';
import { Stop } from './command.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const HELPER_MS = 10_000;

/** Who we are at a registry, as `docker login` left it; anonymous where it left nothing. */
export function loginFrom(env: Environment): (registry: string) => Promise<Login | undefined> {
  let config: Promise<DockerConfig> | undefined;
  return async (registry) => {
    config ??= readConfig(join(env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json'));
    const { auths = {}, credHelpers = {}, credsStore } = await config;
    const names = namesOf(registry);
    const helper = names.map((name) => credHelpers[name]).find((each) => each !== undefined) ?? credsStore;
    const helped = helper === undefined ? undefined : await askHelper(helper, names);
    return helped ?? loginIn(names.map((name) => auths[name]?.auth).find((each) => each !== undefined && each !== ''));
  };
}

/** Docker Hub is kept under the address that it had in 2013. */
const namesOf = (registry: string): string[] =>
  registry === 'docker.io'
    ? ['https://index.docker.io/v1/', 'docker.io']
    : [registry, `https://${registry}`, `https://${registry}/`, `http://${registry}`];

async function readConfig(file: string): Promise<DockerConfig> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DockerConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    // Without the cause: a parser's complaint quotes the text, and the text is credentials.
    throw new Stop(`${file} cannot be read`, { remedy: 'mend it, or name another directory with DOCKER_CONFIG' });
  }
}

function loginIn(auth: string | undefined): Login | undefined {
  if (auth === undefined) return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** What a credential helper knows. One that fails knows nothing: a public image needs no login. */
async function askHelper(helper: string, names: readonly string[]): Promise<Login | undefined> {
  for (const name of names) {
    const asking = promisify(execFile)(`docker-credential-${helper}`, ['get'], { timeout: HELPER_MS });
    asking.child.stdin?.on('error', () => undefined).end(name);
    try {
      const { Username, Secret } = JSON.parse((await asking).stdout) as { Username?: string; Secret?: string };
      if (Username && Secret) return { username: Username, password: Secret };
    } catch {
      continue;
    }
  }
  return undefined;
}

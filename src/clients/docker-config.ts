import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isObject, parseJson, type Json } from '../core/json.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { IdentityToken, Login, LoginOf } from './bearer.ts';
import { askHelper, type Environment } from './docker-config/helper.ts';

/**
 * Who `docker login` says that we are, read anew for each question: people log in while we run.
 *
 * In docker's own order: the registry's helper, then the general store, then what stands in the file itself. The
 * environment says where that file is (`DOCKER_CONFIG`), and helpers are run with it and found on its `PATH`.
 */
export function dockerLogins(environment: Environment): LoginOf {
  const home = environment['HOME'] ?? homedir();
  const path = join(environment['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json');
  return async (registry) => {
    const config = await readConfig(path);
    const { credsStore } = config;
    const helper = under(config['credHelpers'], registry).find(isText) ?? (isText(credsStore) ? credsStore : undefined);
    const helped = helper === undefined ? undefined : await askHelper(helper, serverOf(registry), environment);
    return helped ?? under(config['auths'], registry).map(loginIn).find(Boolean);
  };
}

/** What to type for a registry that does not know us. */
export const dockerLogin = (registry: string): string => `docker login ${registry}`;

const isText = (json: unknown): json is string => typeof json === 'string' && json !== '';

const HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
const isHub = (registry: string): boolean => HUB.includes(registry);

/** Docker Hub goes by its oldest name. */
const serverOf = (registry: string): string => (isHub(registry) ? 'https://index.docker.io/v1/' : registry);

/** What is kept for a registry: under its name first, then under the whole addresses that older clients wrote. */
function under(kept: unknown, registry: string): unknown[] {
  const names = isHub(registry) ? HUB : [registry];
  const entries = Object.entries(isObject(kept) ? kept : {}).filter(([key]) => names.includes(bare(key)));
  return entries.toSorted(([a], [b]) => Number(b === registry) - Number(a === registry)).map(([, value]) => value);
}

/** `https://index.docker.io/v1/` and `ghcr.io` alike. */
const bare = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

/** A file that is not there knows nobody. */
async function readConfig(path: string): Promise<Json> {
  const problem = (what: string, cause?: unknown): OutsideError => {
    const detail = `${what}: mend it, or name another directory with DOCKER_CONFIG`;
    return new OutsideError({ service: path, operation: 'read the logins', trouble: 'broken', detail, cause });
  };
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw problem(error.code ?? 'it cannot be read', error);
  });
  const json = parseJson(text);
  if (!isObject(json)) throw problem('it is not a JSON object');
  return json;
}

/** `auth` is base64 of `name:password`; a password may have colons of its own. */
function loginIn(entry: unknown): Login | IdentityToken | undefined {
  if (!isObject(entry)) return undefined;
  const { auth, username, password, identitytoken } = entry;
  if (isText(identitytoken)) return { identityToken: identitytoken };
  if (isText(username) && isText(password)) return { username, password };
  const text = Buffer.from(isText(auth) ? auth : '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const found = { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
  return colon > 0 && found.password !== '' ? found : undefined;
}

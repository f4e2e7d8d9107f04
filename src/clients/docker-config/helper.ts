import { spawn } from 'node:child_process';
import { isObject, parseJson } from '../../core/json.ts';
import { OutsideError } from '../../core/outside-error.ts';
import type { IdentityToken, Login } from '../bearer.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Ended {
  /** `null`: by a signal. */
  readonly code: number | null;
  readonly out: string;
}

const HELPER_MS = 30_000;

/**
 * What a credential helper knows of a server; `undefined` where it knows nothing.
 *
 * The server's name goes in and JSON comes out. Source: docker/docker-credential-helpers. What a helper printed is
 * never repeated: where it half succeeded that may be a secret.
 */
export async function askHelper(
  helper: string,
  server: string,
  environment: Environment,
): Promise<Login | IdentityToken | undefined> {
  const service = `docker-credential-${helper}`;
  const trouble = (kind: 'refused' | 'broken' | 'unauthorized', detail: string): OutsideError =>
    new OutsideError({ service, operation: `get the login for ${server}`, trouble: kind, detail });
  if (!/^[\w.-]+$/.test(helper)) throw trouble('refused', 'that is no name for a helper');
  const { code, out } = await run(service, server, environment).catch((error: NodeJS.ErrnoException) => {
    const absent = "docker's configuration names this helper, and it is not installed";
    throw trouble('broken', error.code === 'ENOENT' ? absent : (error.code ?? error.message));
  });
  if (code !== 0 && /credentials not found/i.test(out)) return undefined;
  if (code !== 0) throw trouble('unauthorized', `it ended with ${code ?? 'a signal'}`);
  const login = loginIn(out);
  if (login === 'garbled') throw trouble('broken', 'what it printed is not a login');
  return login;
}

function loginIn(out: string): Login | IdentityToken | 'garbled' | undefined {
  const json = parseJson(out);
  if (!isObject(json)) return 'garbled';
  const { Username: username = '', Secret: secret = '' } = json;
  if (typeof username !== 'string' || typeof secret !== 'string') return 'garbled';
  if (secret === '') return undefined;
  return username === '' || username === '<token>' ? { identityToken: secret } : { username, password: secret };
}

function run(command: string, input: string, environment: Environment): Promise<Ended> {
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

import type { Call } from './call.ts';

/** Shorter ones protect nothing, and would tear words apart. */
const SHORTEST = 4;

/**
 * A complaint without what we sent to prove who we are: some servers repeat the request in their answer, and an
 * answer ends up in errors and logs.
 */
export function withoutSecrets(complaint: Buffer, call: Call): Buffer {
  const secrets = secretsIn(call).filter((secret) => complaint.includes(secret));
  return Buffer.from(secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), complaint.toString('utf8')));
}

function secretsIn({ headers = {}, body }: Call): string[] {
  const [scheme = '', value = ''] = (headers['authorization'] ?? '').split(' ', 2);
  const password = scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString('utf8').split(':') : [];
  const token = typeof body === 'string' ? (new URLSearchParams(body).get('refresh_token') ?? '') : '';
  return [value, password.slice(1).join(':'), token].filter(({ length }) => length >= SHORTEST);
}

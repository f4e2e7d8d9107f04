import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const ALWAYS_SIGNED = ['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];

/**
 * What a request's Authorization must be, signature version 4 once more by its description; `undefined` where something
 * was left unsigned that must not be. Source: AWS, "Create a signed AWS API request".
 */
export function authorizationFor(
  { method, url = '', headers }: IncomingMessage,
  place: 'us-east-2/s3' | 'us-east-2/eks' | 'us-east-2/sns' | 'us-east-2/states',
  keys: Keys,
  body: Buffer = Buffer.of(),
): string | undefined {
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
  if (!ALWAYS_SIGNED.every((name) => names.split(';').includes(name))) return undefined;
  if (headers['x-amz-content-sha256'] !== hash(body)) return undefined;
  const signed = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = [method, url, '', signed.join(''), names, headers['x-amz-content-sha256']].join('\n');
  const date = String(headers['x-amz-date']);
  const scope = `${date.slice(0, 8)}/${place}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';

/**
 * A certificate authority that nobody else knows, and one certificate of it for 127.0.0.1, as an EKS cluster has.
 *
 * Written out in DER because Node can read certificates and not make them. Source: RFC 5280.
 */
export function privateAuthority(): { readonly ca: string; readonly key: string; readonly cert: string } {
  const [authority, server] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  if (!authority || !server) throw new Error('no keys');
  const ca = certificate({
    subject: 'kubernetes',
    publicKey: authority.publicKey,
    signer: authority.privateKey,
    isAuthority: true,
  });
  const cert = certificate({
    subject: '127.0.0.1',
    publicKey: server.publicKey,
    signer: authority.privateKey,
    isAuthority: false,
  });
  const key = createPrivateKey(server.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { ca, cert, key: String(key.export({ type: 'pkcs8', format: 'pem' })) };
}

interface Wanted {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly isAuthority: boolean;
}

function certificate({ subject, publicKey, signer, isAuthority }: Wanted): string {
  const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name('kubernetes'),
    sequence(tagged(0x17, Buffer.from('200101000000Z')), tagged(0x17, Buffer.from('490101000000Z'))),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(isAuthority ? AUTHORITY : ADDRESS)),
  );
  const der = sequence(
    body,
    ecdsaWithSha256,
    tagged(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)])),
  );
  return String(new X509Certificate(der));
}

const tagged = (tag: number, content: Buffer): Buffer => {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts));
const oid = (...bytes: readonly number[]): Buffer => tagged(0x06, Buffer.from(bytes));
const name = (common: string): Buffer =>
  sequence(tagged(0x31, sequence(oid(0x55, 0x04, 0x03), tagged(0x0c, Buffer.from(common)))));

/** basicConstraints: an authority. Critical. */
const AUTHORITY = sequence(
  oid(0x55, 0x1d, 0x13),
  tagged(0x01, Buffer.from([0xff])),
  tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))),
);
/** subjectAltName: the address 127.0.0.1. */
const ADDRESS = sequence(oid(0x55, 0x1d, 0x11), tagged(0x04, sequence(tagged(0x87, Buffer.from([127, 0, 0, 1])))));

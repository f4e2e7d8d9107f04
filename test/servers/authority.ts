import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';

/**
 * A certificate authority that nobody else knows, and one certificate of it for 127.0.0.1, as an EKS cluster has.
 *
 * Written out in DER because Node can read certificates and not make them. Source: RFC 5280.
 */
export function privateAuthority(): { readonly ca: string } & Issued {
  const { ca, issue } = certificateAuthority('kubernetes');
  return { ca, ...issue({ names: ['127.0.0.1'] }) };
}

/** As a TLS server wants them, in PEM. */
export interface Issued {
  readonly key: string;
  readonly cert: string;
}

export interface Wanted {
  /** Domains, `*.example.com` among them, or the address 127.0.0.1. */
  readonly names: readonly string[];
  readonly from?: Date;
  readonly until?: Date;
}

/** Issues whatever is asked for, for any time. */
export function certificateAuthority(called = 'authority'): {
  readonly ca: string;
  readonly issue: (wanted: Wanted) => Issued;
} {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const by = { signer: pair.privateKey, issuer: called };
  const ca = certificate({ ...by, subject: called, publicKey: pair.publicKey, extension: AUTHORITY });
  const issue = ({ names, from, until }: Wanted): Issued => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const subject = names[0] ?? '';
    const times = { ...(from && { from }), ...(until && { until }) };
    const cert = certificate({ ...by, ...times, subject, publicKey, extension: alternativeNames(names) });
    return { cert, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
  };
  return { ca, issue };
}

interface Signed {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extension: Buffer;
  readonly from?: Date;
  readonly until?: Date;
}

const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const FAR_AHEAD = new Date('2049-01-01T00:00:00Z');

function certificate({ subject, issuer, publicKey, signer, extension, ...times }: Signed): string {
  const { from = LONG_AGO, until = FAR_AHEAD } = times;
  const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name(issuer),
    sequence(utcTime(from), utcTime(until)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension)),
  );
  const der = sequence(
    body,
    ecdsaWithSha256,
    tagged(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)])),
  );
  return String(new X509Certificate(der));
}

/** `260914120000Z`: until 2049. */
const utcTime = (at: Date): Buffer =>
  tagged(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replaceAll(/[-T:]/g, '')}Z`));

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
/** subjectAltName: domains, and the address 127.0.0.1. */
const alternativeNames = (names: readonly string[]): Buffer =>
  sequence(oid(0x55, 0x1d, 0x11), tagged(0x04, sequence(...names.map(generalName))));
const generalName = (of: string): Buffer =>
  of === '127.0.0.1' ? tagged(0x87, Buffer.from([127, 0, 0, 1])) : tagged(0x82, Buffer.from(of));

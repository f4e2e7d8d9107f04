import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from './sha256.ts';

export type AwsCredentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** Who signs, for which service of which region. */
export interface Signatory {
  readonly service: 'eks' | 's3' | 'sts';
  readonly region: string;
  readonly credentials: AwsCredentials;
}

/** A path is escaped once more before it is signed, everywhere but in S3. */
export const signerOf = (signatory: Signatory): SignatureV4 =>
  new SignatureV4({ ...signatory, sha256: Sha256, uriEscapePath: signatory.service !== 's3' });

/** The headers with which AWS takes this GET: those given, and what makes them ours. */
export async function signedGet(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signatory: Signatory,
  signingDate: Date,
): Promise<Record<string, string>> {
  const { protocol, hostname, pathname: path, host } = url;
  const request = { method: 'GET', protocol, hostname, path, headers: { ...headers, host } };
  return (await signerOf(signatory).sign(request, { signingDate })).headers;
}

/** China's regions are a partition of their own. */
export const awsHost = ({ service, region }: Pick<Signatory, 'service' | 'region'>): string =>
  `${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

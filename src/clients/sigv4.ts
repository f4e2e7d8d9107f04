import { SignatureV4 } from '@smithy/signature-v4';
import type { Call } from './http/call.ts';
import { Sha256 } from './sha256.ts';

export type AwsCredentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** Who signs, for which service of which region. */
export interface Signatory {
  readonly service: 'eks' | 's3' | 'sns' | 'states' | 'sts';
  readonly region: string;
  readonly credentials: AwsCredentials;
}

/** A path is escaped once more before it is signed, everywhere but in S3. */
export const signerOf = (signatory: Signatory): SignatureV4 =>
  new SignatureV4({ ...signatory, sha256: Sha256, uriEscapePath: signatory.service !== 's3' });

type Unsigned = Pick<Call, 'method' | 'url'> & Required<Pick<Call, 'headers'>> & { readonly body?: string };

/** A request as AWS takes it: what was given, and the headers that make it ours. */
export async function signed(request: Unsigned, signatory: Signatory, signingDate: Date): Promise<Unsigned> {
  const { protocol, hostname, pathname: path, host } = request.url;
  const unsigned = { ...request, protocol, hostname, path, headers: { ...request.headers, host } };
  const { headers } = await signerOf(signatory).sign(unsigned, { signingDate });
  return { ...request, headers };
}

/** China's regions are a partition of their own. */
export const awsHost = ({ service, region }: Pick<Signatory, 'service' | 'region'>): string =>
  `${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

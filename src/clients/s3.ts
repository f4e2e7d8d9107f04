import { parseComplaint } from '../core/headers.ts';
import { OutsideError, type Trouble } from '../core/outside-error.ts';
import { s3Object, type S3Object } from '../core/s3-object.ts';
import { awsTrouble } from './aws-trouble.ts';
import type { Http } from './http.ts';
import type { Call, Flow } from './http/call.ts';
import { awsHost, signed as signedBy, type AwsCredentials } from './sigv4.ts';

export interface S3Settings {
  /** Where buckets are looked for first; S3 says where else one is. */
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly now: () => Date;
  /** Where a region's S3 has a bucket. */
  readonly bucketAt?: (bucket: string, region: string) => string;
}

/**
 * Objects of S3, each by one signed GET.
 *
 * Not by AWS's own client, which weighs more than all that a function needs to read a calendar.
 */
export interface S3 {
  /** Answers 200 and 304; anything else is thrown, with what to do about it. The address is no secret, and is named. */
  get(address: string, asking: Asking): Promise<Flow>;
}

export interface Asking extends Pick<Call, 'operation' | 'signal'> {
  readonly http: Http;
  readonly headers: Readonly<Record<string, string>>;
}

export function s3(settings: S3Settings): S3 {
  /** Of buckets that are in another region than ours. */
  const regions = new Map<string, string>();
  return {
    get: async (address, asking) => {
      const object = s3Object(address);
      if (!object) throw problem(asking, address, 'refused', 'it is not s3://bucket/key');
      const { http, operation, signal } = asking;
      const regionOf = (): string => regions.get(object.bucket) ?? settings.region;
      const ask = async (): Promise<Flow> => {
        const request = await signed(object, regionOf(), asking, settings);
        return http.open({ service: address, operation, method: 'GET', ...request, signal });
      };
      let flow = await ask();
      const elsewhere = regionIn(flow);
      if (elsewhere !== undefined && elsewhere !== regionOf()) {
        flow.drop();
        regions.set(object.bucket, elsewhere);
        flow = await ask();
      }
      if (flow.status === 200 || flow.status === 304) return flow;
      flow.drop();
      throw refusalOf(flow, asking, address);
    },
  };
}

/** Names with a dot fit no certificate as part of a host's name. */
const atAws = (bucket: string, region: string): string => {
  const host = awsHost({ service: 's3', region });
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
};

async function signed(
  { bucket, key }: S3Object,
  region: string,
  { headers, operation }: Asking,
  { credentials, now, bucketAt = atAws }: S3Settings,
): Promise<Pick<Call, 'url' | 'headers'>> {
  const url = new URL(`${bucketAt(bucket, region)}/${key}`);
  try {
    return await signedBy({ method: 'GET', url, headers }, { service: 's3', region, credentials }, now());
  } catch (error) {
    throw awsTrouble(`s3://${bucket}/${key}`, `sign a request to ${operation}`, error);
  }
}

/** Where S3 says that the bucket is: in a header, or, in regions that were made since 2019, in the body alone. */
function regionIn({ status, headers, body }: Flow): string | undefined {
  if (status !== 301 && status !== 307 && status !== 400) return undefined;
  const named = headers['x-amz-bucket-region'] ?? /<Region>([a-z0-9-]+)<\/Region>/.exec(body.toString('utf8'))?.[1];
  return typeof named === 'string' && /^[a-z0-9-]{5,30}$/.test(named) ? named : undefined;
}

/** By S3's code alone: where a signature does not match, its words are the whole request. */
function refusalOf({ status, headers, body }: Flow, asking: Asking, service: string): OutsideError {
  const { code = '' } = parseComplaint(body.toString('utf8'));
  const [trouble, remedy] = meaningOf(status, code, /kms:/i.test(body.toString('utf8')));
  const detail = headers['x-amz-delete-marker'] === 'true' ? DELETED : remedy;
  return problem(asking, service, trouble, detail, { status, ...(code !== '' && { code }) });
}

const DELETED = 'it was deleted, and only older versions are left: put it there again';

function meaningOf(status: number, code: string, byKms: boolean): readonly [Trouble, string] {
  if (code === 'NoSuchBucket') return ['absent', 'there is no such bucket: mend the address in the estate'];
  if (status === 404) return ['absent', 'there is no such object: put it there, or mend the address in the estate'];
  if (code === 'InvalidObjectState')
    return ['refused', 'it is archived: restore it, and keep it in a class that is read at once'];
  if (byKms) return ['unauthorized', 'the key that encrypts it must let this role kms:Decrypt'];
  if (code === 'AccessDenied')
    return [
      'unauthorized',
      'either it is not there (S3 says so only to who may list the bucket), or this role, the bucket’s policy or its key does not allow s3:GetObject',
    ];
  if (status === 401 || status === 403) return ['unauthorized', 'it does not take these credentials'];
  if (status === 429 || status === 503) return ['throttled', 'it asks to be left alone for a while'];
  if (status === 301 || status === 307)
    return ['refused', 'the bucket is in another region, and S3 does not say which'];
  return [status >= 500 ? 'broken' : 'refused', 'no object came'];
}

const problem = (
  { operation }: Asking,
  service: string,
  trouble: Trouble,
  detail: string,
  answer: { readonly status?: number; readonly code?: string } = {},
): OutsideError => new OutsideError({ service, operation, trouble, detail, ...answer });

import { isObject, objectIn } from '../core/json.ts';
import { OutsideError } from '../core/outside-error.ts';
import { minutes, plus, seconds } from '../core/time.ts';
import { awsTrouble, faultOf } from './aws-trouble.ts';
import { httpClient, type Http } from './http.ts';
import type { Answer } from './http/call.ts';
import { awsHost, signed, signerOf, type AwsCredentials } from './sigv4.ts';

export interface EksSettings {
  /** EKS's own name for the cluster. */
  readonly cluster: string;
  readonly region: string;
  readonly now: () => Date;
  readonly credentials: AwsCredentials;
  readonly http?: Http;
  /** Where the region's EKS answers, if not at AWS. */
  readonly endpoint?: string;
  /** One request and all its retries. */
  readonly withinMs?: number;
}

/** How a cluster is spoken to. */
export interface Access {
  readonly endpoint: URL;
  /** Whom to trust there, as PEM. */
  readonly ca: string;
}

export interface ClusterAccess {
  /** Looked up once; after `forget`, once more: a cluster that was made anew has another endpoint. */
  access(): Promise<Access>;
  /** A bearer token that is good for a minute at least. `afresh`: another one, because this one was refused. */
  token(afresh?: boolean): Promise<string>;
  forget(): void;
}

/** A token is good for fifteen minutes, whatever it says itself. Source: aws-iam-authenticator. */
const TOKEN_MS = minutes(14);

/** Where an EKS cluster answers, and who we are there. */
export function eksAccess(settings: EksSettings): ClusterAccess {
  const { now, http = httpClient() } = settings;
  let found: Promise<Access> | undefined;
  let minted: { readonly token: Promise<string>; readonly until: Date } | undefined;
  const mint = (): Promise<string> => {
    const token = tokenFor(settings);
    minted = { token, until: plus(now(), TOKEN_MS) };
    token.catch(() => (minted = undefined));
    return token;
  };
  return {
    access: () => {
      found ??= describe(settings, http);
      found.catch(() => (found = undefined));
      return found;
    },
    token: (afresh = false) => (!afresh && minted && now() < minted.until ? minted.token : mint()),
    forget: () => {
      found = undefined;
    },
  };
}

/** DescribeCluster, and not by AWS's own client, which weighs twenty times what it is needed for. */
async function describe(settings: EksSettings, http: Http): Promise<Access> {
  const { cluster, region, withinMs = seconds(5) } = settings;
  const operation = `look up the cluster ${cluster} in ${region}`;
  try {
    const url = new URL(`${settings.endpoint ?? `https://${awsHost({ service: 'eks', region })}`}/clusters/${cluster}`);
    const request = await signed({ method: 'GET', url, headers: {} }, { ...settings, service: 'eks' }, settings.now());
    const answer = await http.ask({ service: 'eks', operation, ...request, signal: AbortSignal.timeout(withinMs) });
    if (answer.status !== 200) throw faultOf(answer);
    return accessIn(answer, operation);
  } catch (error) {
    throw awsTrouble('eks', operation, error);
  }
}

function accessIn({ body }: Answer, operation: string): Access {
  const { cluster } = objectIn(body.toString('utf8')) ?? {};
  const { endpoint, status, certificateAuthority } = isObject(cluster) ? cluster : {};
  const url = URL.parse(String(endpoint));
  const { data } = isObject(certificateAuthority) ? certificateAuthority : {};
  const ca = Buffer.from(String(data), 'base64').toString('utf8');
  if (url && ca.includes('-----BEGIN CERTIFICATE-----')) return { endpoint: url, ca };
  const standing = typeof status === 'string' ? status : 'of no known status';
  const detail = `it is ${standing} and has no endpoint or no certificate yet`;
  throw new OutsideError({ service: 'eks', operation, trouble: 'refused', detail });
}

/**
 * A request to STS that says who we are, signed and not sent: the cluster sends it.
 *
 * Exactly `host` and `x-k8s-aws-id` are signed, because the cluster sends no other header; one parameter more and it
 * refuses. Source: aws-iam-authenticator, verifier.
 */
async function tokenFor({ cluster, region, now, credentials }: EksSettings): Promise<string> {
  try {
    const signatory = { service: 'sts', region, credentials } as const;
    const hostname = awsHost(signatory);
    const signed = await signerOf(signatory).presign(
      {
        method: 'GET',
        protocol: 'https:',
        hostname,
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host: hostname, 'x-k8s-aws-id': cluster },
      },
      { expiresIn: 60, signingDate: now() },
    );
    const query = Object.entries(signed.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
    const url = `https://${hostname}/?${new URLSearchParams(query).toString()}`;
    return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
  } catch (error) {
    throw awsTrouble('eks', `sign a token for ${cluster} in ${region}`, error);
  }
}

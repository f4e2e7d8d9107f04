import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { SignatureV4 } from '@smithy/signature-v4';
import { OutsideError } from '../core/outside-error.ts';
import { minutes, plus, seconds } from '../core/time.ts';
import { awsTrouble } from './aws-trouble.ts';
import { Sha256 } from './sha256.ts';

export interface EksSettings {
  /** EKS's own name for the cluster. */
  readonly cluster: string;
  readonly region: string;
  readonly now: () => Date;
  readonly client?: EKSClient;
  /** One request, the SDK's own retries included. */
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
  const { region, now } = settings;
  const client = settings.client ?? new EKSClient({ region });
  let found: Promise<Access> | undefined;
  let minted: { readonly token: Promise<string>; readonly until: Date } | undefined;
  const mint = (): Promise<string> => {
    const token = tokenFor(settings, client);
    minted = { token, until: plus(now(), TOKEN_MS) };
    token.catch(() => (minted = undefined));
    return token;
  };
  return {
    access: () => {
      found ??= describe(settings, client);
      found.catch(() => (found = undefined));
      return found;
    },
    token: (afresh = false) => (!afresh && minted && now() < minted.until ? minted.token : mint()),
    forget: () => {
      found = undefined;
    },
  };
}

async function describe({ cluster, region, withinMs = seconds(5) }: EksSettings, client: EKSClient): Promise<Access> {
  const operation = `look up the cluster ${cluster} in ${region}`;
  try {
    const abortSignal = AbortSignal.timeout(withinMs);
    const { cluster: found } = await client.send(new DescribeClusterCommand({ name: cluster }), { abortSignal });
    const endpoint = URL.parse(found?.endpoint ?? '');
    const ca = Buffer.from(found?.certificateAuthority?.data ?? '', 'base64').toString('utf8');
    if (endpoint && ca.includes('-----BEGIN CERTIFICATE-----')) return { endpoint, ca };
    const detail = `it is ${found?.status ?? 'of no known status'} and has no endpoint or no certificate yet`;
    throw new OutsideError({ service: 'eks', operation, trouble: 'refused', detail });
  } catch (error) {
    throw awsTrouble('eks', operation, error);
  }
}

/**
 * A request to STS that says who we are, signed and not sent: the cluster sends it.
 *
 * Exactly `host` and `x-k8s-aws-id` are signed, because the cluster sends no other header; one parameter more and it
 * refuses. Source: aws-iam-authenticator, verifier.
 */
async function tokenFor({ cluster, region, now }: EksSettings, client: EKSClient): Promise<string> {
  try {
    const signer = new SignatureV4({ service: 'sts', region, credentials: client.config.credentials, sha256: Sha256 });
    const hostname = stsHost(region);
    const signed = await signer.presign(
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

/** China's regions are a partition of their own. */
const stsHost = (region: string): string => `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

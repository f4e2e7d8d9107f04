import { describe, expect, it } from 'vitest';
import { eksAccess } from '../../src/clients/eks.ts';
import { httpClient } from '../../src/clients/http.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { minutes, plus } from '../../src/core/time.ts';
import { serveEks } from '../servers/eks.ts';

const NOW = new Date('2026-09-14T12:00:00.000Z');
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-key', sessionToken: 'a+session/token==' };
const CLUSTER = { cluster: 'ai-coder-com', region: 'us-east-2', credentials };

const urlIn = (token: string): URL => new URL(Buffer.from(token.replace(/^k8s-aws-v1\./, ''), 'base64url').toString());

describe('a token for EKS', () => {
  it('is a signed request to STS that says who we are, with exactly what the authenticator allows', async () => {
    const token = await eksAccess({ ...CLUSTER, now: () => NOW }).token();
    expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    const url = urlIn(token);
    expect([url.origin, url.pathname]).toEqual(['https://sts.us-east-2.amazonaws.com', '/']);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260914/us-east-2/sts/aws4_request',
      'X-Amz-Date': '20260914T120000Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': 'a+session/token==',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
    expect(token.length).toBeLessThan(4_096);
  });

  it('is signed for one cluster and no other', async () => {
    const signatureFor = async (cluster: string) =>
      urlIn(await eksAccess({ ...CLUSTER, cluster, now: () => NOW }).token()).searchParams.get('X-Amz-Signature');
    expect(await signatureFor('one')).not.toBe(await signatureFor('other'));
  });

  it('is kept for fourteen of its fifteen minutes, and made anew when it was refused', async () => {
    let now = NOW;
    const access = eksAccess({ ...CLUSTER, now: () => now });
    const first = await access.token();
    now = plus(NOW, minutes(13.9));
    expect(await access.token()).toBe(first);
    now = plus(NOW, minutes(14));
    const second = await access.token();
    expect(second).not.toBe(first);
    now = plus(NOW, minutes(15));
    expect(await access.token(true)).not.toBe(second);
  });

  it('goes to STS where China’s is', async () => {
    const token = await eksAccess({ ...CLUSTER, region: 'cn-north-1', now: () => NOW }).token();
    expect(urlIn(token).host).toBe('sts.cn-north-1.amazonaws.com.cn');
  });
});

describe('a cluster’s address', () => {
  it('is looked up once, with the authority to trust there, and again when it was forgotten', async () => {
    await using server = await serveEks(credentials);
    const access = eksAccess({ ...CLUSTER, now: () => NOW, endpoint: server.endpoint });
    const [one, two] = await Promise.all([access.access(), access.access()]);
    expect(one).toBe(two);
    expect([one.endpoint.href, one.ca]).toEqual([
      'https://0123456789abcdef.gr7.us-east-2.eks.amazonaws.com/',
      server.ca,
    ]);
    access.forget();
    await access.access();
    expect(server.asked).toEqual(['/clusters/ai-coder-com', '/clusters/ai-coder-com']);
  });

  it('is asked for again where EKS is throttled or has trouble of its own', async () => {
    for (const [status, type] of [
      [400, 'ThrottlingException'],
      [503, 'ServiceUnavailableException'],
    ] as const) {
      await using server = await serveEks(credentials, { status, type, body: { message: 'later' }, times: 2 });
      const { endpoint } = server;
      const http = httpClient({ backoffMs: 1, limitMs: 1 });
      expect(await eksAccess({ ...CLUSTER, now: () => NOW, endpoint, http }).access()).toMatchObject({ ca: server.ca });
      expect(server.asked).toHaveLength(3);
    }
  });

  it.each<[string, number, object, string, RegExp]>([
    [
      'a cluster that is not there',
      404,
      { message: 'No cluster found for name: ai-coder-com.' },
      'ResourceNotFoundException',
      /look up the cluster ai-coder-com in us-east-2: 404 ResourceNotFoundException/,
    ],
    [
      'no permission',
      403,
      { message: 'not authorized to perform: eks:DescribeCluster' },
      'AccessDeniedException',
      /403 AccessDeniedException .*eks:DescribeCluster/,
    ],
    [
      'another account’s signature',
      403,
      { message: 'The request signature we calculated does not match\nThe Canonical String for this request' },
      'InvalidSignatureException:http://internal.amazon.com/coral/com.amazon.coral.service/',
      /403 InvalidSignatureException The request signature we calculated does not match/,
    ],
    [
      'a cluster in the making',
      200,
      { cluster: { name: 'ai-coder-com', status: 'CREATING' } },
      '',
      /it is CREATING and has no endpoint/,
    ],
    [
      'a certificate that is none',
      200,
      { cluster: { endpoint: 'https://a.example.com', certificateAuthority: { data: 'bm9uZQ==' } } },
      '',
      /no certificate yet/,
    ],
  ])('that of %s is an error that says so', async (_, status, body, type, message) => {
    await using server = await serveEks(credentials, { status, body, type });
    const error = await eksAccess({ ...CLUSTER, now: () => NOW, endpoint: server.endpoint })
      .access()
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(OutsideError);
    expect((error as Error).message).toMatch(message);
  });
});

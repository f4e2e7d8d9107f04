import { describe, expect, it } from 'vitest';
import { httpClient } from '../../src/clients/http.ts';
import { s3 } from '../../src/clients/s3.ts';
import { feed, titlesIn } from '../clients/icalendar/a-feed.ts';
import { moto } from './moto.ts';

const { endpoint, region, credentials } = moto('us-east-2');

/** moto looks at who asks, and believes it. */
const authorization = `AWS4-HMAC-SHA256 Credential=test/20261124/${region}/s3/aws4_request, SignedHeaders=host, Signature=0`;

/** As somebody else writes there. */
async function say(method: 'PUT' | 'DELETE', path: string, body?: string): Promise<void> {
  const answer = await fetch(`${endpoint}${path}`, {
    method,
    headers: { authorization },
    ...(body !== undefined && { body }),
  });
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
}

describe('a calendar in moto’s S3', () => {
  it('is read by its latest version, asked only whether it changed, and missed when it is deleted', async () => {
    const bucket = `workshops-${crypto.randomUUID()}`;
    const [here, there] = [`/${bucket}`, `/${bucket}/2026/labs.ics`];
    const status = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    const where = `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
    await say('PUT', here, where);
    await say('PUT', `${here}?versioning`, status);
    const { open, ...rest } = httpClient({ tries: 1 });
    const statuses: number[] = [];
    const http: typeof rest & { open: typeof open } = {
      ...rest,
      open: async (call) => {
        const flow = await open(call);
        statuses.push(flow.status);
        return flow;
      },
    };
    const bucketAt = (name: string): string => `${endpoint}/${name}`;
    const objects = s3({ region, credentials: async () => credentials, now: () => new Date(), bucketAt });
    const titles = titlesIn({ address: async () => `s3:/${there}`, http, s3: objects });

    await expect(titles()).rejects.toThrow(/404 NoSuchKey there is no such object/);
    await say('PUT', there, feed('Workshop'));
    expect([await titles(), await titles()]).toEqual([['Workshop'], ['Workshop']]);
    await say('PUT', there, feed('Workshop, moved'));
    expect(await titles()).toEqual(['Workshop, moved']);
    await say('DELETE', there);
    await expect(titles()).rejects.toThrow(/404 NoSuchKey/);
    expect(statuses).toEqual([404, 200, 304, 200, 404]);
    http.close();
  });
});

import type { IncomingMessage, RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { IcalendarSettings } from '../../../src/clients/icalendar.ts';
import { s3 } from '../../../src/clients/s3.ts';
import { OutsideError } from '../../../src/core/outside-error.ts';
import { authorizationFor } from '../../servers/sigv4.ts';
import { FEED, listening, NOW, titlesIn } from './a-feed.ts';

const ADDRESS = 's3://workshops/2026/lab~1.ics';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'hunter2-secret', sessionToken: 'hunter2-session' };

/** S3 on this machine, whatever the region, and the calendar that is read from it. */
async function serving(answer: RequestListener, settings: Partial<IcalendarSettings> = {}) {
  const { url, http } = await listening(answer, { tries: 3, backoffMs: 1, limitTries: 2, limitMs: 1 });
  const bucketAt = (bucket: string, region: string): string => `${url}/${region}/${bucket}`;
  const objects = s3({ region: 'us-east-2', credentials: KEYS, now: () => NOW, bucketAt });
  return { titles: titlesIn({ address: async () => ADDRESS, http, s3: objects, ...settings }) };
}

const complaint = (code: string, more = ''): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>about ${KEYS.sessionToken}</Message>${more}</Error>`;

describe('a calendar in S3', () => {
  it('is asked for with a signature that its own reckoning agrees with', async () => {
    const asked: IncomingMessage[] = [];
    const { titles } = await serving((request, response) => {
      asked.push(request);
      response.end(FEED);
    });
    expect(await titles()).toEqual(['Workshop']);
    const [request] = asked;
    expect(request?.url).toBe('/us-east-2/workshops/2026/lab~1.ics');
    expect(request?.headers.authorization).toBe(request && authorizationFor(request, 'us-east-2/s3', KEYS));
  });

  it('is not sent again while it is unchanged, and is when another version was put there', async () => {
    let version = '"1"';
    const statuses: number[] = [];
    const { titles } = await serving((request, response) => {
      const isKnown = request.headers['if-none-match'] === version;
      statuses.push(isKnown ? 304 : 200);
      if (isKnown) response.writeHead(304).end();
      else response.setHeader('etag', version).end(version === '"1"' ? FEED : FEED.replace('Workshop', 'Workshop 2'));
    });
    expect([await titles(), await titles()]).toEqual([['Workshop'], ['Workshop']]);
    version = '"2"';
    expect(await titles()).toEqual(['Workshop 2']);
    expect(statuses).toEqual([200, 304, 200]);
  });

  it.each<[string, RequestListener]>([
    ['in a header', (_, response) => void response.setHeader('x-amz-bucket-region', 'eu-west-2').writeHead(301).end()],
    [
      'in the words of a newer region',
      (_, response) =>
        void response.writeHead(400).end(complaint('AuthorizationHeaderMalformed', '<Region>eu-west-2</Region>')),
    ],
  ])('is looked for where S3 says that its bucket is, %s, and there from then on', async (_, elsewhere) => {
    const asked: string[] = [];
    const { titles } = await serving((request, response) => {
      const [, region = ''] = request.url?.split('/') ?? [];
      asked.push(`${region} ${request.headers.authorization?.split('/')[2]}`);
      if (region === 'us-east-2') elsewhere(request, response);
      else response.end(FEED);
    });
    expect([await titles(), await titles()]).toEqual([['Workshop'], ['Workshop']]);
    expect(asked).toEqual(['us-east-2 us-east-2', 'eu-west-2 eu-west-2', 'eu-west-2 eu-west-2']);
  });

  it('is asked for again where S3 is busy', async () => {
    let tries = 0;
    const { titles } = await serving((_, response) => {
      tries += 1;
      if (tries < 3) response.writeHead(503).end(complaint('SlowDown'));
      else response.end(FEED);
    });
    expect(await titles()).toEqual(['Workshop']);
    expect(tries).toBe(3);
  });
});

describe('a calendar in S3 that cannot be read says why, by S3’s code and never its words', () => {
  it.each<[string, RequestListener, RegExp]>([
    ['it is not there', refuse(404, 'NoSuchKey'), /404 NoSuchKey there is no such object: put it there/],
    ['the bucket is not', refuse(404, 'NoSuchBucket'), /404 NoSuchBucket there is no such bucket/],
    [
      'it was deleted',
      (_, response) =>
        void response.setHeader('x-amz-delete-marker', 'true').writeHead(404).end(complaint('NoSuchKey')),
      /404 NoSuchKey it was deleted/,
    ],
    ['it may not be read', refuse(403, 'AccessDenied'), /403 AccessDenied either it is not there .*s3:GetObject/],
    [
      'it may not be decrypted',
      (_, response) =>
        void response.writeHead(403).end(complaint('AccessDenied', 'not authorized to perform: kms:Decrypt')),
      /403 AccessDenied the key that encrypts it must let this role kms:Decrypt/,
    ],
    ['credentials are wrong', refuse(403, 'SignatureDoesNotMatch'), /403 SignatureDoesNotMatch it does not take these/],
    ['it is archived', refuse(403, 'InvalidObjectState'), /403 InvalidObjectState it is archived: restore it/],
    ['S3 stays busy', refuse(503, 'SlowDown'), /503 SlowDown it asks to be left alone/],
    ['S3 is in trouble', refuse(500, 'InternalError'), /500 InternalError no object came/],
    ['the bucket moved nowhere', refuse(301, 'PermanentRedirect'), /301 .*another region/],
    [
      'regions point at each other',
      (request, response) =>
        void response
          .setHeader('x-amz-bucket-region', request.url?.includes('us-east-2') ? 'eu-west-2' : 'us-east-2')
          .writeHead(301)
          .end(),
      /301 .*another region/,
    ],
    ['it is too large', (_, response) => void response.end(FEED.padEnd(5_000, ' ')), /larger than 0\.002 MB/],
    ['it never comes', () => undefined, /not all there after 0\.3 s/],
  ])('%s', async (_, answer, sentence) => {
    const { titles } = await serving(answer, { mostBytes: 2_000, withinMs: 300 });
    const error: unknown = await titles().catch((thrown: unknown) => thrown);
    if (!(error instanceof OutsideError)) throw new Error('it should have failed', { cause: error });
    expect(error.message).toMatch(sentence);
    expect(error.message).toContain(`${ADDRESS}: could not read the calendar`);
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hunter2');
  });

  it('nobody has let us read it', async () => {
    await expect(titlesIn({ address: async () => ADDRESS })()).rejects.toThrow(
      /name it in the estate \(calendar\.object\)/,
    );
  });
});

function refuse(status: number, code: string): RequestListener {
  return (_, response) => void response.writeHead(status).end(complaint(code));
}

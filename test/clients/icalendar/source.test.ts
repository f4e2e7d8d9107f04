import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { IcalendarSettings } from '../../../src/clients/icalendar.ts';
import { OutsideError } from '../../../src/core/outside-error.ts';
import { FEED, listening, titlesIn } from './a-feed.ts';

const TOKEN = 'private-hunter2';

/** A calendar's server on this machine, and the calendar as Greenroom sees it. */
async function serving(answer: RequestListener, settings: Partial<IcalendarSettings> = {}) {
  const { url, http } = await listening(answer, { tries: 1, limitTries: 1 });
  return {
    titles: titlesIn({ address: async () => `${url}/calendar/ical/team/${TOKEN}/basic.ics`, http, ...settings }),
  };
}

async function failureOf(answer: RequestListener, settings: Partial<IcalendarSettings> = {}): Promise<OutsideError> {
  const { titles } = await serving(answer, settings);
  const error: unknown = await titles().catch((thrown: unknown) => thrown);
  if (error instanceof OutsideError) return error;
  throw new Error('it should have failed', { cause: error });
}

describe('a feed over HTTP', () => {
  it('is read', async () => {
    const { titles } = await serving((_, response) => void response.end(FEED));
    expect(await titles()).toEqual(['Workshop']);
  });

  it('is not sent again while it is unchanged', async () => {
    const asked: (string | undefined)[] = [];
    const { titles } = await serving((request, response) => {
      asked.push(request.headers['if-none-match']);
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.setHeader('etag', '"1"').end(FEED);
    });
    expect([await titles(), await titles()]).toEqual([['Workshop'], ['Workshop']]);
    expect(asked).toEqual([undefined, '"1"']);
  });

  it('is asked for by its date where it has no tag', async () => {
    const date = 'Tue, 24 Nov 2026 09:00:00 GMT';
    const asked: (string | undefined)[] = [];
    const { titles } = await serving((request, response) => {
      asked.push(request.headers['if-modified-since']);
      if (request.headers['if-modified-since'] === date) response.writeHead(304).end();
      else response.setHeader('last-modified', date).end(FEED);
    });
    expect([await titles(), await titles()]).toEqual([['Workshop'], ['Workshop']]);
    expect(asked).toEqual([undefined, date]);
  });

  it('follows a redirect', async () => {
    const { titles } = await serving((request, response) => {
      if (request.url === '/there') response.end(FEED);
      else response.writeHead(302, { location: '/there' }).end();
    });
    expect(await titles()).toEqual(['Workshop']);
  });
});

describe('a feed that cannot be read whole says why, and never its secret address', () => {
  it.each<[string, RequestListener, RegExp]>([
    ['an empty answer', (_, response) => void response.end(''), /it is empty/],
    [
      'a login page with 200',
      (_, response) => void response.end('<!DOCTYPE html><html>Sign in'),
      /web page, such as a login/,
    ],
    ['something else', (_, response) => void response.end('{"hello":1}'), /does not begin with BEGIN:VCALENDAR/],
    ['one that breaks off', (_, response) => void response.end(FEED.slice(0, -20)), /breaks off before END:VCALENDAR/],
    ['one that is too large', (_, response) => void response.end(FEED.padEnd(5_000, ' ')), /larger than 0\.002 MB/],
    [
      'a page that repeats the address',
      (request, response) => void response.writeHead(404).end(`no ${request.url}`),
      /404 no such calendar/,
    ],
    [
      'a refusal',
      (request, response) => void response.writeHead(403).end(JSON.stringify({ message: request.url })),
      /403 .*not shared/,
    ],
    [
      'a server in trouble',
      (request, response) => void response.writeHead(500).end(request.url),
      /500 no calendar came/,
    ],
    ['a connection that breaks', (request) => void request.socket.destroy(), /could not read the calendar/],
    [
      'redirects without end',
      (request, response) => void response.writeHead(302, { location: request.url }).end(),
      /more than 5 redirects/,
    ],
    ['silence', () => undefined, /not all there after 0\.3 s/],
  ])('%s', async (_, answer, sentence) => {
    const error = await failureOf(answer, { mostBytes: 2_000, withinMs: 300 });
    expect(error.message).toMatch(sentence);
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hunter2');
  });

  it.each([
    [
      'http:// to another machine',
      `http://calendar.example.com/${TOKEN}/basic.ics`,
      /http:\/\/ would show it to everybody/,
    ],
    ['an unknown scheme', `ftp://calendar.example.com/${TOKEN}`, /not https:\/\//],
    ['a file that is not there', '/nowhere/workshops.ics', /there is no such file/],
  ])('%s', async (_, address, sentence) => {
    const error = await failureOf(() => undefined, { address: async () => address });
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toContain('hunter2');
  });
});

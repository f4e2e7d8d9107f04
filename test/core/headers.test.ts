import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  goDuration,
  nextPage,
  parseChallenges,
  parseComplaint,
  parseContentRange,
  retryAfter,
  waitInMessage,
} from '../../src/core/headers.ts';

const NOW = new Date('2026-09-14T09:00:00Z');
/** Texts that look as headers do, because a wholly random one never reaches the end of a parser. */
const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        'Bearer',
        'Basic',
        'realm',
        'scope',
        'rel',
        'next',
        'bytes',
        'retry-after:',
        'errors',
        'µs',
        'ms',
        '"',
        '\\',
        ',',
        ';',
        '=',
        '<',
        '>',
        ' ',
        '\t',
        '/',
        '-',
        '*',
        '0',
        '42',
        '1e9',
        '{',
        '}',
        '[',
        ']',
        ':',
        '.',
        'é',
        '\n',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
);

describe('a challenge', () => {
  it.each([
    ['Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull"', 1],
    ['Bearer realm="https://ghcr.io/token", service="ghcr.io" , scope="repository:user/image:pull"', 1],
    ['bearer Realm=https://ghcr.io/token,SERVICE=ghcr.io,scope="repository:user/image:pull",error="invalid_token"', 1],
  ])('of GHCR is read, however it is spaced: %s', (header) => {
    const [challenge] = parseChallenges(header);
    expect(challenge).toMatchObject({
      scheme: 'bearer',
      parameters: { realm: 'https://ghcr.io/token', service: 'ghcr.io', scope: 'repository:user/image:pull' },
    });
  });

  it('of ECR is Basic, and is not to be exchanged for a token', () => {
    const header = 'Basic realm="https://123456789012.dkr.ecr.us-east-2.amazonaws.com/",service="ecr.amazonaws.com"';
    expect(parseChallenges(header).map(({ scheme }) => scheme)).toEqual(['basic']);
  });

  it('may be one of several, with commas inside its quotes and tokens of its own', () => {
    const header =
      'Negotiate, Digest dG9rZW4=, Bearer realm="a",scope="repository:x:pull,push", Basic realm="b, \\"c\\""';
    expect(parseChallenges(header)).toEqual([
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'digest', parameters: {} },
      { scheme: 'bearer', parameters: { realm: 'a', scope: 'repository:x:pull,push' } },
      { scheme: 'basic', parameters: { realm: 'b, "c"' } },
    ]);
  });

  it('is read back as it was written', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/).filter((text) => text !== '__proto__');
    const value = fc.string({ maxLength: 20 });
    const challenge = fc.record({
      scheme: name,
      parameters: fc.dictionary(name, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    });
    const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 3 }), (all) => {
        const spelled = all.map(({ scheme, parameters }) => {
          const pairs = Object.entries(parameters).map(([key, text]) => `${key}=${quoted(text)}`);
          return `${scheme} ${pairs.join(', ')}`;
        });
        expect(parseChallenges(spelled.join(', '))).toEqual(all);
      }),
    );
  });
});

describe('the next page', () => {
  it.each([
    ['</v2/x/tags/list?last=b&n=100>; rel="next"', '/v2/x/tags/list?last=b&n=100'],
    ['<https://ghcr.io/v2/x/tags/list?last=b>;rel=next', 'https://ghcr.io/v2/x/tags/list?last=b'],
    ['</a>; rel="prev", </b>; title="x, y"; rel="last next"', '/b'],
    ['</a,b;c>; rel="next"', '/a,b;c'],
    ['</a>; rel="prev"', undefined],
    ['</a>', undefined],
    ['/a; rel="next"', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %j is %j', (header, page) => {
    expect(nextPage(header)).toBe(page);
  });

  it('is found again, whatever stands beside it', () => {
    const path = fc.webPath().map((text) => `/v2/x${text}`);
    const other = fc.constantFrom('</first>; rel="first"', '</up>', '</prev>; rel=prev; title="a;b"');
    fc.assert(
      fc.property(path, fc.array(other, { maxLength: 3 }), fc.array(other, { maxLength: 3 }), (next, before, after) => {
        expect(nextPage([...before, `<${next}>; rel="next"`, ...after].join(', '))).toBe(next);
      }),
    );
  });
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['1.5', 1_500],
    [' 7 ', 7_000],
    ['Mon, 14 Sep 2026 09:00:30 GMT', 30_000],
    ['Monday, 14-Sep-26 09:00:30 GMT', 30_000],
    ['Mon, 14 Sep 2026 08:00:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
    ['2026', 2_026_000],
  ])('of %j is %j milliseconds', (header, ms) => {
    expect(retryAfter(header, NOW.toUTCString())).toBe(ms);
  });

  it('that is a date says nothing where the answer does not say when it was given', () => {
    const soon = 'Mon, 14 Sep 2026 09:00:30 GMT';
    for (const date of [undefined, '', 'today']) expect(retryAfter(soon, date)).toBeUndefined();
  });

  it('of any instant is how far off it is, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400 }), (seconds) => {
        const date = new Date(NOW.getTime() + seconds * 1_000).toUTCString();
        expect(retryAfter(date, NOW.toUTCString())).toBe(seconds * 1_000);
        expect(retryAfter(String(seconds), undefined)).toBe(seconds * 1_000);
      }),
    );
  });
});

describe('a wait that GHCR puts into its message', () => {
  it.each([
    ['toomanyrequests: retry-after: 1.16676ms, allowed: 44000/minute', 1.166_76],
    ['toomanyrequests: retry-after: 880.092µs, allowed: 44000/minute', 0.880_092],
    ['toomanyrequests: retry-after: 880.092μs, allowed: 44000/minute', 0.880_092],
    ['retry-after: 1m30s, allowed: 2000/minute', 90_000],
    ['Retry-After: 30', 30_000],
    ['retry-after: "2s"', 2_000],
    ['retry-after: never', undefined],
    ['allowed: 44000/minute', undefined],
  ])('%s', (message, ms) => {
    const told = waitInMessage(message);
    if (ms === undefined) expect(told).toBeUndefined();
    else expect(told).toBeCloseTo(ms, 9);
  });

  it.each([
    ['1h2m3.5s', 3_723_500],
    ['0', 0],
    ['.5s', 500],
    ['1', undefined],
    ['', undefined],
    ['1d', undefined],
    ['1s ', undefined],
  ])('is a duration as Go writes it: %j', (text, ms) => {
    expect(goDuration(text)).toBe(ms);
  });
});

describe('Content-Range', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.option(fc.nat()), (first, length, size) => {
        const last = first + length;
        const range = parseContentRange(`bytes ${first}-${last}/${size ?? '*'}`);
        expect(range).toEqual({ first, last, ...(size !== null && { size }) });
      }),
    );
  });

  it.each(['bytes 5-4/10', 'bytes */10', '0-9/10', 'bytes 0-9', 'items 0-9/10', 'bytes -1-9/10', '', undefined])(
    'is not %j',
    (header) => {
      expect(parseContentRange(header)).toBeUndefined();
    },
  );
});

describe('a complaint', () => {
  it.each([
    [
      '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{}}]}',
      'MANIFEST_UNKNOWN',
      'manifest unknown',
    ],
    ['{"details":"incorrect username or password"}', undefined, 'incorrect username or password'],
    ['{"error":"invalid_grant","error_description":"gone"}', 'invalid_grant', 'gone'],
    [
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Signature>abc</Signature></Error>',
      'AccessDenied',
      undefined,
    ],
    ['<html><body>Unicorn!</body></html>', undefined, undefined],
    ['{"errors":[]}', undefined, undefined],
    ['{"errors":[null]}', undefined, undefined],
    ['{"errors":"all"}', undefined, undefined],
    ['null', undefined, undefined],
    ['[]', undefined, undefined],
    ['', undefined, undefined],
  ])('in %s', (body, code, message) => {
    expect(parseComplaint(body)).toEqual({
      ...(code !== undefined && { code }),
      ...(message !== undefined && { message }),
    });
  });

  it('is one short line, whatever it was', () => {
    const text = fc.string({ unit: 'binary', maxLength: 600 });
    fc.assert(
      fc.property(text, text, (code, message) => {
        const said = parseComplaint(JSON.stringify({ errors: [{ code, message }] }));
        for (const each of [said.code ?? '', said.message ?? '']) {
          expect(each).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
          expect(each.length).toBeLessThanOrEqual(300);
        }
      }),
    );
  });
});

describe('no header and no body, however wild,', () => {
  it.each<[string, (text: string) => unknown]>([
    ['challenges', parseChallenges],
    ['a next page', nextPage],
    ['a Retry-After', (text) => retryAfter(text, NOW.toUTCString())],
    ['a duration', goDuration],
    ['a wait in a message', waitInMessage],
    ['a Content-Range', parseContentRange],
    ['a complaint', parseComplaint],
  ])('breaks the reader of %s, or makes it think for long', (_, parse) => {
    fc.assert(
      fc.property(wild, (text) => {
        parse(text);
      }),
      { numRuns: 1_000 },
    );
    for (const each of ['a', '"', '\\"', 'a=', 'a="', '<', '<a>;', '1', '1ms', ' ', ',', '{', 'Bearer ', '; rel=']) {
      parse(each.repeat(20_000));
    }
  });

  it('makes a wait that is not a number, or that is less than none', () => {
    fc.assert(
      fc.property(wild, (text) => {
        for (const ms of [retryAfter(text, NOW.toUTCString()), goDuration(text), waitInMessage(`retry-after: ${text}`)])
          if (ms !== undefined) expect(ms).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

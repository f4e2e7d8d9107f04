import type { EstateCalendar } from '../core/estate.ts';
import { parsed } from '../core/parsed.ts';
import type { Calendar } from '../ports.ts';
import { httpClient, type Http } from './http.ts';
import { readFeed, workshopsIn, type ReadFeed } from './icalendar/read.ts';
import { fetchFeed, problem, type Fetched } from './icalendar/source.ts';
import type { S3 } from './s3.ts';

export interface IcalendarSettings {
  /** `https://…`, `webcal://…`, `s3://bucket/key` or a file; asked anew for each reading, because a secret may be replaced. */
  readonly address: () => Promise<string>;
  readonly estate: { readonly name: string; readonly calendar: EstateCalendar };
  readonly now: () => Date;
  readonly http?: Http;
  /** For addresses in S3. */
  readonly s3?: S3;
  /** Default 16 MB: some 30,000 events. */
  readonly mostBytes?: number;
  /** For all of a reading. Default 20 s. */
  readonly withinMs?: number;
}

const PATIENCE = { tries: 3, limitTries: 2, longestWaitMs: 10_000, stallMs: 10_000, socketsPerHost: 1 } as const;
const MOST_BYTES = 16e6;
const WITHIN_MS = 20_000;

/** Workshops from an iCalendar feed (RFC 5545), such as the secret address of a Google calendar. */
export function icalendar(settings: IcalendarSettings): Calendar {
  const { mostBytes = MOST_BYTES, withinMs = WITHIN_MS, http = httpClient(PATIENCE), s3, now } = settings;
  const { name, calendar } = settings.estate;
  let last: (Fetched & { readonly address: string; readonly read: ReadFeed }) | undefined;
  return {
    workshops: async (between, signal) => {
      const address = await settings.address();
      const known = last?.address === address ? last : undefined;
      const feed = { http, mostBytes, withinMs, ...(s3 && { s3 }), ...(known && { last: known }) };
      const fetched = await fetchFeed(address, feed, signal);
      const isSame = known !== undefined && Buffer.compare(known.body, fetched.body) === 0;
      const read = isSame ? parsed(known.read) : readFeed(fetched.body, calendar);
      if (!read.ok) throw problem(hostOf(address), 'corrupt', read.fault);
      last = { ...fetched, address, read: read.value };
      return { ...workshopsIn(read.value, between, { name, calendar }), asOf: now() };
    },
  };
}

/** For errors: the host, or the file. */
const hostOf = (address: string): string =>
  URL.parse(address)?.host || (/^[a-z]{2,}:/i.test(address) ? 'calendar' : address);

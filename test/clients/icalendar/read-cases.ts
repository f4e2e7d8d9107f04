import { readFeed, workshopsIn } from '../../../src/clients/icalendar/read.ts';
import type { Trouble } from '../../../src/core/announcement.ts';
import type { Workshop } from '../../../src/core/workshop.ts';
import { cases, type Case } from './cases.ts';

export const estate = {
  name: 'ai.coder.com',
  calendar: { zone: 'America/New_York', marks: ['workshop'], attendance: 12 },
} as const;

export interface Outcome {
  readonly workshops: readonly string[];
  readonly troubles: readonly string[];
}

export function outcomeOf({ feed, from = '2026-11-01', until = '2027-02-01' }: Case): Outcome {
  const read = readFeed(Buffer.from(feed as string), estate.calendar);
  if (!read.ok) throw new Error(read.fault);
  const { workshops, troubles } = workshopsIn(read.value, { from: new Date(from), until: new Date(until) }, estate);
  return { workshops: workshops.map(spoken), troubles: troubles.map(told) };
}

const spoken = ({ title, starts, ends }: Workshop): string =>
  `${starts.toISOString().slice(0, 16)}Z ${(ends.getTime() - starts.getTime()) / 60_000}m ${title}`;

const told = ({ event, why }: Trouble): string => `${event}: ${why}`;

/** Run as a process of its own: every case, read where the process has another time zone. */
if (import.meta.main) process.stdout.write(JSON.stringify(cases.map(outcomeOf)));

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cases } from './cases.ts';
import { outcomeOf, type Outcome } from './read-cases.ts';

describe('what a feed announces', () => {
  it.each(cases)('$name', (each) => {
    expect(outcomeOf(each)).toEqual({ workshops: each.workshops, troubles: each.troubles ?? [] });
  });
});

/** As far apart as zones are, one with half an hour, one whose clocks change at midnight, and two that change them the other way round. */
const ZONES = [
  'UTC',
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Pacific/Kiritimati',
  'Australia/Lord_Howe',
  'America/Santiago',
];

describe('the time zone of the process that reads', () => {
  it.each(ZONES)('changes nothing in %s', async (TZ) => {
    const { stdout } = await promisify(execFile)(process.execPath, [`${import.meta.dirname}/read-cases.ts`], {
      env: { ...process.env, TZ },
    });
    const expected = cases.map(({ workshops, troubles = [] }): Outcome => ({ workshops, troubles }));
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { buildsKeepToTheirTime } from '../../../src/core/checks/builds-keep-to-their-time.ts';
import { buildTimesOf, type Build, type BuildTimes } from '../../../src/core/coder.ts';
import { DEFAULT_POLICY } from '../../../src/core/policy.ts';
import { saw, unseen, type Seen } from '../../../src/core/sighting.ts';
import { seconds, plus } from '../../../src/core/time.ts';
import { before, roomAt } from '../a-room.ts';

const { sizing } = DEFAULT_POLICY;
const NOW = before(20);
const built = (...took: readonly number[]): Build[] =>
  took.map((each, i) => ({ started: plus(NOW, -seconds(i * 600)), ended: plus(NOW, -seconds(i * 600 - each)) }));
const judge = (times: Seen<BuildTimes | undefined>) =>
  buildsKeepToTheirTime.judge({ room: roomAt(NOW, [], { builds: [{ pool: 'provisioners', times, sizing }] }) }, NOW)[0];
const measured = (p95Seconds: number): Seen<BuildTimes> => saw({ builds: 60, p50Seconds: 50, p95Seconds, since: NOW });

describe('the time that builds take', () => {
  it('is that of nineteen in twenty, and of half', () => {
    const took = [...Array.from({ length: 18 }, () => 60), 100, 300];
    expect(buildTimesOf(built(...took))).toMatchObject({ builds: 20, p50Seconds: 60, p95Seconds: 100 });
  });

  it('is not told of too few', () => {
    expect(buildTimesOf(built(...Array.from({ length: 19 }, () => 60)))).toBeUndefined();
  });
});

describe('builds keep to their time', () => {
  it('where they are as quick as the floors are reckoned with, or hardly slower', () => {
    expect([judge(measured(90)), judge(measured(99))]).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
    expect(judge(saw(undefined))).toMatchObject({ status: 'ok', evidence: { have: 'too few builds to tell' } });
  });

  it('or else it is a warning, with what to put into the estate and what that would change', () => {
    expect(judge(measured(180))).toMatchObject({
      status: 'warn',
      subject: 'builds on provisioners',
      evidence: { have: 'within 180 s, half within 50 s, of the last 60', gauge: { value: 180, unit: 'seconds' } },
      remedy: {
        ask: expect.stringMatching(
          /buildSeconds .* to 180, with which 12 people need 12 provisioners;.*greenroom capacity --attendance 12 --build 180s\.$/,
        ),
      },
    });
  });

  it('that cannot be seen are a warning and no NO-GO: the floors stand by the estate’s figure', () => {
    expect(judge(unseen('404'))).toMatchObject({ status: 'warn', evidence: { have: '404' } });
  });

  it('is nobody’s business while no floor is asked for', () => {
    expect(buildsKeepToTheirTime.judge({ room: roomAt(NOW, []) }, NOW)).toEqual([]);
  });
});

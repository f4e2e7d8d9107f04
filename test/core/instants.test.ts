import { describe, expect, it } from 'vitest';
import { instantsOf, type Change } from '../../src/core/instants.ts';
import { DEFAULT_POLICY as policy } from '../../src/core/policy.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import { at, aWorkshop } from '../builders.ts';

const SATURDAY = '2026-09-12';
const SUNDAY = '2026-09-13';
const people = (count: number): Workshop['attendance'] => ({ people: count, from: 'description' });

const line = ({ at: instant, does, kind, replicas, until, why }: Change): string =>
  [
    instant.toISOString().slice(5, 16).replace('T', ' '),
    does,
    ...(kind ? [kind] : []),
    ...(replicas === undefined ? [] : [String(replicas)]),
    ...(until ? [`until ${until.toISOString().slice(5, 16).replace('T', ' ')}`] : []),
    `because ${why}`,
  ].join(' ');

const all = (...workshops: Workshop[]): string[] =>
  instantsOf(workshops, policy, at('00:00', '2026-09-01'), at('00:00', '2026-10-01')).map(line);

describe('everything that one workshop makes happen', () => {
  it('is in order, with its reason', () => {
    expect(all(aWorkshop())).toEqual([
      '09-12 09:00 check because “Agents 101” starts in 2 d',
      '09-13 09:00 check because “Agents 101” starts in 1 d',
      '09-13 09:00 raise provisioners 15 until 09-14 12:00 because “Agents 101” expects 20 people',
      '09-13 09:00 raise gateway 6 until 09-14 12:00 because “Agents 101” expects 20 people',
      '09-13 09:00 hold until 09-14 12:00 because “Agents 101” starts in 1 d',
      '09-14 06:00 rotate until 09-14 12:00 because rotation is paused 1 h later; “Agents 101” starts in 3 h',
      '09-14 07:00 pause until 09-14 12:00 because “Agents 101” starts in 2 h',
      '09-14 07:00 freeze until 09-14 12:00 because “Agents 101” starts in 2 h',
      '09-14 08:00 check because “Agents 101” starts in 1 h',
      '09-14 09:00 start because “Agents 101” starts',
      '09-14 11:00 end because “Agents 101” ends',
      '09-14 12:00 restore provisioners because “Agents 101” is over',
      '09-14 12:00 restore gateway because “Agents 101” is over',
      '09-14 12:00 release because “Agents 101” is over',
      '09-14 12:00 resume because “Agents 101” is over',
      '09-14 12:00 thaw because “Agents 101” is over',
    ]);
  });

  it('is cut to [from, to): what happens at `to` is left to whoever asks next', () => {
    const between = (from: Date, to: Date): Change[] => instantsOf([aWorkshop()], policy, from, to);
    expect(between(at('09:00'), at('11:00')).map(line)).toEqual(['09-14 09:00 start because “Agents 101” starts']);
    expect(between(at('11:00'), at('12:00')).map(line)).toEqual(['09-14 11:00 end because “Agents 101” ends']);
    expect(between(at('09:01', SATURDAY), at('09:00', SUNDAY))).toEqual([]);
  });
});

describe('two rooms that arrive together', () => {
  const room = (id: string, ends = '11:00'): Workshop =>
    aWorkshop({ id, title: id.toUpperCase(), ends: at(ends), attendance: people(12) });
  const floors = all(room('a'), room('b', '15:00')).filter((each) => /provisioners/.test(each));

  it('are sized as one, which is the reason that is given', () => {
    expect(floors).toEqual([
      '09-13 09:00 raise provisioners 18 until 09-14 12:00 because “A” (12 people) and “B” (12 people) arrive together: sized as one room of 24',
      '09-14 12:00 lower provisioners 10 until 09-14 16:00 because “A” is over; “B” expects 12 people',
      '09-14 16:00 restore provisioners because “B” is over',
    ]);
  });
});

describe('a smaller workshop that begins while the larger one is on', () => {
  const large = aWorkshop({ title: 'Large', attendance: people(25) });
  const small = aWorkshop({ id: 's', title: 'Small', starts: at('10:30'), ends: at('13:00'), attendance: people(9) });
  const floors = all(large, small).filter((each) => /provisioners/.test(each));

  it('raises nothing, and lowers instead of restoring when the larger one is over', () => {
    expect(floors).toEqual([
      '09-13 09:00 raise provisioners 19 until 09-14 12:00 because “Large” expects 25 people',
      '09-13 10:30 keep provisioners 19 until 09-14 12:00 because “Small” needs no more',
      '09-14 12:00 lower provisioners 8 until 09-14 14:00 because “Large” is over; “Small” expects 9 people',
      '09-14 14:00 restore provisioners because “Small” is over',
    ]);
  });

  it('is let go of when the last of them is over', () => {
    expect(all(large, small).filter((each) => /release|hold/.test(each))).toEqual([
      '09-13 09:00 hold until 09-14 14:00 because “Large” starts in 1 d; “Small” follows',
      '09-14 14:00 release because “Small” is over',
    ]);
  });

  it('rotates, pauses and holds once for both', () => {
    const counted = Object.groupBy(all(large, small), (each) => each.split(' ')[2] ?? '');
    for (const once of ['rotate', 'pause', 'resume', 'hold', 'release', 'freeze', 'thaw']) {
      expect(counted[once]).toHaveLength(1);
    }
  });
});

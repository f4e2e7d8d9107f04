import { expect, it } from 'vitest';
import { minutes, plus, seconds } from '../../src/core/time.ts';
import type { Wakeups } from '../../src/ports.ts';

export interface OpenWakeups {
  readonly wakeups: Wakeups;
  /** Lets it become `now`, and names who is woken, in any order. */
  rung(now: Date): Promise<readonly string[]>;
}

/** What the stack wires to wake-ups in AWS. */
export const WIRED = {
  group: 'greenroom-wakeups',
  role: 'arn:aws:iam::123456789012:role/wakeups',
  deadLetters: 'arn:aws:sqs:us-east-2:123456789012:dead-letters',
  functions: {
    posture: 'arn:aws:lambda:us-east-2:123456789012:function:posture',
    lift: 'arn:aws:lambda:us-east-2:123456789012:function:lift',
  },
};

const NOW = new Date('2026-12-01T09:00:00.000Z');
const at = (minute: number): Date => plus(NOW, minutes(minute));

/** What every host's wake-ups promise. Exact to the two minutes within which Scheduler rings. */
export function promisesOfWakeups(open: (now: () => Date) => Promise<OpenWakeups>): void {
  const opened = () => open(() => NOW);

  it('wake once, when their instant has come, and not before', async () => {
    const { wakeups, rung } = await opened();
    await wakeups.set('lift-ohio', at(30));
    expect(await rung(plus(at(30), -1))).toEqual([]);
    expect(await rung(plus(at(30), seconds(1)))).toEqual(['lift-ohio']);
    expect(await rung(at(60))).toEqual([]);
  });

  it('are one for each name: the last word counts, be it later or sooner', async () => {
    const { wakeups, rung } = await opened();
    await wakeups.set('lift-later', at(30));
    await wakeups.set('lift-later', at(60));
    await wakeups.set('posture', at(60));
    await wakeups.set('posture', at(30));
    expect(await rung(at(30))).toEqual(['posture']);
    expect(await rung(at(60))).toEqual(['lift-later']);
  });

  it('may be set to the same instant twice', async () => {
    const { wakeups, rung } = await opened();
    await wakeups.set('posture', at(30));
    await wakeups.set('posture', at(30));
    expect(await rung(at(30))).toEqual(['posture']);
  });

  it('are called off, and what is not there, has rung or was called off may be called off too', async () => {
    const { wakeups, rung } = await opened();
    await wakeups.set('lift-a', at(30));
    await wakeups.set('lift-b', at(10));
    await rung(at(10));
    for (const name of ['lift-a', 'lift-a', 'lift-b', 'lift-c'] as const) await wakeups.cancel(name);
    expect(await rung(at(60))).toEqual([]);
  });

  it('can be set again under a name that rang or was called off', async () => {
    const { wakeups, rung } = await opened();
    await wakeups.set('lift-a', at(30));
    await wakeups.cancel('lift-a');
    await wakeups.set('lift-a', at(30));
    expect(await rung(at(30))).toEqual(['lift-a']);
    await wakeups.set('lift-a', at(40));
    expect(await rung(at(40))).toEqual(['lift-a']);
  });

  it('wake within two minutes where their instant has come already', async () => {
    const { wakeups, rung } = await opened();
    await wakeups.set('lift-late', at(-600));
    await wakeups.set('posture', at(0));
    expect([...(await rung(at(2)))].sort()).toEqual(['lift-late', 'posture']);
  });

  it('keep names apart that are long and differ at their end only', async () => {
    const { wakeups, rung } = await opened();
    const [one, other] = ['provisioner-a', 'provisioner-b'].map(
      (end) => `lift-ohio_StatefulSet_${'a-namespace-of-a-long-name'.repeat(2)}_${end}` as const,
    ) as [`lift-${string}`, `lift-${string}`];
    await wakeups.set(one, at(10));
    await wakeups.set(other, at(20));
    expect([await rung(at(10)), await rung(at(20))]).toEqual([[one], [other]]);
  });
}

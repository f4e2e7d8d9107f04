import { describe, expect, it } from 'vitest';
import { floorsAreRaised } from '../../../src/core/checks/floors-are-raised.ts';
import type { Judgement } from '../../../src/core/finding.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { hours, minutes, plus } from '../../../src/core/time.ts';
import type { Knob, RoomSighting } from '../../../src/core/room.ts';
import { before, ENDS, leaseOn, NO_CALENDAR, provisioners, roomAt, SET, STARTS } from '../a-room.ts';

const OVER = plus(ENDS, hours(1));
const lease = leaseOn(SET, 'floor', 2, 10);

function judged(now: Date, knob: Knob, more: Partial<RoomSighting> = {}): Judgement {
  const [judgement] = floorsAreRaised.judge({ room: roomAt(now, [knob], more) }, now);
  if (!judgement) throw new Error('nothing was judged');
  return judgement;
}

const idle = (status: 'idle' | 'busy', name = 'coder-provisioner-9') => ({
  arrival: {
    desired: 10,
    ready: 10,
    stuck: [],
    daemons: saw([{ id: '1', name, organization: 'default', status, version: 'v2', tags: {} }]),
  },
});

describe('floors are raised', () => {
  it('is ok while no workshop is near, whatever stands there', () => {
    expect(judged(before(25), provisioners(2))).toMatchObject({ status: 'ok' });
  });

  it('fails a day before, and asks for the step that raises the floor', () => {
    expect(judged(before(24), provisioners(2))).toMatchObject({
      status: 'fail',
      subject: 'provisioners in ohio',
      remedy: {
        by: 'greenroom',
        step: { kind: 'move-knob', is: 2, move: { do: 'take', lease: { was: 2, sets: [10] } } },
      },
    });
  });

  it('is ok with as many or more', () => {
    expect([10, 30].map((value) => judged(STARTS, provisioners(value)).status)).toEqual(['ok', 'ok']);
  });

  it('yields to a person who set fewer since, and says how to raise it again', () => {
    expect(judged(STARTS, provisioners(5), { leases: [lease] })).toMatchObject({
      status: 'fail',
      remedy: { by: 'person', ask: expect.stringContaining('greenroom scale provisioners') as unknown },
    });
  });

  it('is unknown where the cluster does not answer, and a NO-GO where there is no such workload', () => {
    expect(judged(STARTS, { ...provisioners(2), stands: unseen('503') }).status).toBe('unknown');
    expect(judged(STARTS, { ...provisioners(2), stands: saw(undefined) }).status).toBe('fail');
  });

  it('passes on why no lever would hold, which is a NO-GO only once one is wanted', () => {
    const choice = { ok: false, why: 'Argo CD heals it', remedy: 'Let it be ignored.' } as const;
    const knob: Knob = { ...provisioners(2), stands: saw({ choice }) };
    expect([before(25), STARTS].map((now) => judged(now, knob).status)).toEqual(['warn', 'fail']);
  });

  it('gives back at the end, once two looks a minute apart found nobody building', () => {
    const first = judged(OVER, provisioners(10, idle('idle')), { leases: [lease] });
    expect(first).toMatchObject({ remedy: { step: { move: { do: 'renew', lease: { idleSince: OVER } } } } });
    const noted = { ...lease, idleSince: OVER, edition: 2 };
    const second = judged(plus(OVER, minutes(5)), provisioners(10, idle('idle')), { leases: [noted] });
    expect(second).toMatchObject({ remedy: { step: { move: { do: 'restore' } } } });
  });

  it('waits for builds that would be cut short, and for no others', () => {
    expect(judged(OVER, provisioners(10, idle('busy')), { leases: [lease] })).toMatchObject({
      status: 'warn',
      remedy: { by: 'person' },
      evidence: { have: expect.stringContaining('coder-provisioner-9') as unknown },
    });
    const stays = judged(OVER, provisioners(10, idle('busy', 'coder-provisioner-1')), { leases: [lease] });
    expect(stays).toMatchObject({ remedy: { by: 'greenroom' } });
  });

  it('changes nothing while the calendar cannot be read, and ends when it was to end', () => {
    expect(judged(STARTS, provisioners(10), { ...NO_CALENDAR, leases: [lease] }).status).toBe('ok');
    expect(judged(OVER, provisioners(10), { ...NO_CALENDAR, leases: [lease] })).toMatchObject({
      remedy: { step: { move: { do: 'restore' } } },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { floorsAreRaised } from '../../../src/core/checks/floors-are-raised.ts';
import type { Judgement, Remedy } from '../../../src/core/finding.ts';
import type { Lever } from '../../../src/core/lever.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { hours, minutes, plus } from '../../../src/core/time.ts';
import type { Lease } from '../../../src/core/lease.ts';
import { DEFAULT_POLICY } from '../../../src/core/policy.ts';
import { postureAt } from '../../../src/core/posture.ts';
import type { Knob, RoomSighting, Stand } from '../../../src/core/room.ts';
import type { Workshop } from '../../../src/core/workshop.ts';
import { before, ENDS, leaseOn, NO_CALENDAR, provisioners, roomAt, SET, STARTS, workshop } from '../a-room.ts';

const OVER = plus(ENDS, hours(1));
const lease = leaseOn(SET, 'floor', 2, 10);

function judged(now: Date, knob: Knob, more: Partial<RoomSighting> = {}): Judgement {
  const [judgement] = floorsAreRaised.judge({ room: roomAt(now, [knob], more) }, now);
  if (!judgement) throw new Error('nothing was judged');
  return judgement;
}

const remedyOf = (judgement: Judgement): Remedy | undefined =>
  judgement.status === 'ok' ? undefined : judgement.remedy;

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

  it('not before that minute is over, and begins anew where somebody built in between or the first look is long ago', () => {
    const lookAfter = (ms: number, status: 'idle' | 'busy' = 'idle') =>
      judged(plus(OVER, ms), provisioners(10, idle(status)), { leases: [{ ...lease, idleSince: OVER }] });
    expect(lookAfter(minutes(1) - 1)).toMatchObject({ status: 'warn', remedy: { by: 'person' } });
    expect(lookAfter(minutes(1))).toMatchObject({ remedy: { step: { move: { do: 'restore' } } } });
    expect(lookAfter(minutes(15))).toMatchObject({
      remedy: { step: { move: { do: 'renew', lease: { idleSince: plus(OVER, minutes(15)) } } } },
    });
    const busy = lookAfter(minutes(5), 'busy');
    expect(busy).toMatchObject({ remedy: { step: { move: { do: 'renew', lease: { edition: 2 } } } } });
    expect(busy).not.toHaveProperty('remedy.step.move.lease.idleSince');
  });

  describe('where a smaller workshop still wants something', () => {
    const smaller: Workshop = { ...workshop, attendance: { people: 5, from: 'description' } };
    const posture = saw(postureAt(STARTS, [smaller], DEFAULT_POLICY));
    const known = { ...lease, why: 'Agents 101 (5 people)' };
    const noted = { ...known, idleSince: plus(STARTS, -minutes(5)) };
    const moveOf = (arrival: Partial<Stand>, of: Lease) => {
      const remedy = remedyOf(judged(STARTS, provisioners(10, arrival), { posture, leases: [of] }));
      if (remedy?.by !== 'greenroom' || remedy.step.kind !== 'move-knob') return 'wait';
      const { move } = remedy.step;
      const { sets, why, until, by, idleSince } = move.lease;
      return { does: move.do, sets, why, until, by, idleSince };
    };
    const written = { sets: [10], why: known.why, until: OVER, by: 'calendar' };

    it('falls to that, once two looks found nobody building', () => {
      expect(moveOf(idle('busy'), known)).toBe('wait');
      expect(moveOf(idle('idle'), known)).toEqual({ does: 'renew', ...written, idleSince: STARTS });
      expect(moveOf(idle('idle'), noted)).toEqual({ does: 'take', ...written, sets: [10, 6], idleSince: undefined });
    });

    it.each<[string, Partial<Lease>]>([
      ['for another workshop', { why: 'Templates' }],
      ['until another time', { until: plus(OVER, hours(2)) }],
      ['by somebody else', { by: 'ana' }],
    ])('and what was asked for %s is written down at once, so that it ends when it is to end', (_, change) => {
      const other = { ...noted, ...change };
      expect(moveOf(idle('busy'), other)).toEqual({ does: 'renew', ...written, idleSince: undefined });
      expect(moveOf(idle('idle'), other)).toEqual({ does: 'renew', ...written, idleSince: STARTS });
      const blind = { arrival: { desired: 10, ready: 10, stuck: [], daemons: unseen('503') } };
      expect(moveOf(blind, other)).toEqual({ does: 'renew', ...written, idleSince: undefined });
    });
  });

  it('nor while nobody can see whether somebody builds', () => {
    const blind = { arrival: { desired: 10, ready: 10, stuck: [], daemons: unseen('503') } };
    const noted = { ...lease, idleSince: plus(OVER, -minutes(5)) };
    expect(judged(OVER, provisioners(10, blind), { leases: [noted] })).toMatchObject({
      status: 'warn',
      remedy: { by: 'person' },
      evidence: { have: expect.stringContaining('cannot be seen: 503') as unknown },
    });
  });

  it('is raised at once, whoever builds: nobody’s build is cut short by that', () => {
    // A deployment has set it back to what was found.
    expect(judged(STARTS, provisioners(2, idle('busy')), { leases: [lease] })).toMatchObject({
      remedy: { step: { move: { do: 'take' } } },
    });
  });

  it('waits for builds that would be cut short, and for no others', () => {
    const mendedBy = (knob: Knob, lever = SET) =>
      remedyOf(judged(OVER, knob, { leases: [leaseOn(lever, 'floor', 2, 10)] }))?.by;
    // Two stay: those with the numbers 0 and 1. Who has no number may be any of them.
    expect(mendedBy(provisioners(10, idle('busy', 'coder-provisioner-2')))).toBe('person');
    expect(mendedBy(provisioners(10, idle('busy', 'somebody')))).toBe('person');
    // Of a Deployment nobody can say which go.
    const lever: Lever = { ...SET, kind: 'Deployment' };
    const choice = { ok: true, lever, value: 10, risks: [] } as const;
    const deployment = { ...provisioners(10), stands: saw({ choice, ...idle('busy', 'coder-provisioner-1') }) };
    expect(mendedBy(deployment, lever)).toBe('person');
    expect(judged(OVER, provisioners(10, idle('busy')), { leases: [lease] })).toMatchObject({
      status: 'warn',
      remedy: { by: 'person' },
      evidence: { have: expect.stringContaining('coder-provisioner-9') as unknown },
    });
    const stays = judged(OVER, provisioners(10, idle('busy', 'coder-provisioner-1')), { leases: [lease] });
    expect(stays).toMatchObject({ remedy: { by: 'greenroom' } });
  });

  it('is the higher of the calendar’s word and a person’s, and of two that are equal the one that ends later', () => {
    const asked = (value: number, until: Date, now = STARTS) => {
      const override = { value, until, by: 'ana', why: 'a dry run' };
      const remedy = remedyOf(judged(now, { ...provisioners(2), override }));
      const step = remedy?.by === 'greenroom' && remedy.step.kind === 'move-knob' ? remedy.step : undefined;
      return step?.move.do === 'take' ? [step.move.lease.sets[0], step.move.lease.by] : [];
    };
    const after = plus(OVER, hours(1));
    expect(asked(14, after)).toEqual([14, 'ana']);
    expect(asked(8, after)).toEqual([10, 'calendar']);
    expect(asked(10, after)).toEqual([10, 'ana']);
    expect(asked(10, STARTS)).toEqual([10, 'calendar']);
    expect(asked(14, plus(STARTS, -1))).toEqual([10, 'calendar']);
    expect(asked(14, after, OVER)).toEqual([14, 'ana']);
    expect(asked(14, after, after)).toEqual([]);
  });

  it('takes no person’s lease for the calendar’s word while that cannot be read', () => {
    const theirs = { ...lease, by: 'ana' };
    expect(judged(STARTS, provisioners(10), { ...NO_CALENDAR, leases: [theirs] })).toMatchObject({
      remedy: { step: { move: { do: 'restore' } } },
    });
  });

  it('changes nothing while the calendar cannot be read, and ends when it was to end', () => {
    expect(judged(STARTS, provisioners(10), { ...NO_CALENDAR, leases: [lease] }).status).toBe('ok');
    expect(judged(OVER, provisioners(10), { ...NO_CALENDAR, leases: [lease] })).toMatchObject({
      remedy: { step: { move: { do: 'restore' } } },
    });
  });
});

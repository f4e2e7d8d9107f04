import { describe, expect, it } from 'vitest';
import { floorsHaveArrived } from '../../../src/core/checks/floors-have-arrived.ts';
import type { Daemon } from '../../../src/core/coder.ts';
import type { Arrival } from '../../../src/core/room.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { minutes, plus } from '../../../src/core/time.ts';
import { before, provisioners, roomAt, STARTS } from '../a-room.ts';

const daemons = (count: number, status: Daemon['status'] = 'idle'): Daemon[] =>
  Array.from({ length: count }, (_, index) => ({
    id: String(index),
    name: `coder-provisioner-${index}`,
    organization: 'default',
    status,
    version: 'v2',
    tags: {},
  }));

const judged = (now: Date, arrival: Arrival) =>
  floorsHaveArrived.judge({ room: roomAt(now, [provisioners(10, { arrival })]) }, now)[0];

const there = { desired: 10, ready: 10, stuck: [], daemons: saw(daemons(10)) };

describe('floors have arrived', () => {
  it('has nothing to say while nothing is wanted', () => {
    expect(judged(before(25), there)).toBeUndefined();
  });

  it('is ok when all pods are ready and all of them known to Coder', () => {
    expect(judged(before(23), there)).toMatchObject({ status: 'ok' });
  });

  it('only warns until an hour before the workshop, and is a NO-GO from then on', () => {
    const late = { ...there, ready: 8 };
    expect(judged(plus(STARTS, -minutes(61)), late)).toMatchObject({ status: 'warn' });
    expect(judged(plus(STARTS, -minutes(60)), late)).toMatchObject({ status: 'fail' });
  });

  it('does not take a pod that is ready for a provisioner that Coder knows', () => {
    expect(judged(STARTS, { ...there, daemons: saw(daemons(7)) })).toMatchObject({
      status: 'fail',
      evidence: { have: '10 of 10 ready, 7 known to Coder', gauge: { value: 7 } },
    });
    expect(judged(STARTS, { ...there, daemons: saw(daemons(10, 'offline')) })).toMatchObject({ status: 'fail' });
  });

  it('tells why pods are stuck', () => {
    const stuck = { ...there, ready: 3, stuck: ['Unschedulable: no node has room'] };
    expect(judged(STARTS, stuck)).toMatchObject({
      remedy: { ask: expect.stringContaining('no node has room') as unknown },
    });
  });

  it('is unknown where Coder does not answer', () => {
    expect(judged(STARTS, { ...there, daemons: unseen('503') })).toMatchObject({ status: 'unknown' });
  });
});

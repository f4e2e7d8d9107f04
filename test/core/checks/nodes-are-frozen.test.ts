import { describe, expect, it } from 'vitest';
import { nodesAreFrozen } from '../../../src/core/checks/nodes-are-frozen.ts';
import { FROZEN } from '../../../src/core/lever.ts';
import { DEFAULT_POLICY } from '../../../src/core/policy.ts';
import { postureAt } from '../../../src/core/posture.ts';
import { saw } from '../../../src/core/sighting.ts';
import { hours, plus } from '../../../src/core/time.ts';
import { before, ENDS, leaseOn, nodes, NODES, roomAt, STARTS, workshop } from '../a-room.ts';

const judged = (now: Date, frozen: boolean, leases = [leaseOn(NODES, 'freeze', '[{"nodes":"10%"}]', FROZEN)]) =>
  nodesAreFrozen.judge({ room: roomAt(now, [nodes(frozen)], { leases }) }, now)[0];

describe('nodes are frozen', () => {
  it('in the window, and only in it', () => {
    expect(judged(before(3), false, [])).toMatchObject({ status: 'ok' });
    expect(judged(before(2), false, [])).toMatchObject({ status: 'fail', remedy: { step: { move: { do: 'take' } } } });
    expect(judged(STARTS, true)).toMatchObject({ status: 'ok' });
  });

  it('and not at all where the estate does not want it', () => {
    const policy = { ...DEFAULT_POLICY, freezeNodes: false };
    const room = roomAt(STARTS, [nodes(false)], { posture: saw(postureAt(STARTS, [workshop], policy)) });
    expect(nodesAreFrozen.judge({ room }, STARTS)).toMatchObject([{ status: 'ok' }]);
  });

  it('and get the very budgets back that they had', () => {
    expect(judged(plus(ENDS, hours(1)), true)).toMatchObject({
      remedy: { step: { move: { do: 'restore', lease: { was: '[{"nodes":"10%"}]' } } } },
    });
  });
});

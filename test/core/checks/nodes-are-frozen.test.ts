import { describe, expect, it } from 'vitest';
import { nodesAreFrozen } from '../../../src/core/checks/nodes-are-frozen.ts';
import { FROZEN } from '../../../src/core/lever.ts';
import { hours, plus } from '../../../src/core/time.ts';
import { before, ENDS, leaseOn, nodes, NODES, roomAt, STARTS } from '../a-room.ts';

const judged = (now: Date, frozen: boolean, leases = [leaseOn(NODES, 'freeze', '[{"nodes":"10%"}]', FROZEN)]) =>
  nodesAreFrozen.judge({ room: roomAt(now, [nodes(frozen)], { leases }) }, now)[0];

describe('nodes are frozen', () => {
  it('in the window, and only in it', () => {
    expect(judged(before(3), false, [])).toMatchObject({ status: 'ok' });
    expect(judged(before(2), false, [])).toMatchObject({ status: 'fail', remedy: { step: { move: { do: 'take' } } } });
    expect(judged(STARTS, true)).toMatchObject({ status: 'ok' });
  });

  it('and get the very budgets back that they had', () => {
    expect(judged(plus(ENDS, hours(1)), true)).toMatchObject({
      remedy: { step: { move: { do: 'restore', lease: { was: '[{"nodes":"10%"}]' } } } },
    });
  });
});

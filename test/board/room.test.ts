import { describe, expect, it } from 'vitest';
import { boardPage } from '../../src/board/page.ts';
import { roomRows } from '../../src/board/room.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { postureAt } from '../../src/core/posture.ts';
import { FROZEN, type Lever } from '../../src/core/lever.ts';
import { hear, nothingTold } from '../../src/core/told.ts';
import { saw, unseen } from '../../src/core/sighting.ts';
import {
  before,
  CRON,
  leaseOn,
  nodes,
  NODES,
  NO_CALENDAR,
  provisioners,
  roomAt,
  rotator,
  SET,
  workshop,
} from '../core/a-room.ts';
import * as scenes from './scenes.ts';

const RATE = { reminders: DEFAULT_POLICY.reminders, near: false };
/** An autoscaler that is called otherwise than what it scales. */
const SCALER: Lever = { kind: 'ScaledObject', namespace: 'coder-ws', name: 'by-queue' };

const ready = (count: number, desired = count) => ({ arrival: { desired, ready: count, stuck: [] } });
const statesAt = (hours: number, ...knobs: Parameters<typeof roomAt>[1]) =>
  roomRows(roomAt(before(hours), knobs), before(hours)).map(({ name, state }) => [name, state]);

describe('the room on the board', () => {
  it('is untouched days before a workshop', () => {
    expect(statesAt(80, provisioners(2, ready(2)), rotator(false), nodes(false))).toEqual([
      ['provisioners', 'untouched'],
      ['key-rotator', 'untouched'],
      ['default', 'untouched'],
      ['promotions', 'untouched'],
    ]);
  });

  it('tells what was asked from what has arrived: asked is not arrived', () => {
    expect(statesAt(20, provisioners(10, ready(4, 10)))[0]).toEqual(['provisioners', 'on its way']);
    expect(statesAt(0.5, provisioners(10, ready(4, 10)))[0]).toEqual(['provisioners', 'not as asked']);
    expect(statesAt(0.5, provisioners(10, ready(10)))[0]).toEqual(['provisioners', 'as asked']);
    expect(statesAt(20, provisioners(2, ready(2)))[0]).toEqual(['provisioners', 'not as asked']);
  });

  it('says what a lease goes back to, when, and whose it is', () => {
    const leases = [leaseOn(SET, 'floor', 2, 10)];
    const [row] = roomRows(roomAt(before(1), [provisioners(10, ready(10))], { leases }), before(1));
    expect(row).toMatchObject({ asked: 'at least 10', there: '10 of 10 ready', lease: { was: '2', by: 'calendar' } });
  });

  it('shows the lease of what cannot be seen, and since when it was not', () => {
    const blind = [
      { ...provisioners(10), stands: unseen('no answer') },
      { ...rotator(true), stands: unseen('no answer') },
      { ...nodes(true), stands: unseen('no answer') },
    ];
    const leases = [
      { ...leaseOn(SCALER, 'floor', 2, 10), ...(blind[0]?.pool && { pool: blind[0].pool }) },
      leaseOn(CRON, 'pause', false, true),
      leaseOn(NODES, 'freeze', '[]', FROZEN),
    ];
    const finding = {
      check: 'rotators-are-paused',
      subject: 'key-rotator in ohio',
      status: 'unknown',
      evidence: { want: 'a look', have: 'no answer' },
      remedy: { by: 'person', ask: 'look' },
    } as const;
    const { told } = hear(nothingTold, { automation: 'posture', at: before(1.5), findings: [finding] }, RATE);
    const rows = roomRows(roomAt(before(1), blind, { leases }), before(1), told);
    expect(rows.slice(0, 3)).toMatchObject([
      { name: 'provisioners', state: 'unknown', there: 'cannot be seen', lease: { was: '2', by: 'calendar' } },
      { name: 'key-rotator', state: 'unknown', there: 'not seen since 10:30', lease: { was: 'running' } },
      { name: 'default', state: 'unknown', lease: { was: 'free' } },
    ]);
  });

  it('says that rooms arrive together where that is why so many are asked for', () => {
    const west = { ...workshop, id: 'west', title: 'West' };
    const posture = saw(postureAt(before(1), [workshop, west], DEFAULT_POLICY));
    const [row] = roomRows(roomAt(before(1), [provisioners(18, ready(18))], { posture }), before(1));
    expect(row).toMatchObject({
      asked: 'at least 18',
      state: 'as asked',
      why: 'Agents 101 (12 people) and West (12 people), 24 of them arriving together',
    });
  });

  it('calls promotions unknown where the calendar is, and never as asked', () => {
    expect(roomRows(roomAt(before(1), [], NO_CALENDAR), before(1))).toMatchObject([
      { state: 'unknown', there: 'open' },
    ]);
  });

  it('is on the page beside the workshop, in words', () => {
    const page = boardPage(scenes.morning);
    for (const word of ['as asked', 'not as asked', 'unknown', 'would be set back by somebody else', 'cannot be seen'])
      expect(page).toContain(word);
    expect(page).toMatch(/aria-current="step"/);
    expect(scenes.morning.verdict.why).toMatch(/^“Agents 101” starts in 1 h\. /);
  });
});

import { judgeArrival } from '../core/arrival.ts';
import { spellSetting, type Lease } from '../core/lease.ts';
import { FROZEN } from '../core/lever.ts';
import { CALENDAR, subjectOf, titlesOf, type Knob, type RoomSighting } from '../core/room.ts';
import { nothingTold, unseenSince, type Told } from '../core/told.ts';
import { leaseOn, wishFor } from '../core/wish.ts';
import { html, type Html } from './html.ts';
import { untilOf } from './when.ts';

/** What is turned for workshops: what is asked of each, what is there, and what it goes back to. */
export interface RoomRow {
  readonly name: string;
  /** The cluster; left out for what is in all of them. */
  readonly where?: string;
  readonly state: RoomState;
  /** `at least 19`, `paused`; left out where nothing is asked. */
  readonly asked?: string;
  readonly there: string;
  readonly until?: Date;
  /** Who asks, and what for. */
  readonly why?: string;
  /** The lease: what it goes back to, and when. */
  readonly lease?: { readonly was: string; readonly until: Date; readonly by: string };
}

/** `on its way`: asked for and not arrived yet. */
export type RoomState = 'as asked' | 'on its way' | 'not as asked' | 'untouched' | 'unknown';

export function roomRows(room: RoomSighting, now: Date, told: Told = nothingTold): RoomRow[] {
  return [...room.knobs.map((knob) => knobRow(knob, room, now, told)), promotionsRow(room, now)];
}

function knobRow(knob: Knob, room: RoomSighting, now: Date, told: Told): RoomRow {
  const { name, cluster: where, stands } = knob;
  const base = { name, where: knob.kind === 'freeze' ? `nodes in ${where}` : where };
  if (!stands.seen) return { ...base, state: 'unknown', there: unseen(knob, now, told), ...lastLease(knob, room) };
  if (!stands.value) return { ...base, state: 'not as asked', there: 'no such workload' };
  const { choice } = stands.value;
  if (!choice.ok) return { ...base, state: 'not as asked', there: 'would be set back by somebody else' };
  const wish = wishFor(knob, choice.lever, room, now);
  const lease = leaseOn(where, choice.lever, room);
  const asked = wish && { asked: WORDS[knob.kind](wish.value), until: wish.until, why: whyOf(wish) };
  const isMet =
    wish === undefined ||
    (knob.kind === 'floor' ? Number(choice.value) >= Number(wish.value) : choice.value === wish.value);
  return {
    ...base,
    state: wish === undefined ? 'untouched' : isMet ? arrivalOf(knob, room, now) : 'not as asked',
    ...asked,
    there: thereOf(knob),
    ...(lease && leaseView(lease)),
  };
}

const whyOf = ({ by, why }: { readonly by: string; readonly why: string }): string =>
  by === CALENDAR ? why : `${by}: ${why}`;

const leaseView = ({ was, until, by, kind }: Lease): Pick<RoomRow, 'lease'> => ({
  lease: { was: kind === 'floor' ? spellSetting(was) : kind === 'pause' ? 'running' : 'free', until, by },
});

function unseen(knob: Knob, now: Date, told: Told): string {
  const since = unseenSince(told, subjectOf(knob));
  return since ? `not seen since ${untilOf(since, now)}` : 'cannot be seen';
}

/** What cannot be seen is still known by its lease. */
function lastLease({ name, cluster, pool, workload, kind }: Knob, { leases }: RoomSighting): Partial<RoomRow> {
  const names = [name, workload, pool?.workload];
  const lease = leases.find(
    (each) =>
      each.cluster === cluster &&
      each.kind === kind &&
      (each.pool ? each.pool.name === name : names.includes(each.lever.name)),
  );
  return lease ? { until: lease.until, why: whyOf(lease), ...leaseView(lease) } : {};
}

const WORDS = {
  floor: (value: unknown) => `at least ${String(value)}`,
  pause: () => 'paused',
  freeze: () => 'frozen',
} as const satisfies Record<Knob['kind'], (value: unknown) => string>;

function arrivalOf(knob: Knob, room: RoomSighting, now: Date): RoomState {
  const [judged] = judgeArrival(knob, room, now);
  if (!judged || judged.status === 'ok') return 'as asked';
  if (judged.status === 'unknown') return 'unknown';
  return judged.status === 'warn' ? 'on its way' : 'not as asked';
}

function thereOf({ kind, stands }: Knob): string {
  const stand = stands.seen ? stands.value : undefined;
  if (!stand?.choice.ok) return '';
  const { choice, arrival } = stand;
  if (kind === 'floor') {
    if (!arrival) return spellSetting(choice.value);
    const { ready, desired, daemons } = arrival;
    const known = daemons?.seen ? daemons.value.filter(({ status }) => status !== 'offline').length : undefined;
    return `${ready} of ${desired} ready${known === undefined ? '' : `, ${known} known to Coder`}`;
  }
  const { lever, value } = choice;
  if (kind === 'freeze') return value === FROZEN ? 'frozen' : 'free';
  return value === true || (lever.kind !== 'CronJob' && value === 0) ? 'paused' : 'running';
}

function promotionsRow({ posture, hold }: RoomSighting, now: Date): RoomRow {
  const there = hold ? 'held' : 'open';
  const held = posture.seen ? posture.value.held : undefined;
  if (!posture.seen) return { name: 'promotions', state: 'unknown', there };
  if (!held) return { name: 'promotions', state: hold && now < hold.until ? 'on its way' : 'untouched', there };
  const asked = { asked: 'held', until: held.until, why: titlesOf(held.workshops) };
  return { name: 'promotions', state: hold ? 'as asked' : 'not as asked', ...asked, there };
}

const HEADS = ['Asked', 'There', 'Until', 'Goes back to', 'For'];

/** A row for everything that is turned, whether it is turned now or not. */
export function roomFragment(rows: readonly RoomRow[], at: Date): Html | undefined {
  if (rows.length === 0) return undefined;
  return html`<section id="about-room" aria-labelledby="room">
    <h2 id="room">The room <small>what is asked for, what is there, and when it goes back</small></h2>
    <table role="table" class="board room">
      <caption>
        What is turned for workshops
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">What</th>
          ${HEADS.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map((row, index) => rowOf(row, at, index))}
      </tbody>
    </table>
  </section>`;
}

function rowOf({ name, where, state, asked, there, until, why, lease }: RoomRow, at: Date, index: number): Html {
  const time = (instant: Date): Html => html`<time datetime="${instant.toISOString()}">${untilOf(instant, at)}</time>`;
  const back = lease && html`${lease.was}<small>at ${time(lease.until)}, lease of ${lease.by}</small>`;
  return html`<tr role="row" id="room-${index}">
    <th role="rowheader" scope="row">${name}${where !== undefined && html`<small>${where}</small>`}</th>
    <td role="cell" data-head="${HEADS[0]}">${asked ?? '–'}</td>
    <td role="cell" data-head="${HEADS[1]}" class="cell ${state.replaceAll(' ', '-')}">
      <span class="state">${state}</span><span class="what">${there}</span>
    </td>
    <td role="cell" data-head="${HEADS[2]}" class="num">${until ? time(until) : '–'}</td>
    <td role="cell" data-head="${HEADS[3]}">${back ?? '–'}</td>
    <td role="cell" data-head="${HEADS[4]}">${why ?? '–'}</td>
  </tr>`;
}

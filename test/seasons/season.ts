import { credentials, posture } from '../../src/automations.ts';
import { firingsBetween, parseCron } from '../../src/core/cron.ts';
import { sure } from '../../src/core/parsed.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { outlook, type Pause } from '../../src/core/posture.ts';
import { days, hours, minutes, plus } from '../../src/core/time.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import type { Automation } from '../../src/reconcile.ts';
import type { Announced, Hand, Plan, Rotating } from './plan.ts';
import { Stage, type Season } from './stage.ts';

const TICK_MS = minutes(5);
const HALF_HOUR_MS = minutes(30);

/** Only what is about keys: the rest is the months' to prove. */
const loop: Automation = { ...posture, checks: posture.checks.filter(({ name }) => /keys|rotators/.test(name)) };

export interface Way {
  /** Without Greenroom where it is false, to see what would have happened. */
  readonly looking?: boolean;
  /** As in AWS: posture has no power over the gateway, and asks for rotations. */
  readonly asks?: boolean;
}

/** Plays a season. */
export async function play(plan: Plan, { looking = true, asks = false }: Way = {}): Promise<Season> {
  const stage = new Stage(plan, asks);
  if (looking) await stage.look(credentials);
  for (const { at, looks, hands } of stopsOf(plan)) {
    for (let due = stage.due(); due < at; due = stage.due()) await stage.passTo(due);
    await stage.passTo(at);
    for (const hand of hands) stage.act(hand);
    if (looking) for (const automation of looks) await stage.look(automation);
  }
  return stage;
}

interface Stop {
  readonly at: Date;
  readonly looks: Set<Automation>;
  readonly hands: Hand[];
}

/** A new key, the old one in its copies, the pause: as many ticks, and one more. */
const SETTLING = 3;

/**
 * The ticks of the schedule after everything that may change something: some, since what one look does the next one sees.
 * In between a look would find nothing; a dense season has them all the same, and shows that this is so.
 */
class Timetable {
  readonly #stops = new Map<number, Stop>();
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  at(instant: Date): Stop {
    const stop = this.#stops.get(instant.getTime()) ?? { at: instant, looks: new Set(), hands: [] };
    this.#stops.set(instant.getTime(), stop);
    return stop;
  }

  look(automation: Automation, after: Date, more = 0, everyMs = TICK_MS): void {
    const { begins, ends } = this.#plan;
    for (let n = 0; n <= more; n += 1) {
      const at = new Date(Math.ceil(after.getTime() / everyMs) * everyMs + n * everyMs);
      if (at > begins && at <= ends) this.at(at).looks.add(automation);
    }
  }

  inOrder = (): Stop[] => [...this.#stops.values()].toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function stopsOf(plan: Plan): Stop[] {
  const { begins, ends, calendar, outages, hands, dense } = plan;
  const timetable = new Timetable(plan);
  const pauses = calendarsIn(calendar).flatMap((workshops) => outlook(workshops, DEFAULT_POLICY).pauses);
  for (const pause of pauses) aroundPause(timetable, pause, plan);
  for (const { from, until } of Object.values(outages).flat()) {
    timetable.look(loop, from);
    timetable.look(loop, until, SETTLING);
    timetable.look(credentials, until, 0, HALF_HOUR_MS);
  }
  for (const hand of hands) {
    timetable.at(hand.at).hands.push(hand);
    timetable.look(loop, hand.at, SETTLING);
    timetable.look(credentials, hand.at, 0, HALF_HOUR_MS);
  }
  for (const { since, until, vanishes } of calendar) {
    for (const at of [since, until, vanishes?.from, vanishes?.until]) {
      if (!at) continue;
      timetable.look(credentials, at, 1, HALF_HOUR_MS);
      timetable.look(loop, at, SETTLING);
    }
  }
  const often = dense ? HALF_HOUR_MS : Math.max(days(1), (ends.getTime() - begins.getTime()) / 6);
  for (let at = begins; at < ends; at = plus(at, often)) timetable.look(credentials, at);
  return timetable.inOrder();
}

function aroundPause(timetable: Timetable, { dueFrom, from, until }: Pause, { rotators, dense, manners }: Plan): void {
  timetable.look(loop, dueFrom, SETTLING);
  timetable.look(loop, plus(from, -minutes(10)), 3);
  timetable.look(loop, until, 1);
  // The last two of its looks that come a day before the window.
  timetable.look(credentials, plus(from, -days(1) - 2 * HALF_HOUR_MS), 1, HALF_HOUR_MS);
  for (const at of rotators.flatMap((rotator) => firingsIn(rotator, dueFrom, plus(from, 1))))
    timetable.look(loop, at, 1);
  // A key that can be given no more than an hour is looked after within it.
  const often = dense ? TICK_MS : Math.min(hours(1), (manners.longestMs ?? Infinity) / 2);
  for (let at = dense ? plus(dueFrom, -hours(1)) : from; at < plus(until, minutes(10)); at = plus(at, often))
    timetable.look(loop, at);
}

/** What the calendar says after each of its changes. */
function calendarsIn(calendar: readonly Announced[]): Workshop[][] {
  const changes = calendar.flatMap(({ since, until }) => (until ? [since, until] : [since]));
  return [...new Set(changes.map((at) => at.getTime()))].map((at) =>
    calendar
      .filter(({ since, until }) => since.getTime() <= at && (until?.getTime() ?? Infinity) > at)
      .map(({ workshop }) => workshop),
  );
}

const firingsIn = ({ form, cron, zone }: Rotating, from: Date, until: Date): Date[] =>
  form === 'cron' ? firingsBetween(sure(parseCron(cron)), zone, from, until, 4) : [];

import { days, hours, minutes, plus } from '../../src/core/time.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import type { GatewayManners } from '../../src/rehearsal/litellm.ts';
import { diceOf, type Dice } from '../months/dice.ts';

export interface Stretch {
  readonly from: Date;
  readonly until: Date;
}

/** A workshop as the calendar has it for a while. One that is moved is two of these with one id. */
export interface Announced {
  readonly workshop: Workshop;
  readonly since: Date;
  /** When it is called off, or moved. */
  readonly until?: Date;
  readonly ends: 'not' | 'called off' | 'moved';
  /** While the feed has neither it nor its event, as when somebody loses a calendar: it takes place all the same. */
  readonly vanishes?: Stretch;
}

/** One rotator of somebody else's. */
export interface Rotating {
  readonly name: string;
  /** `loop`: a Deployment that rotates, sleeps and rotates again; when it is started it rotates at once. */
  readonly form: 'cron' | 'loop';
  readonly cron: string;
  readonly zone: string;
  readonly everyMs: number;
  /** How long the keys last that it makes. */
  readonly lifeMs: number;
  /** As ai.coder.com's did: first the old key goes, then there is a new one. */
  readonly historic: boolean;
  /** Argo CD starts it again when it is paused. */
  readonly stubborn: boolean;
  /** Somebody has paused it, for good. */
  readonly pausedByHand: boolean;
  /** The names of the keys that it replaces. */
  readonly keys: readonly string[];
}

export interface KeyPlan {
  readonly name: string;
  readonly firstLifeMs: number;
  /** How long after the secret its copy in the cluster follows. */
  readonly copyMs: number;
}

export const OUTAGES = ['Greenroom', 'gateway', 'cluster', 'vault', 'feed', 'crew'] as const;
export type Outage = (typeof OUTAGES)[number];

export const HANDS = ['resume', 'suspend', 'reschedule', 'publish', 'shorten'] as const;

/** What a person does to a key or to its rotator. */
export interface Hand {
  readonly does: (typeof HANDS)[number];
  readonly at: Date;
  readonly key: string;
  readonly cron: string;
  readonly zone: string;
  readonly lifeMs: number;
}

/** Everything that one season is made of. */
export interface Plan {
  readonly seed: number;
  readonly begins: Date;
  readonly ends: Date;
  readonly calendar: readonly Announced[];
  readonly keys: readonly KeyPlan[];
  readonly rotators: readonly Rotating[];
  readonly manners: GatewayManners;
  readonly outages: Readonly<Record<Outage, readonly Stretch[]>>;
  readonly hands: readonly Hand[];
  /** How likely it is that a look dies, or that something refuses it. */
  readonly fated: number;
  /** Every look of the schedule around windows, and not only those after which something may have changed. */
  readonly dense: boolean;
}

/** Around the changes of the clock in both halves of the world: rotators fire by their own zone's. */
const BEGINS = ['2026-03-05', '2026-03-26', '2026-04-02', '2026-06-01', '2026-10-01', '2026-10-22', '2026-10-29'];
const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/London',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Asia/Kathmandu',
];
/** Those that fire often, and are not played for weeks. */
const FAST = ['0 * * * *', '*/30 * * * *', '0 */4 * * *', '17 3,15 * * *', '0 */8 * * *'];
const SLOW = ['0 12 * * *', '30 2 * * *', '30 1 * * *', '30 9 * * 1-5', '0 3 * * 1', '15 4 1,15 * *', '0 14 * * 2'];
const EVERY_MS = [hours(1), hours(4), hours(8)];
const EVERY_SLOWLY_MS = [days(1), days(7), days(14)];
const LIVES_MS = [hours(1), hours(4), hours(8), hours(12), days(1), days(2), days(7), days(30), days(90), Infinity];
const LONGEST_MS = [hours(1), hours(4), hours(6), hours(8), hours(12), hours(24), days(7)];
const LONG_DAYS = [5, 9, 20, 40];

/** One of endlessly many seasons: calendars, rotators, lives of keys, gateways, and what goes wrong meanwhile. */
export function planned(seed: number): Plan {
  const dice = diceOf(seed);
  const begins = new Date(`${dice.pick(BEGINS)}T00:00:00Z`);
  const isFast = dice.chance(0.6);
  const lengthMs = days(isFast ? 5 : dice.pick(LONG_DAYS));
  const calendar = calendarOf(dice, begins, lengthMs);
  const names = ['ai-coder', 'agents', 'guests'].slice(0, dice.chance(0.6) ? 1 : dice.whole(2, 3));
  const around = (): Date => nearOne(dice, begins, lengthMs, calendar);
  return {
    seed,
    begins,
    ends: plus(begins, lengthMs + days(1)),
    calendar,
    keys: names.map((name) => ({
      name,
      firstLifeMs: dice.pick(LIVES_MS),
      copyMs: minutes(dice.pick([0, 1, 5, 10])),
    })),
    rotators: rotatorsOf(dice, names, isFast),
    manners: mannersOf(dice),
    outages: outagesOf(dice, around),
    hands: dice.chance(0.35) ? Array.from({ length: dice.whole(1, 2) }, () => handOf(dice, around(), names)) : [],
    fated: dice.chance(0.4) ? 0.15 : 0,
    dense: dice.chance(0.05),
  };
}

function mannersOf(dice: Dice): GatewayManners {
  const isSliding = dice.chance(0.25);
  return {
    replicas: dice.pick([1, 4]),
    // Keys in use are used all the time: what a replica remembers of one that slides, it never forgets.
    ...(isSliding ? { memory: 'sliding', memoryMs: days(100) } : { memory: 'fixed' }),
    expiredStatus: dice.pick([400, 401]),
    ...(dice.chance(0.3) && { longestMs: dice.pick(LONGEST_MS) }),
  };
}

function calendarOf(dice: Dice, begins: Date, lengthMs: number): Announced[] {
  const rows: Announced[] = [];
  const count = dice.whole(1, 4);
  for (let i = 0; i < count; i += 1) {
    const before = rows.at(-1);
    const minute = dice.chance(0.4) ? 0 : dice.whole(0, 59);
    const starts =
      before && dice.chance(0.35)
        ? plus(before.workshop.starts, dice.whole(-12, 12) * minutes(30))
        : plus(begins, hours(dice.whole(30, lengthMs / hours(1) - 12)) + minutes(minute));
    rows.push(...announced(dice, begins, workshopOf(i, starts, minutes(dice.whole(2, 16) * 30), dice.whole(5, 40))));
  }
  return rows;
}

const workshopOf = (i: number, starts: Date, lengthMs: number, people: number): Workshop => ({
  id: `workshop-${i}`,
  title: `Workshop ${'ABCD'[i]}`,
  starts,
  ends: plus(starts, lengthMs),
  zone: 'UTC',
  attendance: { people, from: 'description' },
});

function announced(dice: Dice, begins: Date, workshop: Workshop): Announced[] {
  const { starts, ends } = workshop;
  const since = dice.chance(0.3) ? plus(starts, -minutes(dice.whole(-30, dice.pick([2, 6, 40]) * 60))) : begins;
  const row = { workshop, since, ends: 'not' } as const;
  const later = (at: Date): Date => new Date(Math.max(at.getTime(), since.getTime() + minutes(10)));
  const what = dice.roll();
  if (what < 0.1)
    return [{ ...row, until: later(plus(starts, -minutes(dice.whole(-60, 12 * 60)))), ends: 'called off' }];
  if (what < 0.22) {
    const until = later(plus(starts, -minutes(dice.whole(60, 48 * 60))));
    const moved = plus(starts, hours(dice.whole(-12, 60)));
    if (moved <= until) return [row];
    const next = { ...workshop, starts: moved, ends: plus(moved, ends.getTime() - starts.getTime()) };
    return [
      { ...row, until, ends: 'moved' },
      { ...row, workshop: next, since: until },
    ];
  }
  if (what >= 0.3 || since > plus(starts, -days(2))) return [row];
  const from = plus(starts, -minutes(dice.whole(-30, 40 * 60)));
  return [{ ...row, vanishes: { from, until: dice.chance(0.5) ? plus(ends, days(2)) : plus(from, hours(5)) } }];
}

function rotatorsOf(dice: Dice, keys: readonly string[], isFast: boolean): Rotating[] {
  const groups = keys.length > 1 && dice.chance(0.4) ? [keys] : keys.map((key) => [key]);
  return groups.flatMap((group, i) =>
    dice.chance(0.88)
      ? [
          {
            name: `rotator-${i}`,
            form: dice.chance(0.3) ? 'loop' : 'cron',
            cron: dice.pick(isFast ? [...FAST, ...SLOW] : SLOW),
            zone: dice.pick(ZONES),
            everyMs: dice.pick(isFast ? [...EVERY_MS, ...EVERY_SLOWLY_MS] : EVERY_SLOWLY_MS),
            lifeMs: dice.pick(LIVES_MS),
            historic: dice.chance(0.5),
            stubborn: dice.chance(0.1),
            pausedByHand: dice.chance(0.05),
            keys: group,
          } as const,
        ]
      : [],
  );
}

/** Mostly where it hurts: in the hours before a workshop. */
function nearOne(dice: Dice, begins: Date, lengthMs: number, calendar: readonly Announced[]): Date {
  const { workshop } = dice.pick(calendar);
  const at = dice.chance(0.75)
    ? plus(workshop.starts, -minutes(dice.whole(-60, 260)))
    : plus(begins, minutes(dice.whole(60, lengthMs / minutes(1))));
  return at > begins ? at : plus(begins, hours(1));
}

const outagesOf = (dice: Dice, around: () => Date): Plan['outages'] =>
  Object.fromEntries(
    OUTAGES.map((outage) => {
      const stretch = (): Stretch => {
        const from = around();
        return { from, until: plus(from, dice.chance(0.2) ? hours(dice.whole(1, 8)) : minutes(dice.whole(1, 30))) };
      };
      return [outage, dice.chance(0.3) ? Array.from({ length: dice.whole(1, 2) }, stretch) : []] as const;
    }),
  ) as unknown as Plan['outages'];

const handOf = (dice: Dice, at: Date, keys: readonly string[]): Hand => ({
  does: dice.pick(HANDS),
  at,
  key: dice.pick(keys),
  cron: dice.pick(FAST),
  zone: dice.pick(ZONES),
  lifeMs: dice.pick([minutes(30), hours(1), hours(3), hours(6)]),
});

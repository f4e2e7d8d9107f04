import { OutsideError } from '../../src/core/outside-error.ts';
import { plus } from '../../src/core/time.ts';
import { claimFor, giveBack, LEASE_MS } from '../../src/mirror/claim.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import type { Journal } from '../../src/ports.ts';
import { NAME } from './bed.ts';
import type { Coast } from './coast.ts';
import type { Pick } from './weather.ts';

/** One run in its weather, as far as what happens around it may change what is to be expected of it. */
export interface Storm {
  readonly coast: Coast;
  readonly pick: Pick;
  readonly stop: AbortController;
  /** Brings out another release at the source. */
  publish(): Promise<void>;
  /** What somebody else made of a region's tag meanwhile. */
  readonly moved: Map<string, string>;
  /** What must have ended before anything is judged. */
  readonly pending: Promise<unknown>[];
  /** What is to be counted when all has ended. */
  readonly late: (() => void)[];
  struck(): void;
}

/** Something that a run meets beside its registries. */
export interface Event {
  /** In the middle of the run. */
  readonly act?: (storm: Storm) => void;
  readonly journal?: (journal: Journal, struck: () => void) => Journal;
  /** No tag may move that had not moved before it. */
  readonly blocks?: true;
  /** It happens, if at all, before any tag has moved. */
  readonly early?: true;
  /** Another run may move tags as well. */
  readonly rival?: true;
}

const away = (verb: 'claim' | 'begin' | 'conclude' | 'promotions', done: boolean): Event => ({
  journal: (journal, struck) => ({
    ...journal,
    [verb]: async (...all: never[]) => {
      struck();
      if (done) await (journal[verb] as (...all: never[]) => Promise<unknown>)(...all);
      throw new OutsideError({ service: 'journal', operation: verb, trouble: 'timeout' });
    },
  }),
});

/** Their hour is over, and the desk that gives new ones is busy. */
function expire({ coast, pick, struck, late }: Storm): void {
  const before = coast.unauthorized();
  coast.expireTokens();
  const busy = { on: { path: /^\/token/ }, times: 1, do: { kind: 'status', status: 503 } } as const;
  for (const server of pick([[], coast.servers])) server.faults.unshift(busy);
  late.push(() => {
    if (coast.unauthorized() > before) struck();
  });
}

/** By hand, back to a release that the region has had before. */
function moveTag({ coast, pick, moved, struck }: Storm): void {
  const [region, server] = pick([...coast.bed.regions]);
  const older = [...server.tagsOf(NAME)].find(([tag]) => tag.startsWith('gr-'))?.[1];
  if (older === undefined) return;
  struck();
  moved.set(region, older);
  server.setTag(NAME, 'latest', older);
}

/** Another run, by whose clock this one has been silent for too long. */
const heirOf = (coast: Coast) => coast.stormy({ by: 'heir', now: () => plus(coast.now(), LEASE_MS) });

function bury({ coast, pending, struck }: Storm): void {
  const heir = heirOf(coast);
  const taken = claimFor(heir, LEASE_MS);
  pending.push(
    taken.then(async (claim) => {
      if (!claim) return;
      struck();
      await giveBack(heir.journal, claim);
    }),
  );
}

function takeOver({ coast, pending, struck }: Storm): void {
  struck();
  pending.push(mirror(heirOf(coast)));
}

/** Everything else that can happen to a run, by the name to count it by. */
export const EVENTS: Readonly<Record<string, Event>> = {
  'run: interrupted': {
    act({ stop, struck }) {
      struck();
      stop.abort(new Error('interrupted'));
    },
  },
  'run: tokens expire': { act: expire },
  'run: a region goes offline': {
    act({ coast, pick, struck }) {
      struck();
      const gone = pick([...coast.bed.regions.values()]);
      gone.offline = true;
    },
  },
  'run: the source goes offline': {
    early: true,
    act({ coast, struck }) {
      struck();
      coast.bed.source.offline = true;
    },
  },
  'run: a newer release comes out': {
    early: true,
    act({ pending, publish, struck }) {
      struck();
      pending.push(publish());
    },
  },
  'run: somebody moves the tag in a region': { early: true, act: moveTag },
  'run: promotions are held meanwhile': {
    early: true,
    blocks: true,
    act({ coast, pending, struck }) {
      struck();
      const since = coast.now();
      const hold = { id: 'storm', scope: '*', since, until: plus(since, 60_000), by: 'ana', why: 'a workshop' };
      pending.push(coast.bed.journal.hold(hold));
    },
  },
  'run: taken for dead': { early: true, blocks: true, act: bury },
  'run: a rival takes over': { early: true, rival: true, act: takeOver },
  'run: a rival at the same time': {
    early: true,
    rival: true,
    act({ coast, pending, struck }) {
      struck();
      pending.push(mirror(coast.stormy({ by: 'rival' })));
    },
  },
  'journal: away at the claim': away('claim', false),
  'journal: away at the look': away('promotions', false),
  'journal: away at the start': away('begin', false),
  'journal: away at the end': away('conclude', false),
  'journal: the claim is written, the answer is lost': away('claim', true),
  'journal: the start is written, the answer is lost': away('begin', true),
  'journal: the end is written, the answer is lost': away('conclude', true),
};

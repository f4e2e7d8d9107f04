import { days, hours, minus, minutes, plus } from '../../src/core/time.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import type { Event } from '../../src/rehearsal/announcements.ts';
import { playIncident, type Incident } from './incident.ts';
import { passTo, workshopsUntil } from './pass.ts';
import type { Raised } from './raise.ts';

/** The embedded world brought to a moment worth looking at. It gets there as in life: the clock goes on, and is looked at. */
interface Scene {
  readonly about: string;
  play(raised: Raised, how: How): Promise<Incident | void>;
}

interface How {
  readonly withGreenroom: boolean;
}

export const scenes = {
  'quiet-week': {
    about: 'a workshop in three days, and nothing to do yet',
    play: async (raised) => {
      raised.campus.announce(quietWeek(raised.clock.now()));
      await passTo(raised.clock.now(), raised);
    },
  },
  'morning-of': {
    about: 'fifty minutes before the next workshop: raised, paused and held',
    play: async (raised) => passTo(minus((await nextWorkshop(raised)).starts, minutes(50)), raised),
  },
  overlapping: {
    about: 'two workshops at once, the larger one about to end',
    play: async (raised) => {
      const starts = nextAfternoon(raised.clock.now());
      raised.campus.announce([agents(starts, 28), london(plus(starts, hours(1)))]);
      await passTo(plus(starts, minutes(80)), raised);
    },
  },
  'cancelled-mid-window': {
    about: 'called off half an hour before it starts: everything goes back',
    play: async (raised) => {
      const { starts } = await nextWorkshop(raised);
      await passTo(minus(starts, minutes(30)), raised);
      raised.campus.announce([]);
      for (const after of [29, 26, 23]) await passTo(minus(starts, minutes(after)), raised);
    },
  },
  'api-down': {
    about: 'before a workshop Ohio’s Kubernetes API does not answer: unknown, not undone',
    play: async (raised) => {
      const { starts } = await nextWorkshop(raised);
      await passTo(minus(starts, minutes(30)), raised);
      raised.campus.ohio.away = true;
      await passTo(minus(starts, minutes(25)), raised);
    },
  },
  'argo-fights-back': {
    about: 'Argo CD would set provisioners back: refused, with what to put into Git',
    play: async (raised) => {
      const { starts } = await nextWorkshop(raised);
      await passTo(minus(starts, hours(25)), raised);
      raised.campus.heal(true);
      await passTo(minus(starts, hours(23)), raised);
    },
  },
  'certificate-ends': {
    about: 'a wildcard certificate that nobody renews ends in the middle of a workshop',
    play: async (raised) => {
      const { starts } = await nextWorkshop(raised);
      raised.world.issuers.stick('*.rehearsal.example', plus(starts, minutes(40)));
      await passTo(minus(starts, hours(40)), raised);
    },
  },
  'historic-rotator': {
    about: 'the rotator of the incident runs in a workshop, with or without Greenroom',
    play: async (raised, { withGreenroom }) => {
      const event = agents(nextAfternoon(raised.clock.now()), 25);
      raised.campus.announce([event]);
      return playIncident(raised, event, withGreenroom);
    },
  },
} as const satisfies Readonly<Record<string, Scene>>;

export type SceneName = keyof typeof scenes;
export const isScene = (name: unknown): name is SceneName => typeof name === 'string' && Object.hasOwn(scenes, name);

/** Plays a scene on a stage on which nothing is broken. */
export async function play(name: SceneName, raised: Raised, how: How): Promise<Incident | void> {
  const { campus } = raised;
  campus.ohio.away = false;
  campus.heal(false);
  raised.world.issuers.renew();
  const scene: Scene = scenes[name];
  return scene.play(raised, how);
}

/** What a world without workshops begins with. */
export const quietWeek = (now: Date): Event[] => {
  const starts = nextAfternoon(now);
  return [agents(starts, 25), london(plus(starts, days(7) + hours(1)))];
};

const agents = (starts: Date, people: number): Event => ({
  title: 'Agentic workshop',
  starts,
  lastsMinutes: 90,
  people,
  zone: 'America/Los_Angeles',
});

const london = (starts: Date): Event => ({
  title: 'London evening workshop',
  starts,
  lastsMinutes: 120,
  people: 9,
  zone: 'Europe/London',
});

/** Far enough away that nothing has begun for it. */
const AHEAD_MS = hours(50);

/** The first 17:00 UTC for which nothing has begun. */
function nextAfternoon(now: Date): Date {
  const day = new Date(plus(now, AHEAD_MS).toISOString().slice(0, 10));
  const afternoon = plus(day, hours(17));
  return afternoon >= plus(now, AHEAD_MS) ? afternoon : plus(afternoon, days(1));
}

/** The next one for which nothing has begun; one is announced where there is none. */
async function nextWorkshop(raised: Raised): Promise<Pick<Workshop, 'starts'>> {
  const now = raised.clock.now();
  const workshops = await workshopsUntil(plus(now, days(30)), raised);
  const next = workshops.find(({ starts }) => starts >= plus(now, hours(26)));
  if (next) return next;
  const events = quietWeek(now);
  raised.campus.announce(events);
  return events[0] as Event;
}

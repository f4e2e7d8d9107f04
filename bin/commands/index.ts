import type { Command } from '../command.ts';

interface Entry {
  readonly summary: string;
  /** Loaded only when it is called, so that `--help` is instant. */
  readonly load: () => Promise<{ readonly default: Command }>;
}

/** Every command, in the order in which a newcomer meets them. */
export const commands = {
  up: {
    summary: 'Start the embedded world: registries, clusters, Coder, a calendar, schedules and a board',
    load: () => import('./up.ts'),
  },
  publish: {
    summary: 'Release a new version in the embedded world and ring its webhook',
    load: () => import('./publish.ts'),
  },
  break: {
    summary: 'Make a region of the embedded world fail, or its model gateway',
    load: () => import('./break.ts'),
  },
  mend: { summary: 'Make what is broken in the embedded world work again', load: () => import('./mend.ts') },
  scene: {
    summary: 'Bring the embedded world to a moment worth looking at, such as the morning of a workshop',
    load: () => import('./scene.ts'),
  },
  clock: { summary: 'What time it is in the embedded world, and how to move it on', load: () => import('./clock.ts') },
  parity: { summary: 'Does every region serve what the source serves? GO or NO-GO', load: () => import('./parity.ts') },
  images: {
    summary: 'What each region serves, since when, and what it served before',
    load: () => import('./images.ts'),
  },
  mirror: { summary: 'Bring an image to every region, or between any registries', load: () => import('./mirror.ts') },
  rollout: {
    summary: 'Restart what does not run what its region serves: the control plane, then each proxy',
    load: () => import('./rollout.ts'),
  },
  rollback: {
    summary: 'Point a tag at an earlier digest in every region, and pin it',
    load: () => import('./rollback.ts'),
  },
  unpin: { summary: 'Lift a pin, so that the tag follows its source again', load: () => import('./unpin.ts') },
  hold: { summary: 'Keep tags where they are until a given time', load: () => import('./hold.ts') },
  holds: { summary: 'Which holds stand or are to come, until when, and why', load: () => import('./holds.ts') },
  release: { summary: 'End a hold before its time, so that tags may move again', load: () => import('./release.ts') },
  keys: {
    summary: 'The model gateway’s keys: which is published, until when; rotate or extend one',
    load: () => import('./keys.ts'),
  },
  credentials: {
    summary: 'Everything that ends by itself, until when, and which workshop it must outlast',
    load: () => import('./credentials.ts'),
  },
  workshops: {
    summary: 'The workshops ahead, how many people each expects, and what is doubtful in the calendar',
    load: () => import('./workshops.ts'),
  },
  plan: {
    summary: 'Everything Greenroom will do for the workshops on the calendar, and why',
    load: () => import('./plan.ts'),
  },
  posture: {
    summary: 'What must be true now for the workshops on the calendar, until when, and for whom',
    load: () => import('./posture.ts'),
  },
  scale: {
    summary: 'Keep a pool at so many replicas or more until a given time',
    load: () => import('./scale.ts'),
  },
  why: {
    summary: 'Why something stands where it stands: each change, by whom, until when, and what for',
    load: () => import('./why.ts'),
  },
  confirm: {
    summary: 'Say that a workshop which vanished from the calendar will not take place',
    load: () => import('./confirm.ts'),
  },
  capacity: {
    summary: 'How many provisioners a workshop needs, and why',
    load: () => import('./capacity.ts'),
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type CommandName = keyof typeof commands;

import { PHASES, timetable, type Phase, type Posture } from '../core/posture.ts';
import type { Policy } from '../core/policy.ts';
import type { Workshop } from '../core/workshop.ts';
import { html, type Html } from './html.ts';
import { attendanceOf, clockOf, dayOf, timesOf } from './when.ts';
import { relative } from './words.ts';

/** The next workshop and what it passes through, as the board and the JSON show it. */
export interface TimelineView {
  readonly title: string;
  readonly when: string;
  readonly people: string;
  readonly starts: Date;
  readonly phase: Phase;
  readonly steps: readonly TimelineStep[];
  /** How many more are on the calendar. */
  readonly more: number;
}

export interface TimelineStep {
  readonly phase: Phase;
  readonly from: Date;
  readonly say: string;
  readonly state: 'past' | 'now' | 'to come';
}

const SAYS = {
  checks: 'everything is looked at',
  raised: 'replicas are raised, promotions held',
  keys: 'every key is made anew',
  closed: 'rotation is paused, nodes are frozen',
  live: 'it starts',
  grace: 'it ends; everything stays as it is',
  over: 'everything goes back to what it was',
} as const satisfies Record<Exclude<Phase, 'planned'>, string>;

/** The workshop that is on or comes next; `undefined` where none is on the calendar. */
export function timelineView({ workshops }: Posture, policy: Policy): TimelineView | undefined {
  const [next, ...others] = workshops;
  if (!next) return undefined;
  const { workshop, phase } = next;
  return {
    title: workshop.title,
    when: timesOf(workshop),
    people: attendanceOf(workshop),
    starts: workshop.starts,
    phase,
    steps: stepsOf(workshop, phase, policy),
    more: others.length,
  };
}

function stepsOf(workshop: Workshop, current: Phase, policy: Policy): TimelineStep[] {
  const { checks, raised, rotation, closed, live } = timetable(workshop, policy);
  const begins: readonly (readonly [Exclude<Phase, 'planned'>, Date | undefined])[] = [
    ['checks', checks[0]],
    ['raised', raised.from],
    ['keys', rotation.from],
    ['closed', closed.from],
    ['live', live.from],
    ['grace', live.until],
    ['over', closed.until],
  ];
  const stateOf = (phase: Phase): TimelineStep['state'] => {
    if (phase === current) return 'now';
    return PHASES.indexOf(phase) < PHASES.indexOf(current) ? 'past' : 'to come';
  };
  return begins.flatMap(([phase, from]) => (from ? [{ phase, from, say: SAYS[phase], state: stateOf(phase) }] : []));
}

/** Nothing but words and an order, so that it needs neither colour nor a script. */
export function timelineFragment(view: TimelineView | undefined, at: Date): Html | undefined {
  if (!view) return undefined;
  const { title, when, people, starts, steps, more } = view;
  return html`<section aria-labelledby="workshop">
    <h2 id="workshop">
      ${title} <small>${at < starts ? `starts ${relative(at, starts)}` : `started ${relative(at, starts)}`}</small>
    </h2>
    <p class="when">${when}; ${people}</p>
    <ol class="timeline">
      ${steps.map(stepLine)}
    </ol>
    ${more > 0 && html`<p class="state">And ${more} more on the calendar.</p>`}
  </section>`;
}

const stepLine = ({ from, say, state }: TimelineStep): Html =>
  html`<li class="${state === 'past' ? 'past' : ''}" ${state === 'now' && html`aria-current="step"`}>
    <time datetime="${from.toISOString()}">${dayOf(from)} ${clockOf(from)}</time>
    <span>${say}${state === 'now' && ' (now)'}</span>
  </li>`;

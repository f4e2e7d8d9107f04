import { examine, type Check } from './core/check.ts';
import { stepsIn, type Finding } from './core/finding.ts';
import { minuteOf, news, type Report, type Taken } from './core/report.ts';
import { targetOf, type Step } from './core/step.ts';
import type { Log } from './log.ts';
import type { Look } from './observers/images.ts';
import { observe } from './observers/observe.ts';
import { take } from './steps/take.ts';
import type { World } from './ports.ts';

/** A list of checks, how often and how deep to look, and whether Greenroom may act on what it finds. */
export interface Automation {
  readonly name: string;
  readonly everyMinutes: number;
  readonly checks: readonly Check[];
  readonly depth: Look['depth'];
  readonly may: 'report' | 'converge';
}

/** What a host brings to a run: the instant, its log, and how long it has. */
export interface Wake {
  readonly now: Date;
  readonly log: Log;
  /** Who asked: `schedule` unless said otherwise. */
  readonly by?: string;
  readonly signal?: AbortSignal;
  /** Source repositories to look at, such as a webhook's. Left out: everything. */
  readonly only?: readonly string[];
}

/** `mendsElsewhere`: a step is only started here, so a second look at once would see nothing new. */
export type Surroundings = World & { readonly mendsElsewhere?: boolean };

/**
 * Looks at the world, brings it towards what it should be, looks again, and tells.
 *
 * What woke it is not handed in, only when and how far to look: the run is the same whether a schedule, an event or
 * a person asked for it.
 */
export async function reconcile(automation: Automation, world: Surroundings, wake: Wake): Promise<Report> {
  const { name, checks, depth, may } = automation;
  const lookAround = async () => examine(checks, await observe(facetsOf(checks), world, { ...wake, depth }), wake.now);

  const findings = await lookAround();
  const taken = may === 'converge' ? await converge(planOf(findings), world, wake) : [];
  const again = taken.length > 0 && !world.mendsElsewhere;
  return tell(world, { automation: name, at: wake.now, findings: again ? await lookAround() : findings, taken }, wake);
}

/** The steps that the findings ask for. Two that want to change one thing would be a quarrel inside our own plan. */
function planOf(findings: readonly Finding[]): Step[] {
  const steps = stepsIn(findings);
  const quarrel = steps.map(targetOf).find((target, i, targets) => targets.indexOf(target) < i);
  if (quarrel !== undefined) throw new Error(`two different steps want to change ${quarrel}`);
  return steps;
}

/** Takes the steps one at a time, until they are done or time is up. */
async function converge(
  steps: readonly Step[],
  world: World,
  { by = 'schedule', log, signal }: Wake,
): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const step of steps) {
    if (signal?.aborted) break;
    taken.push(await take(step, world, { by, log, ...(signal && { signal }) }));
  }
  return taken;
}

/**
 * Tells what is news, and what could not be told before that first.
 *
 * What is to be told is written down before it is said, and struck out after: a death in between repeats news, it
 * never loses any. A crew that cannot be reached is our own failure, thrown once the record is complete.
 */
async function tell({ journal, crew, estate }: World, seen: Report, { only }: Wake): Promise<Report> {
  const last = await journal.last(seen.automation);
  const unlooked = only === undefined ? [] : estate.images.filter(({ source }) => !only.includes(source));
  const carried = (last?.amiss ?? []).filter(({ subject }) =>
    unlooked.some(({ name }) => subject.startsWith(`${name}:`)),
  );
  const report = { ...seen, findings: [...carried, ...seen.findings] };
  const lines = [...(await journal.untold(report.automation)), ...news(last, report)];

  if (lines.length > 0) await journal.setUntold(report.automation, lines);
  const [said] = await Promise.allSettled([lines.length > 0 ? crew.say(lines) : undefined]);
  if (lines.length > 0 && said.status === 'fulfilled') await journal.setUntold(report.automation, []);
  await journal.append(minuteOf(report));
  if (said.status === 'rejected') throw said.reason;
  return report;
}

const facetsOf = (checks: readonly Check[]) => [...new Set(checks.flatMap(({ needs }) => needs))];

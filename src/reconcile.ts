import { examine, type Check } from './core/check.ts';
import { stepsIn, type Finding } from './core/finding.ts';
import type { Report, Taken } from './core/report.ts';
import { targetOf, type Step } from './core/step.ts';
import type { Log } from './log.ts';
import type { Look } from './observers/images.ts';
import { observe, type Observers } from './observers/observe.ts';
import { take } from './steps/take.ts';
import { isWorthTaking, noteTried } from './steps/tried.ts';
import { tell, type Telling } from './tell.ts';
import type { World } from './ports.ts';

/** A list of checks, how often and how deep to look, and whether Greenroom may act on what it finds. */
export interface Automation {
  readonly name: string;
  readonly everyMinutes: number;
  readonly checks: readonly Check[];
  /** Who looks at what the checks need. */
  readonly observers: Observers;
  readonly depth: Look['depth'];
  readonly may: 'report' | 'converge';
}

/** What a host brings to a run: the instant, its log, and how long it has. */
export interface Wake extends Telling {
  readonly now: Date;
  readonly log: Log;
  /** Who asked: `schedule` unless said otherwise. */
  readonly by?: string;
  readonly signal?: AbortSignal;
}

/** `mendsElsewhere`: mirroring is only started here, so a second look at once would see nothing new. */
export type Surroundings = World & { readonly mendsElsewhere?: boolean };

/**
 * Looks at the world, brings it towards what it should be, looks again, and tells.
 *
 * What woke it is not handed in, only when and how far to look: the run is the same whether a schedule, an event or
 * a person asked for it.
 */
export async function reconcile(automation: Automation, world: Surroundings, wake: Wake): Promise<Report> {
  const { name, depth, may, observers } = automation;
  const checks = automation.checks.filter((check) => check.concerns?.(world.estate) ?? true);
  const lookAround = async () =>
    examine(checks, await observe(facetsOf(checks), observers, world, { ...wake, depth }), wake.now);

  const before = await lookAround();
  const taken = may === 'converge' ? await converge(before, name, world, wake) : [];
  const again = taken.some(({ step }) => step.kind !== 'mirror-image' || !world.mendsElsewhere);
  const [after] = await Promise.allSettled([again ? lookAround() : before]);
  // Time may run out during the second look. What was done must be told all the same, so the first look stands.
  return tell({ automation: name, at: wake.now, findings: valueOr(before, after), taken }, world, wake);
}

const valueOr = <T>(other: T, settled: PromiseSettledResult<T>): T =>
  settled.status === 'fulfilled' ? settled.value : other;

/** The steps that the findings ask for. Two that want to change one thing would be a quarrel inside our own plan. */
function planOf(findings: readonly Finding[]): Step[] {
  const steps = stepsIn(findings);
  const quarrel = steps.map(targetOf).find((target, i, targets) => targets.indexOf(target) < i);
  if (quarrel !== undefined) throw new Error(`two different steps want to change ${quarrel}`);
  return steps;
}

/** Takes the steps one at a time, until they are done or time is up. */
async function converge(
  findings: readonly Finding[],
  automation: string,
  world: World,
  { now, by = 'schedule', log, signal }: Wake,
): Promise<Taken[]> {
  const taken: Taken[] = [];
  const tries = { journal: world.journal, automation, now };
  for (const step of planOf(findings)) {
    if (signal?.aborted) break;
    if (!(await isWorthTaking(step, findings, tries))) continue;
    const result = await take(step, world, { now, by, log, ...(signal && { signal }) });
    taken.push(result);
    if (result.error === undefined) await noteTried(step, findings, tries);
  }
  return taken;
}

const facetsOf = (checks: readonly Check[]) => [...new Set(checks.flatMap(({ needs }) => needs))];

import { firingsBetween, parseCron } from './cron.ts';
import { credentialsOfKeys, type KeysSighting, type RotatorStand, type RotatorState } from './keys.ts';
import { endWith, type Credential } from './credential.ts';
import type { Judgement, Remedy } from './finding.ts';
import type { Pause } from './posture.ts';
import { titlesOf } from './room.ts';
import { minus, minutes, spoken } from './time.ts';

const person = (ask: string): Remedy => ({ by: 'person', ask });

/** Whether a rotator keeps out of every pause in sight, by standing still now or by being made to. */
export function judgeRotator(
  { name, cluster, stands }: RotatorStand,
  pauses: readonly Pause[],
  now: Date,
): Judgement[] {
  const subject = `${name} in ${cluster}`;
  const [next] = pauses;
  const want = next ? `still from ${spoken(next.from)} until ${spoken(next.until)}` : 'no window is near';
  if (!stands.seen) {
    const remedy = person(`Check that ${cluster} answers and that Greenroom may read it (deploy/rbac.yaml).`);
    return [{ subject, status: 'unknown', evidence: { want, have: stands.why }, remedy }];
  }
  if (!stands.value) {
    const remedy = person(`Correct "${name}" in the estate, or deploy it to ${cluster}.`);
    return [{ subject, status: 'fail', evidence: { want, have: 'no such workload' }, remedy }];
  }
  const state = stands.value;
  const clashes = pauses.flatMap((pause) => {
    const clash = clashIn(state, pause, now);
    return clash ? [{ ...clash, pause }] : [];
  });
  if (clashes.length === 0) return [{ subject, status: 'ok', evidence: { want, have: spelled(state, now) } }];
  return clashes.map(({ have, ask, pause }) => ({
    subject: `${subject} for ${titlesOf(pause.workshops)}`,
    status: 'fail',
    evidence: { want: `still from ${spoken(pause.from)} until ${spoken(pause.until)}`, have },
    remedy: person(ask),
  }));
}

interface Clash {
  readonly have: string;
  readonly ask: string;
}

/** So long after a key was replaced copies of it follow: what fires shortly before a window is felt in it. */
const LAG_MS = minutes(15);

/** Why a rotator would replace a key in a pause, and what helps. */
function clashIn(state: RotatorState, pause: Pause, now: Date): Clash | undefined {
  const { choice, paused, running, resumes, schedule } = state;
  const isNow = now >= pause.from;
  const isStill = paused && (!resumes || resumes >= pause.until);
  const felt = choice.ok ? pause : { ...pause, from: minus(pause.from, LAG_MS) };
  const first = isStill ? 'none' : firstIn(state, felt, now);
  const when =
    first === 'unknown' || first === 'none' ? 'it rotates by itself, nobody knows when' : `it fires ${spoken(first)}`;
  // Before all else, because it will happen again.
  if (first !== 'none' && !choice.ok)
    return { have: `${when}, and cannot be paused: ${choice.why}`, ask: choice.remedy };
  // What is no CronJob runs all the time, until it is scaled to nothing.
  if (isNow && running > 0 && (paused || schedule))
    return {
      have: `${running} of its runs are under way`,
      ask: 'Look at what the run has done: published-keys-work says which key counts.',
    };
  // Until then Greenroom pauses it.
  if (first === 'none' || !isNow) return undefined;
  const ask =
    'Greenroom pauses it at its next look; if it does not: kubectl patch cronjob <name> -p \'{"spec":{"suspend":true}}\'';
  return { have: `${when}, in the window of ${titlesOf(pause.workshops)}`, ask };
}

function firstIn({ schedule }: RotatorState, { from, until }: Pause, now: Date): Date | 'none' | 'unknown' {
  const cron = schedule && parseCron(schedule.cron);
  if (!schedule || !cron?.ok) return 'unknown';
  return firingsBetween(cron.value, schedule.zone, now > from ? now : from, until, 1)[0] ?? 'none';
}

function spelled({ paused, resumes, schedule }: RotatorState, now: Date): string {
  if (paused) return resumes && resumes > now ? `paused until ${spoken(resumes)}` : 'paused';
  return schedule ? `fires at ${schedule.cron} ${schedule.zone}, and is paused before` : 'is paused before';
}

/**
 * Whether each key outlives the pauses that freeze it. A pause that outlives its key is worse than none: an 8-hour key
 * that is paused a day ahead is dead when the room fills.
 */
export function judgeFrozenKeys(keys: KeysSighting, pauses: readonly Pause[], now: Date): Judgement[] {
  return credentialsOfKeys(keys, now).flatMap((credential) => {
    const judged = pauses.map((pause) => judgeFrozen(credential, pause, now));
    const amiss = judged.filter(({ status }) => status !== 'ok');
    if (!credential.expires.seen) return amiss.slice(0, 1);
    return amiss.length > 0 ? amiss : judged.slice(0, 1);
  });
}

function judgeFrozen(credential: Credential, pause: Pause, now: Date): Judgement {
  const { name, expires, renewal } = credential;
  const frozen = `${name}, frozen`;
  const subject = `${frozen} for ${titlesOf(pause.workshops)}`;
  const want = `outlives the pause until ${spoken(pause.until)}`;
  if (!expires.seen)
    return { subject: frozen, status: 'unknown', evidence: { want, have: expires.why }, remedy: person(renewal) };
  const { ends, have, ask = renewal } = endWith(credential, expires.value, now, pause);
  const evidence = { want, have };
  if (ends === 'never' || ends >= pause.until) return { subject, status: 'ok', evidence };
  return { subject, status: 'fail', evidence, remedy: person(ask) };
}

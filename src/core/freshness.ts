import { frozenInWindow, MARGIN_MS } from './credential.ts';
import type { LiteLlmGateway } from './estate.ts';
import type { Evidence, Judgement, Remedy } from './finding.ts';
import type { GatewayKey } from './gateway-key.ts';
import { heldHashes, isSpent, type KeySighting, type KeysSighting } from './keys.ts';
import { titlesOf, type RoomSighting } from './room.ts';
import type { FreshenKey } from './step.ts';
import { between, minutes, plus, spoken, spokenDuration } from './time.ts';
import type { Workshop } from './workshop.ts';

/** What keys are to outlast now. */
export interface Outlasting {
  /** The end of the pause. */
  readonly until: Date;
  /** Whether a new generation may be made: before the pause, and not in it. */
  readonly mayRotate: boolean;
  readonly workshops: readonly Workshop[];
}

/** What the posture asks of keys; nothing, where no pause is near. */
export function outlastingIn({ posture }: Pick<RoomSighting, 'posture'>): Outlasting | undefined {
  if (!posture.seen) return undefined;
  const { rotationDue, paused } = posture.value;
  if (rotationDue) return { until: rotationDue.outlast, mayRotate: true, workshops: rotationDue.workshops };
  return paused && { until: paused.until, mayRotate: false, workshops: paused.workshops };
}

/** Whether these keys are known to outlast the pause: until then their rotator is not paused ahead of its window. */
export function areFresh({ gateway, keys }: KeysSighting, names: readonly string[], outlasting: Outlasting, now: Date) {
  return keys
    .filter(({ key }) => names.includes(key.name))
    .every((sighting) => gateway && freshness(sighting, gateway, outlasting, now).status === 'ok');
}

/**
 * Whether every key that somebody holds outlasts the pause, and the step that makes it so.
 *
 * Also inside a window a key may be let last longer, since that restarts nobody; only there is no new generation then.
 */
export function freshness(
  sighting: KeySighting,
  gateway: LiteLlmGateway,
  outlasting: Outlasting,
  now: Date,
): Judgement {
  const { key, published, known } = sighting;
  const { until } = outlasting;
  const wanted = plus(until, MARGIN_MS);
  const subject = `LiteLLM key ${key.name}`;
  const want = `lasts until ${spoken(wanted)}, a day longer than the pause for ${titlesOf(outlasting.workshops)}`;
  const unseen = [published, known].flatMap((seen) => (seen.seen ? [] : [seen.why]))[0];
  if (unseen !== undefined) return { subject, status: 'unknown', evidence: { want, have: unseen }, remedy: ask(BLIND) };
  const state = stateOf(sighting, now);
  const evidence = { want, have: state.have };
  const longest = gateway.longestMinutes === undefined ? Infinity : minutes(gateway.longestMinutes);
  const most = now.getTime() + longest;
  const target = most < wanted.getTime() ? new Date(most) : wanted;
  const isShort = shortOf(target, until, longest);
  const rotate = state.broken || (gateway.renews === 'rotate' && isShort(state.own));
  const extend = state.held.filter((each) => !(rotate && each === state.own) && isShort(each));
  if (!rotate && extend.length === 0) return lasting(subject, evidence, state, until, longest);
  if (rotate && !outlasting.mayRotate) return inTheWindow(subject, evidence, key.name);
  const step: FreshenKey = {
    kind: 'freshen-key',
    key: key.name,
    rotate,
    ...(published.seen && published.value !== undefined && { from: published.value }),
    extend: extend.map(({ hash }) => hash),
    until: target,
    atLeast: target < until ? target : until,
  };
  return { subject, status: 'fail', evidence, remedy: { by: 'greenroom', step } };
}

interface KeyState {
  /** The published key; absent where the gateway does not know it. */
  readonly own: GatewayKey | undefined;
  /** Every key in use that the gateway knows. */
  readonly held: readonly GatewayKey[];
  /** Whether only another key helps. */
  readonly broken: boolean;
  readonly have: string;
}

function stateOf(sighting: KeySighting, now: Date): KeyState {
  const { published, known, probes } = sighting;
  const hashes = heldHashes(sighting);
  const keys = known.seen ? known.value : [];
  const held = keys.filter(({ hash }) => hashes.has(hash));
  const own = keys.find(({ hash }) => published.seen && hash === published.value);
  if (!own) return { own, held, broken: true, have: 'the gateway does not know the published key' };
  const refusing = probes.seen ? probes.value.filter(({ answer }) => answer === 'unknown-key') : [];
  if (own.blocked || isSpent(own))
    return { own, held, broken: true, have: own.blocked ? 'blocked' : 'its budget is spent' };
  if (refusing.length > 0)
    return { own, held, broken: true, have: `${refusing.map(({ replica }) => replica).join(', ')} does not know it` };
  const first = earliestOf(held);
  return {
    own,
    held,
    broken: false,
    have:
      first === 'never' ? 'never ends' : `the first that is in use ${first > now ? 'ends' : 'ended'} ${spoken(first)}`,
  };
}

const earliestOf = (keys: readonly GatewayKey[]): Date | 'never' => {
  const ends = keys.flatMap(({ expires }) => (expires === 'never' ? [] : [expires.getTime()]));
  return ends.length === 0 ? 'never' : new Date(Math.min(...ends));
};

/** What is gained by less is not worth a change: a gateway that bounds what it gives would be asked at every look. */
const WORTH_MS = minutes(30);

/** Whether a key is to last longer. Where the gateway bounds what it gives, the end of the pause is enough. */
const shortOf =
  (target: Date, until: Date, longestMs: number) =>
  (key: GatewayKey | undefined): boolean => {
    if (!key || key.expires === 'never' || key.expires >= target) return false;
    if (key.expires >= until && Number.isFinite(longestMs)) return false;
    if (key.expires < until && target >= until) return true;
    return between(key.expires, target) >= Math.min(WORTH_MS, longestMs / 4);
  };

function lasting(
  subject: string,
  evidence: { readonly want: string; readonly have: string },
  { held }: KeyState,
  until: Date,
  longestMs: number,
): Judgement {
  const first = earliestOf(held);
  if (first === 'never' || first >= until) return { subject, status: 'ok', evidence };
  const ask_ = `The gateway lets no key last longer than ${spokenDuration(longestMs)}: raise upperbound_key_generate_params, then run greenroom keys extend.`;
  return { subject, status: 'fail', evidence, remedy: ask(ask_) };
}

const BLIND = 'Check that the gateway and Secrets Manager answer, and that Greenroom may read them.';

function inTheWindow(subject: string, { want, have }: Evidence, name: string): Judgement {
  const frozen = frozenInWindow(have, `Run: greenroom keys rotate ${name}`);
  return { subject, status: 'fail', evidence: { want, have: frozen.have }, remedy: ask(frozen.ask) };
}

const ask = (sentence: string): Remedy => ({ by: 'person', ask: sentence });

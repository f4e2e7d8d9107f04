import { currentOf, spellSetting, type Move, type Setting } from './lease.ts';
import { spellLever } from './lever.ts';
import { spoken } from './time.ts';
import type { Hold } from './promotion.ts';

/** The changes that Greenroom may make by itself, as data. */
export type Step = MirrorImage | MoveKnob | HoldPromotions | ReleasePromotions | FreshenKey | RetireKeys;

/** Bring one tag of one image to every region: plan, transfer, promote. Safe to repeat. */
export interface MirrorImage {
  readonly kind: 'mirror-image';
  readonly image: string;
  readonly tag: string;
}

/** Turn one knob, or only the lease on it. Safe to repeat: it is turned only from where it was seen to stand. */
export interface MoveKnob {
  readonly kind: 'move-knob';
  /** Where it was seen to stand. */
  readonly is: Setting;
  readonly move: Exclude<Move, { readonly do: 'nothing' | 'yield' }>;
}

/** Let no image be promoted for a while. The same hold again replaces it. */
export interface HoldPromotions {
  readonly kind: 'hold-promotions';
  readonly hold: Hold;
}

/** Let a hold end now. It is not struck out: it ends, as it would have by itself. */
export interface ReleasePromotions {
  readonly kind: 'release-promotions';
  readonly hold: Hold;
}

/**
 * Let a key outlast a pause, and prove it: by a new generation, or by letting keys last longer that are in use. Safe to
 * repeat: keys that last by then are left as they are, and a new generation that was begun is finished.
 */
export interface FreshenKey {
  readonly kind: 'freshen-key';
  readonly key: string;
  /** Whether a new generation is made: only before a window, since whoever holds the old one must move. */
  readonly rotate: boolean;
  /** The hash of the key that is published now: what is rotated is rotated away from. */
  readonly from?: string;
  /** Hashes of keys that are to last longer. */
  readonly extend: readonly string[];
  /** Until when it is asked to last. */
  readonly until: Date;
  /** Until when it must last at least. */
  readonly atLeast: Date;
}

/** Let generations end that nobody holds, and take away those that have ended. */
export interface RetireKeys {
  readonly kind: 'retire-keys';
  readonly key: string;
  /** Hashes of the keys that somebody holds. */
  readonly held: readonly string[];
}

/** What a step changes. Steps of one run have distinct targets, or the plan would contain a quarrel. */
export function targetOf(step: Step): string {
  switch (step.kind) {
    case 'mirror-image':
      return `image ${step.image}:${step.tag}`;
    case 'move-knob':
      return `knob ${step.move.lease.target}`;
    case 'hold-promotions':
    case 'release-promotions':
      return `hold ${step.hold.id}`;
    case 'freshen-key':
    case 'retire-keys':
      return `key ${step.key}`;
    default:
      return step satisfies never;
  }
}

export function spellStep(step: Step): string {
  switch (step.kind) {
    case 'mirror-image':
      return `mirror ${step.image}:${step.tag} to every region`;
    case 'move-knob':
      return spellMove(step);
    case 'hold-promotions':
      return `hold promotions for ${step.hold.why}`;
    case 'release-promotions':
      return 'release promotions';
    case 'freshen-key':
      return `${step.rotate ? 'rotate' : 'extend'} key ${step.key} so that it lasts until ${spoken(step.until)}`;
    case 'retire-keys':
      return `retire the keys of ${step.key} that nobody holds`;
    default:
      return step satisfies never;
  }
}

function spellMove({ is, move }: MoveKnob): string {
  const { lease } = move;
  const knob = `${spellLever(lease.lever)} in ${lease.cluster}`;
  if (move.do === 'take') {
    return `set ${knob} from ${spellSetting(is)} to ${spellSetting(currentOf(lease))} for ${lease.why}`;
  }
  if (move.do === 'restore') return `put ${knob} back from ${spellSetting(is)} to ${spellSetting(lease.was)}`;
  if (move.do === 'renew') return `keep ${knob} at ${spellSetting(is)} for ${lease.why}`;
  return `end the lease on ${knob}, which ${move.why}`;
}

/** Whether people should hear that a step was taken: not where only the journal was brought up to date. */
export const isTold = (step: Step): boolean => !(step.kind === 'move-knob' && step.move.do === 'renew');

import { whyOf } from '../core/outside-error.ts';
import type { Hold } from '../core/promotion.ts';
import type { Taken } from '../core/report.ts';
import { spellStep, type MirrorImage, type Step } from '../core/step.ts';
import { PROMOTIONS } from '../core/room.ts';
import { spoken } from '../core/time.ts';
import type { Log } from '../log.ts';
import type { World } from '../ports.ts';
import { freshenKey, retireKeys } from './freshen-key.ts';
import { moveKnob } from './move-knob.ts';

export interface Circumstances {
  readonly now: Date;
  /** Who asked, for the promotion's record. */
  readonly by: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** Takes one step. A failure is returned, so that one bad step never stops the others. */
export async function take(step: Step, world: World, circumstances: Circumstances): Promise<Taken> {
  try {
    const result = await perform(step, world, circumstances);
    return { step, ...(result !== undefined && { result }) };
  } catch (error) {
    circumstances.log(`could not ${spellStep(step)}`, error);
    return { step, error: whyOf(error) };
  }
}

async function perform(step: Step, world: World, circumstances: Circumstances): Promise<string | undefined> {
  switch (step.kind) {
    case 'mirror-image':
      return mirrorImage(step, world, circumstances);
    case 'move-knob':
      return moveKnob(step, world, circumstances);
    case 'hold-promotions':
      return hold(step.hold, 'held', world, circumstances);
    case 'release-promotions':
      return hold({ ...step.hold, until: circumstances.now }, 'released', world, circumstances);
    case 'freshen-key':
      return freshenKey(step, world, circumstances);
    case 'retire-keys':
      return retireKeys(step, world, circumstances);
    default:
      return step satisfies never;
  }
}

async function hold(
  held: Hold,
  word: 'held' | 'released',
  { journal }: World,
  { now: at }: Circumstances,
): Promise<undefined> {
  const { by, until, why } = held;
  await journal.hold(held);
  const line = word === 'held' ? `held until ${spoken(until)} for ${why}` : `released, was held for ${why}`;
  await journal.record({ target: PROMOTIONS, at, by, line });
}

function mirrorImage(
  { image: name, tag }: MirrorImage,
  { estate, mirroring }: World,
  { by, signal }: Circumstances,
): Promise<string> {
  const image = estate.images.find((each) => each.name === name);
  if (!image) throw new Error(`${estate.name} has no image "${name}"`);
  return mirroring.mirror({ image, tag }, by, signal);
}

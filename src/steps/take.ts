import { whyOf } from '../core/outside-error.ts';
import type { Taken } from '../core/report.ts';
import { spellStep, type MirrorImage, type Step } from '../core/step.ts';
import type { Log } from '../log.ts';
import type { World } from '../ports.ts';
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
      await world.journal.hold(step.hold);
      return undefined;
    case 'release-promotions':
      await world.journal.hold({ ...step.hold, until: circumstances.now });
      return undefined;
    default:
      return step satisfies never;
  }
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

import { whyOf } from '../core/outside-error.ts';
import type { Taken } from '../core/report.ts';
import { spellStep, type Step } from '../core/step.ts';
import type { Log } from '../log.ts';
import type { World } from '../ports.ts';

interface Circumstances {
  /** Who asked, for the promotion's record. */
  readonly by: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** Takes one step. A failure is returned, so that one bad step never stops the others. */
export async function take(step: Step, world: World, { by, log, signal }: Circumstances): Promise<Taken> {
  try {
    return { step, result: await perform(step, world, by, signal) };
  } catch (error) {
    log(`could not ${spellStep(step)}`, error);
    return { step, error: whyOf(error) };
  }
}

function perform(step: Step, { estate, mirroring }: World, by: string, signal?: AbortSignal): Promise<string> {
  const image = estate.images.find(({ name }) => name === step.image);
  if (!image) throw new Error(`${estate.name} has no image "${step.image}"`);
  return mirroring.mirror({ image, tag: step.tag }, by, signal);
}

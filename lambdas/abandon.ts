import { hours, plus } from '../src/core/time.ts';
import { E_MAIL } from '../src/core/untold.ts';
import { abandonStage } from '../src/mirror/stages.ts';
import { leave } from '../src/roads.ts';
import { connected } from './host.ts';
import { inTurn } from './host/turn.ts';
import { onStage, type StageEvent } from './host/stage.ts';

interface Failed extends StageEvent {
  /** As Step Functions has it: `Cause` is what a function's error looks like in JSON, or a sentence. */
  readonly error: { readonly Error: string; readonly Cause?: string };
}

/** What cannot be mended fails again at every look; people are told at first, and then not before this has passed. */
const REMIND_MS = hours(6);

/** Yields the run's claim, and says whether its failure is news, in a line for people. */
export const abandon = (worldOf: typeof connected) =>
  onStage(worldOf, async (run, { error }: Failed, host) => {
    const { now, tell, world } = host;
    const { journal } = world;
    await abandonStage(run);
    const { image, tag } = run.release;
    const line = `failed: ${image}:${tag} was not mirrored: ${error.Error}: ${sentenceIn(error.Cause)} (run ${run.id})`;
    tell(line);

    const key = `told ${image}:${tag}`;
    const news = (await journal.kept(key, now())) !== error.Error;
    if (news) {
      // The machine tells it by e-mail. The channels have the next look tell them, which comes in five minutes.
      const crew = world.crew.filter(({ name }) => name !== E_MAIL);
      const left = { kind: 'failed', subject: `${image}:${tag}`, line } as const;
      if (crew.length > 0) await inTurn('tell', host, () => leave([left], { crew, journal }));
      await journal.keep(key, error.Error, plus(now(), REMIND_MS));
    }
    return { news, line };
  });

function sentenceIn(cause = 'it did not say why'): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: string };
    return errorMessage ?? cause;
  } catch {
    return cause;
  }
}

export const handler = abandon(connected);

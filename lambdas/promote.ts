import { isContent, spellOutcome } from '../src/core/progress.ts';
import { promoteStage } from '../src/mirror/stages.ts';
import { connected } from './host.ts';
import { onStage } from './host/stage.ts';

export const promote = (worldOf: typeof connected) =>
  onStage(worldOf, async (run, _event, { tell, measure }) => {
    const outcome = await promoteStage(run);
    const { result, digest, skewMs } = outcome;
    if (skewMs !== undefined) measure('MirrorSkewMs', skewMs);
    tell(spellOutcome(outcome), { outcome });
    return { result, content: isContent(outcome), why: spellOutcome(outcome), digest, skewMs };
  });

export const handler = promote(connected);

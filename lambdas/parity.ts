import { parity as automation } from '../src/automations.ts';
import { runAutomation } from './host/automation.ts';
import { connectedToClusters } from './host/clusters.ts';
import { onLambda, type connected } from './host.ts';
import { imageOf, type StageEvent } from './host/stage.ts';

/** Looks behind every tag; after a run of the state machine behind those of its image. */
export const parity = (worldOf: typeof connected) =>
  onLambda(worldOf, (event: Partial<StageEvent>, host) => {
    if (event.run === undefined || event.release === undefined) return runAutomation(automation, host);
    const { source } = imageOf(event.release.image, host.world);
    host.note({ run: event.run });
    // Because a run that ended by starting the next one would go on for ever where something cannot be mended.
    return runAutomation({ ...automation, may: 'report' }, host, { only: [source] });
  });

export const handler = parity(connectedToClusters);

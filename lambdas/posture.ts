import { posture as automation } from '../src/automations.ts';
import { runAutomation } from './host/automation.ts';
import { connectedToClusters } from './host/clusters.ts';
import { onLambda, type connected } from './host.ts';

/** Looks at what the calendar asks for, and turns what it may. */
export const posture = (worldOf: typeof connected) =>
  onLambda(worldOf, (_event: unknown, host) => runAutomation(automation, host));

export const handler = posture(connectedToClusters);

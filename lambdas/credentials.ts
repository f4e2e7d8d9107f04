import { credentials as automation } from '../src/automations.ts';
import { runAutomation } from './host/automation.ts';
import { connectedToCredentials } from './host/credentials-world.ts';
import { onLambda, type connected } from './host.ts';

/** Looks at everything that ends by itself, against everything that is on the calendar. */
export const credentials = (worldOf: typeof connected) =>
  onLambda(worldOf, (_event: unknown, host) => runAutomation(automation, host));

export const handler = credentials(connectedToCredentials);

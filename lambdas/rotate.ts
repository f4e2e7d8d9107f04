import { rotateSecret, type RotationEvent } from '../src/rotate-secret.ts';
import { connectedToKeys } from './host/keys.ts';
import { onLambda, type connected } from './host.ts';

/** One step of a key's rotation, called by Secrets Manager. */
export const rotate = (worldOf: typeof connected) =>
  onLambda(worldOf, async (event: RotationEvent, { world, now, signal, note, tell }) => {
    const { Step: step, SecretId: secret, ClientRequestToken: version } = event;
    note({ step, secret, version });
    const line = await rotateSecret(event, world, { now, signal });
    tell(line);
    return line;
  });

export const handler = rotate(connectedToKeys);

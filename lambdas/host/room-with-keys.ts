import { askedRotation } from '../../src/asked-rotation.ts';
import { awsKeysWatched } from '../../src/connect-keys.ts';
import type { Surroundings } from '../../src/reconcile.ts';
import { connectedToTheRoom } from './room.ts';

let world: Surroundings | undefined;

/** With the gateway's keys as well, without the key that administers it: whoever only lifts leases does not carry this. */
export function connectedToTheRoomAndItsKeys(): Surroundings {
  if (world) return world;
  const room = connectedToTheRoom();
  const keys = awsKeysWatched(room);
  return (world = { ...room, ...keys, renewal: askedRotation({ ...room, ...keys }) });
}

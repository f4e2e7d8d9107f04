import { liftLeases } from '../src/lift.ts';
import { tell } from '../src/tell.ts';
import { connectedToTheRoom } from './host/room.ts';
import { inTurn } from './host/turn.ts';
import { onLambda, type connected } from './host.ts';
import type { Woken } from './posture.ts';

/** Lifts every lease whose end has come, and tells people: the loop should have done it before. */
export const lift = (worldOf: typeof connected) =>
  onLambda(worldOf, async ({ wakeup = 'by hand' }: Woken, host) => {
    const { world, log, signal } = host;
    host.note({ wakeup });
    const now = host.now();
    const taken = await liftLeases(world, { now, by: 'wake-up', log, signal });
    const lifted = taken.filter(({ error }) => error === undefined).length;
    host.tell(`${lifted} of ${taken.length} leases lifted`, { taken });
    const telling = () => tell({ automation: 'lift', at: now, findings: [], taken }, world, { log });
    if (taken.length > 0) await inTurn('tell', host, telling);
    return { lifted, left: taken.length - lifted };
  });

export const handler = lift(connectedToTheRoom);

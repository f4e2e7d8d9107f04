import { posture as automation } from '../src/automations.ts';
import { setNextWakeup } from '../src/next-wakeup.ts';
import { runAutomation } from './host/automation.ts';
import { connectedToTheRoomAndItsKeys } from './host/room-with-keys.ts';
import { onLambda, type connected } from './host.ts';

/** What a schedule brings along: a one-off one says which wake-up it is. */
export interface Woken {
  readonly wakeup?: string;
}

/** Looks at what the calendar asks for, turns what it may, and sees to it that it is woken when that changes next. */
export const posture = (worldOf: typeof connected) =>
  onLambda(worldOf, async ({ wakeup = 'schedule' }: Woken, host) => {
    host.note({ wakeup });
    const verdict = await runAutomation(automation, host);
    await setNextWakeup(host.world, host.now(), host.signal);
    return verdict;
  });

export const handler = posture(connectedToTheRoomAndItsKeys);

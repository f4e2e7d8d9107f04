import type { Wakeups } from '../ports.ts';

/**
 * A host that can wake nobody at an instant.
 *
 * Because a change that nobody would lift must not be made, whoever tries is told so before it is.
 */
export const noWakeups: Wakeups = {
  set: (name) =>
    Promise.reject(new Error(`this host has no one-off schedules, so nobody would ring ${name} at its end`)),
  cancel: () => Promise.resolve(),
};

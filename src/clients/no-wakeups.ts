import type { Wakeups } from '../ports.ts';

/**
 * Of a host that can wake nobody at an instant: a terminal, and every function but `posture` and `lift`.
 *
 * Because a change that nobody would lift must not be made, whoever tries is told so before it is.
 */
export const noWakeups: Wakeups = {
  set: (name) =>
    Promise.reject(new Error(`nobody would ring ${name} at its end from here: leave it to the automation posture`)),
  cancel: () => Promise.resolve(),
};

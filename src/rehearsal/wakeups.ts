import type { WakeupName, Wakeups } from '../ports.ts';

/** Wake-ups that a story rings by itself: `due` takes away and names those whose instant has come. */
export function rehearsedWakeups(): Wakeups & { due(now: Date): WakeupName[]; next(): Date | undefined } {
  const set = new Map<WakeupName, Date>();
  return {
    set: async (name, at) => void set.set(name, at),
    cancel: async (name) => void set.delete(name),
    due(now) {
      const names = [...set].filter(([, at]) => at <= now).map(([name]) => name);
      for (const name of names) set.delete(name);
      return names;
    },
    next: () => [...set.values()].toSorted((a, b) => a.getTime() - b.getTime())[0],
  };
}

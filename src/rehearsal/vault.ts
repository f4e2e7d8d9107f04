import { randomUUID } from 'node:crypto';
import { OutsideError } from '../core/outside-error.ts';
import type { Secret } from '../core/secret.ts';
import type { SecretStanding, Stage, Vault, Version } from '../ports.ts';

export interface MemoryVault extends Vault {
  put(secret: string, version: Version): void;
  /** Who is called, step after step, when a secret is to be rotated; it is called behind the asker's back. */
  rotateWith(secret: string, rotation: (id: string) => Promise<void>): void;
  /** Resolves when every rotation that was asked for has ended, well or not. */
  settled(): Promise<void>;
}

interface Shelf {
  readonly texts: Map<string, Secret>;
  readonly on: Map<Stage, string>;
  rotation?: (id: string) => Promise<void>;
}

/** Secrets in this process. */
export function memoryVault(): MemoryVault {
  const shelves = new Map<string, Shelf>();
  const shelfOf = (secret: string): Shelf =>
    shelves.get(secret) ?? shelves.set(secret, { texts: new Map(), on: new Map() }).get(secret)!;
  return {
    put: (secret, { id, text }) => {
      shelfOf(secret).texts.set(id, text);
      shelfOf(secret).on.set('current', id);
    },
    read: async (secret, stage) => {
      const { texts, on } = shelfOf(secret);
      const id = on.get(stage);
      const text = id === undefined ? undefined : texts.get(id);
      return id !== undefined && text ? { id, text } : undefined;
    },
    propose: async (secret, id, text) => {
      const { texts, on } = shelfOf(secret);
      const there = texts.get(id);
      if (there && there.reveal() !== text.reveal()) throw refusal(`propose version ${id} of ${secret}`, OTHER_TEXT);
      texts.set(id, text);
      on.set('pending', id);
    },
    finish: async (secret, id) => {
      const { on } = shelfOf(secret);
      const current = on.get('current');
      if (current !== undefined && current !== id) on.set('previous', current);
      on.set('current', id);
      on.delete('pending');
    },
    withdraw: async (secret) => {
      shelfOf(secret).on.delete('pending');
    },
    ...rotating(shelfOf),
  };
}

function rotating(
  shelfOf: (secret: string) => Shelf,
): Pick<MemoryVault, 'standing' | 'rotate' | 'rotateWith' | 'settled'> {
  const running = new Set<Promise<void>>();
  return {
    standing: async (secret) => standingOf(shelfOf(secret)),
    rotateWith: (secret, rotation) => {
      shelfOf(secret).rotation = rotation;
    },
    settled: async () => void (await Promise.allSettled(running)),
    rotate: async (secret) => {
      const { on, rotation } = shelfOf(secret);
      const pending = on.get('pending');
      if (!rotation) throw refusal(`rotate ${secret}`, 'nothing is set up to rotate it');
      if (pending !== undefined && pending !== on.get('current')) throw refusal(`rotate ${secret}`, NOT_ENDED);
      const id = randomUUID();
      // As Secrets Manager does: the version has its stage before anybody has given it a text.
      on.set('pending', id);
      const run = rotation(id).catch(() => undefined);
      running.add(run);
      void run.finally(() => running.delete(run));
      return id;
    },
  };
}

const OTHER_TEXT = 'it has another text';
const NOT_ENDED = 'a rotation before it has not ended';

const refusal = (operation: string, detail: string): OutsideError =>
  new OutsideError({ service: 'vault', operation, trouble: 'refused', detail });

function standingOf({ on, rotation }: Shelf): SecretStanding {
  const stages = new Map<string, Stage[]>();
  for (const [stage, id] of on) stages.set(id, [...(stages.get(id) ?? []), stage]);
  return { rotates: rotation !== undefined, stages };
}

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

/** Secrets in this process. */
export function memoryVault(): MemoryVault {
  const texts = new Map<string, Map<string, Secret>>();
  const labels = new Map<string, Map<Stage, string>>();
  const rotations = new Map<string, (id: string) => Promise<void>>();
  const running = new Set<Promise<void>>();
  const textsOf = (secret: string) => texts.get(secret) ?? texts.set(secret, new Map()).get(secret)!;
  const labelsOf = (secret: string) => labels.get(secret) ?? labels.set(secret, new Map()).get(secret)!;

  return {
    put: (secret, { id, text }) => {
      textsOf(secret).set(id, text);
      labelsOf(secret).set('current', id);
    },
    read: async (secret, stage) => {
      const id = labelsOf(secret).get(stage);
      const text = id === undefined ? undefined : textsOf(secret).get(id);
      return id !== undefined && text ? { id, text } : undefined;
    },
    propose: async (secret, id, text) => {
      const there = textsOf(secret).get(id);
      if (there && there.reveal() !== text.reveal()) throw refusal(`propose version ${id} of ${secret}`, OTHER_TEXT);
      textsOf(secret).set(id, text);
      labelsOf(secret).set('pending', id);
    },
    finish: async (secret, id) => {
      const on = labelsOf(secret);
      const current = on.get('current');
      if (current !== undefined && current !== id) on.set('previous', current);
      on.set('current', id);
      on.delete('pending');
    },
    withdraw: async (secret) => {
      labelsOf(secret).delete('pending');
    },
    standing: async (secret) => standingOf(labelsOf(secret), rotations.has(secret)),
    rotateWith: (secret, rotation) => void rotations.set(secret, rotation),
    settled: async () => void (await Promise.allSettled(running)),
    rotate: async (secret) => {
      const on = labelsOf(secret);
      const pending = on.get('pending');
      const rotation = rotations.get(secret);
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

function standingOf(on: ReadonlyMap<Stage, string>, rotates: boolean): SecretStanding {
  const stages = new Map<string, Stage[]>();
  for (const [stage, id] of on) stages.set(id, [...(stages.get(id) ?? []), stage]);
  return { rotates, stages };
}

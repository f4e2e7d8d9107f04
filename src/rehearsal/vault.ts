import { OutsideError } from '../core/outside-error.ts';
import type { Secret } from '../core/secret.ts';
import type { Stage, Vault, Version } from '../ports.ts';

/** Secrets in this process. */
export function memoryVault(): Vault & { put(secret: string, version: Version): void } {
  const texts = new Map<string, Map<string, Secret>>();
  const stages = new Map<string, Map<Stage, string>>();
  const of = <V>(map: Map<string, Map<string, V>>, secret: string): Map<string, V> =>
    map.get(secret) ?? map.set(secret, new Map()).get(secret)!;
  const stagesOf = (secret: string): Map<Stage, string> =>
    stages.get(secret) ?? stages.set(secret, new Map()).get(secret)!;

  return {
    put: (secret, { id, text }) => {
      of(texts, secret).set(id, text);
      stagesOf(secret).set('current', id);
    },
    read: async (secret, stage) => {
      const id = stagesOf(secret).get(stage);
      const text = id === undefined ? undefined : of(texts, secret).get(id);
      return id !== undefined && text ? { id, text } : undefined;
    },
    propose: async (secret, id, text) => {
      const there = of(texts, secret).get(id);
      if (there && there.reveal() !== text.reveal()) {
        const operation = `propose version ${id} of ${secret}`;
        throw new OutsideError({ service: 'vault', operation, trouble: 'refused', detail: 'it has another text' });
      }
      of(texts, secret).set(id, text);
      stagesOf(secret).set('pending', id);
    },
    finish: async (secret, id) => {
      const labels = stagesOf(secret);
      const current = labels.get('current');
      if (current !== undefined && current !== id) labels.set('previous', current);
      labels.set('current', id);
      labels.delete('pending');
    },
    withdraw: async (secret) => {
      stagesOf(secret).delete('pending');
    },
  };
}

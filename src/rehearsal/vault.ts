import { randomUUID } from 'node:crypto';
import { OutsideError } from '../core/outside-error.ts';
import { Secret } from '../core/secret.ts';
import type { Stage, Vault, Version } from '../ports.ts';
import { readPrivate, writePrivate } from './secrets.ts';

export interface MemoryVault extends Vault {
  put(secret: string, version: Version): void;
  /** Who is called when a secret is to be rotated; it is called behind the asker's back. */
  rotateWith(secret: string, rotation: (id: string) => Promise<void>): void;
  /** Resolves when every rotation that was asked for has ended, well or not. */
  settled(): Promise<void>;
}

interface Shelf {
  /** By version. */
  readonly texts: Map<string, Secret>;
  /** Versions, by stage. */
  readonly on: Map<Stage, string>;
}

interface Shelves {
  open(secret: string): Shelf;
  /** Called after each change of a shelf. */
  keep(secret: string, shelf: Shelf): void;
}

/** Secrets in this process. */
export function memoryVault(): MemoryVault {
  const shelves = new Map<string, Shelf>();
  return vaultOver({
    open: (secret) => shelves.get(secret) ?? { texts: new Map(), on: new Map() },
    keep: (secret, shelf) => void shelves.set(secret, shelf),
  });
}

interface Kept {
  readonly texts: Readonly<Record<string, string>>;
  readonly on: Readonly<Partial<Record<Stage, string>>>;
}

/** Secrets in a file that only its owner may read: what the processes of one embedded world share. */
export function fileVault(file: string): MemoryVault {
  const all = (): Readonly<Record<string, Kept>> => (readPrivate(file) ?? {}) as Readonly<Record<string, Kept>>;
  return vaultOver({
    open: (secret) => {
      const { texts = {}, on = {} } = all()[secret] ?? {};
      const secrets = Object.entries(texts).map(([id, text]) => [id, new Secret(text)] as const);
      return { texts: new Map(secrets), on: new Map(Object.entries(on) as [Stage, string][]) };
    },
    keep: (secret, { texts, on }) => {
      const revealed = Object.fromEntries([...texts].map(([id, text]) => [id, text.reveal()]));
      writePrivate(file, { ...all(), [secret]: { texts: revealed, on: Object.fromEntries(on) } satisfies Kept });
    },
  });
}

function vaultOver(shelves: Shelves): MemoryVault {
  const change = (secret: string, by: (shelf: Shelf) => void): void => {
    const shelf = shelves.open(secret);
    by(shelf);
    shelves.keep(secret, shelf);
  };
  return {
    put: (secret, { id, text }) =>
      change(secret, ({ texts, on }) => {
        texts.set(id, text);
        on.set('current', id);
      }),
    read: async (secret, stage) => {
      const { texts, on } = shelves.open(secret);
      const id = on.get(stage);
      const text = id === undefined ? undefined : texts.get(id);
      return id !== undefined && text ? { id, text } : undefined;
    },
    propose: async (secret, id, text) =>
      change(secret, ({ texts, on }) => {
        const there = texts.get(id);
        if (there && there.reveal() !== text.reveal()) throw refusal(`propose version ${id} of ${secret}`, OTHER_TEXT);
        texts.set(id, text);
        on.set('pending', id);
      }),
    finish: async (secret, id) =>
      change(secret, ({ on }) => {
        const current = on.get('current');
        if (current !== undefined && current !== id) on.set('previous', current);
        on.set('current', id);
        on.delete('pending');
      }),
    withdraw: async (secret) => change(secret, ({ on }) => void on.delete('pending')),
    ...rotating(shelves, change),
  };
}

function rotating(
  { open }: Shelves,
  change: (secret: string, by: (shelf: Shelf) => void) => void,
): Pick<MemoryVault, 'standing' | 'rotate' | 'rotateWith' | 'settled'> {
  const rotations = new Map<string, (id: string) => Promise<void>>();
  const running = new Map<string, Promise<void>>();
  return {
    standing: async (secret) => {
      const stages = new Map<string, Stage[]>();
      for (const [stage, id] of open(secret).on) stages.set(id, [...(stages.get(id) ?? []), stage]);
      return { rotates: rotations.has(secret), stages };
    },
    rotateWith: (secret, rotation) => void rotations.set(secret, rotation),
    settled: async () => void (await Promise.allSettled(running.values())),
    rotate: async (secret, _signal, id = randomUUID()) => {
      const rotation = rotations.get(secret);
      if (!rotation) throw refusal(`rotate ${secret}`, 'nothing is set up to rotate it');
      const begin = (version: string): void => {
        const run = rotation(version).catch(() => undefined);
        running.set(version, run);
        void run.finally(() => running.delete(version));
      };
      const { on } = open(secret);
      const pending = on.get('pending');
      if (pending !== undefined && pending !== on.get('current')) {
        // As Secrets Manager says and does: "That rotation will be reattempted."
        if (!running.has(pending)) begin(pending);
        throw refusal(`rotate ${secret}`, NOT_ENDED);
      }
      // The version has its stage before anybody has given it a text.
      change(secret, (shelf) => void shelf.on.set('pending', id));
      begin(id);
      return id;
    },
  };
}

const OTHER_TEXT = 'it has another text';
const NOT_ENDED = 'a rotation before it has not ended';

const refusal = (operation: string, detail: string): OutsideError =>
  new OutsideError({ service: 'vault', operation, trouble: 'refused', detail });

import { randomBytes } from 'node:crypto';
import { Secret } from '../core/secret.ts';
import { hours, seconds } from '../core/time.ts';
import type { Controller } from './kubernetes/controller.ts';
import type { RehearsedGateway } from './litellm.ts';

export interface HistoricRotatorParts {
  readonly gateway: RehearsedGateway;
  /** The alias of the one key that it ever has. */
  readonly alias: string;
  /** Does something as if it were that instant. */
  readonly at: (instant: Date, work: () => void) => void;
  /** Puts the new key where consumers read it. */
  readonly publish: (key: Secret) => void;
}

/** As long as its next firing but one may take, and short enough to run out in a pause. */
const LIFE = `${hours(8) / 1_000}s`;
/** A job that has deleted a key takes so long until it has made another, and so long until it has every workspace restarted. */
const GAP_MS = seconds(5);
const RESTART_MS = seconds(45);

interface Due {
  readonly at: number;
  readonly work: () => void;
}

/**
 * The rotator of the incident: it deletes the key by its alias, only then makes another one, and restarts every
 * workspace so that it reads the new key.
 */
export class HistoricRotator implements Controller {
  /** When it deleted a key, and when it restarted every workspace. */
  readonly deleted: Date[] = [];
  readonly restarted: Date[] = [];
  readonly #parts: HistoricRotatorParts;
  readonly #due: Due[] = [];

  constructor(parts: HistoricRotatorParts) {
    this.#parts = parts;
  }

  /** What its CronJob begins at its hour. */
  fire(at: Date): void {
    const fired = at.getTime();
    this.#due.push(
      { at: fired, work: () => this.#delete(at) },
      { at: fired + GAP_MS, work: () => this.#generate() },
      { at: fired + RESTART_MS, work: () => void this.restarted.push(new Date(fired + RESTART_MS)) },
    );
  }

  due(): number {
    return this.#due[0]?.at ?? Infinity;
  }

  act(now: number): boolean {
    const [next] = this.#due;
    if (!next || next.at > now) return false;
    this.#due.shift();
    this.#parts.at(new Date(next.at), next.work);
    return true;
  }

  #delete(at: Date): void {
    this.deleted.push(at);
    this.#ask('/key/delete', { key_aliases: [this.#parts.alias] });
  }

  #generate(): void {
    const key = new Secret(`sk-${randomBytes(24).toString('base64url')}`);
    this.#ask('/key/generate', { key: key.reveal(), key_alias: this.#parts.alias, duration: LIFE });
    this.#parts.publish(key);
  }

  #ask(path: string, fields: object): void {
    const { gateway } = this.#parts;
    gateway.answer(0, { method: 'POST', path, key: gateway.masterKey, body: JSON.stringify(fields) });
  }
}

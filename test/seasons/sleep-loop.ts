import { numberAt } from '../../src/core/kubernetes.ts';
import type { Controller } from '../../src/rehearsal/kubernetes/controller.ts';
import type { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';

const START_MS = 20_000;

/** A pod that rotates, sleeps and rotates again. Whoever scales it up again has it rotate as soon as it runs. */
export class SleepLoop implements Controller {
  readonly #store: RehearsedCluster['store'];
  readonly #name: string;
  readonly #everyMs: number;
  readonly #rotate: (at: Date) => void;
  #next: number;

  constructor({ store }: RehearsedCluster, name: string, everyMs: number, firstAt: Date, rotate: (at: Date) => void) {
    this.#store = store;
    this.#name = name;
    this.#everyMs = everyMs;
    this.#rotate = rotate;
    this.#next = firstAt.getTime();
  }

  due(): number {
    return this.#next;
  }

  act(at: number): boolean {
    const replicas = numberAt(this.#store.get('Deployment', 'litellm', this.#name), 'spec', 'replicas') ?? 0;
    if (replicas === 0) this.#next = Infinity;
    else if (this.#next === Infinity) this.#next = at + START_MS;
    if (at < this.#next) return false;
    this.#next = at + this.#everyMs;
    this.#rotate(new Date(at));
    return false;
  }
}

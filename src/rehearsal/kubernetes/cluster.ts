import { clusterOver, type Refused, type Verbs } from '../../cluster.ts';
import type { Json } from '../../core/json.ts';
import type { Kind } from '../../core/kubernetes.ts';
import { OutsideError } from '../../core/outside-error.ts';
import { FIELD_MANAGER } from '../../core/ownership.ts';
import type { Cluster } from '../../ports.ts';
import { Argo } from './argo.ts';
import type { Controller } from './controller.ts';
import { CronJobs } from './cron-jobs.ts';
import { Pods, type Kubelet } from './pods.ts';
import { Scalers } from './scalers.ts';
import { Store, type Author } from './store.ts';

export interface ClusterScenery {
  readonly name: string;
  readonly begins: Date;
  /** From being asked for to being ready. Default 20 s. */
  readonly startMs?: number;
  /** How long a CronJob's run takes. Default a minute. */
  readonly runMs?: number;
}

/**
 * A Kubernetes cluster in memory: objects, and what acts on them when the clock is moved on.
 *
 * It has no timer and reads no clock. Between two instants everything that falls due happens in its order, each at its
 * own instant, so that a month may be one step.
 */
export class RehearsedCluster {
  readonly name: string;
  readonly store = new Store();
  readonly argo = new Argo(this.store);
  readonly cronJobs: CronJobs;
  /** What the live load asks of what is scaled by an HPA or by KEDA, by `namespace/workload`. */
  readonly demand = new Map<string, number>();
  readonly kubelet: Kubelet;
  /** Nobody answers. */
  away = false;
  /** Done just before each write of ours: somebody else's hand. */
  meddle: () => void = () => undefined;
  /** Requests and writes of ours so far, in memory and over HTTP. */
  requests = 0;
  writes = 0;
  /** The same cluster as Greenroom reaches it, without a network. */
  readonly port: Cluster;
  readonly #controllers: Controller[];
  #now: number;

  constructor({ name, begins, startMs = 20_000, runMs = 60_000 }: ClusterScenery) {
    this.name = name;
    this.#now = begins.getTime();
    this.kubelet = { startMs, pull: () => undefined, leave: (_namespace, _pod, at) => at, stuck: new Map() };
    this.cronJobs = new CronJobs(this.store, runMs);
    const pods = new Pods(this.store, this.kubelet);
    this.#controllers = [this.argo, new Scalers(this.store, this.demand), pods, this.cronJobs];
    this.port = clusterOver(this.#verbs(), { name });
  }

  get now(): Date {
    return new Date(this.#now);
  }

  /** Somebody else who acts as the clock moves on. */
  attach(controller: Controller): void {
    if (!this.#controllers.includes(controller)) this.#controllers.push(controller);
  }

  put(kind: Kind, object: Json): void {
    this.store.put(kind, object);
    this.#settle();
  }

  /** Somebody else's write: a person with kubectl, a deployment. */
  change(kind: Kind, namespace: string, name: string, body: Json, manager = 'kubectl-edit'): void {
    this.write(kind, namespace, name, body, { manager, at: this.now });
    this.#settle();
  }

  /** A write, at the hand of whoever; what acts on its own follows when the clock moves on. */
  write(kind: Kind, namespace: string, name: string, body: Json, author: Author): Json | Refused {
    return this.store.patch(kind, namespace, name, body, author);
  }

  /** Moves the clock on, and everything that falls due until then happens. An instant that is past changes nothing. */
  advance(until: Date): void {
    this.#settle();
    for (let next = this.#due(); next <= until.getTime(); next = this.#due()) {
      this.#now = Math.max(this.#now, next);
      this.#settle();
    }
    this.#now = Math.max(this.#now, until.getTime());
    this.#settle();
  }

  #due = (): number => Math.min(...this.#controllers.map((controller) => controller.due()));

  /** Until nobody has anything left to do at this instant. */
  #settle(): void {
    for (let rounds = 0; this.#controllers.map((controller) => controller.act(this.#now)).some(Boolean); rounds += 1) {
      if (rounds > MOST_ROUNDS)
        throw new Error(`${this.name} does not come to rest: two controllers undo each other's work`);
    }
  }

  #verbs(): Verbs {
    const ask = <T>(operation: string, answer: () => T, signal?: AbortSignal): T => {
      signal?.throwIfAborted();
      this.requests += 1;
      if (this.away) throw new OutsideError({ service: this.name, operation, trouble: 'timeout', detail: 'no answer' });
      return answer();
    };
    return {
      get: async (kind, namespace, name, signal) =>
        ask(`get ${kind} ${namespace}/${name}`, () => this.store.get(kind, namespace, name), signal),
      list: async (kind, namespace, labels, signal) =>
        ask(`list ${kind}s in ${namespace}`, () => this.store.list(kind, namespace, labels), signal),
      patch: async (kind, namespace, name, body, signal) =>
        ask(`patch ${kind} ${namespace}/${name}`, () => this.patched(kind, namespace, name, body), signal),
    };
  }

  /** A write of ours. */
  patched(kind: Kind, namespace: string, name: string, body: Json): Json | Refused {
    this.meddle();
    this.writes += 1;
    return this.write(kind, namespace, name, body, { manager: FIELD_MANAGER, at: this.now });
  }
}

const MOST_ROUNDS = 1_000;

import type { Json } from '../../core/json.ts';
import { listAt, nameOf, namespaceOf, numberAt, textAt, valueAt } from '../../core/kubernetes.ts';
import { keyOf, textOf, type Controller } from './controller.ts';
import type { Store } from './store.ts';

/** How pods come and go. */
export interface Kubelet {
  /** From being asked for to being ready. */
  startMs: number;
  /** What a reference means to the node that pulls it: the image id that the pod will report. */
  pull(image: string): string | undefined;
  /** When a pod that is told to go has gone: a provisioner finishes its build first. */
  leave(namespace: string, pod: string, at: Date): Date;
  /** Workloads (`coder-ws/coder-provisioner`) whose pods do not become ready, and Kubernetes' word for why. */
  readonly stuck: Map<string, string>;
}

interface PodState {
  readonly name: string;
  readonly ordinal: number;
  readonly address: string;
  readonly template: string;
  readonly createdAt: number;
  readonly readyAt: number;
  readonly imageIds: readonly (string | undefined)[];
  ready: boolean;
  goneAt?: number;
}

type WorkloadKind = 'Deployment' | 'StatefulSet';

/** What makes pods of Deployments and StatefulSets, each in its own manner. */
export class Pods implements Controller {
  readonly #store: Store;
  readonly #kubelet: Kubelet;
  readonly #pods = new Map<string, PodState[]>();
  #made = 0;
  #rested = -1;

  constructor(store: Store, kubelet: Kubelet) {
    this.#store = store;
    this.#kubelet = kubelet;
  }

  due(): number {
    let next = Infinity;
    for (const [workload, pods] of this.#pods) {
      const isStuck = this.#kubelet.stuck.has(workload.slice(workload.indexOf(' ') + 1));
      for (const { ready, readyAt, goneAt } of pods) {
        next = Math.min(next, goneAt ?? (ready || isStuck ? Infinity : readyAt));
      }
    }
    return next;
  }

  act(at: number): boolean {
    const before = this.#store.revision;
    if (this.#store.revisionOf('Deployment', 'StatefulSet', 'Pod') === this.#rested && this.due() > at) return false;
    for (const kind of ['Deployment', 'StatefulSet'] as const) {
      for (const object of this.#store.list(kind, '')) this.#tend(kind, object, at);
    }
    const isAtRest = this.#store.revision === before;
    this.#rested = isAtRest ? this.#store.revisionOf('Deployment', 'StatefulSet', 'Pod') : -1;
    return !isAtRest;
  }

  #tend(kind: WorkloadKind, object: Json, at: number): void {
    const pods = this.#pods.get(`${kind} ${keyOf(object)}`) ?? [];
    const stayed = pods.filter((pod) => this.#settle(object, pod, at));
    this.#pods.set(`${kind} ${keyOf(object)}`, stayed);
    if (kind === 'Deployment') this.#deploy(object, stayed, at);
    else this.#line(object, stayed, at);
    this.#report(kind, object, stayed, at);
  }

  /** Whether the pod is still there. */
  #settle(object: Json, pod: PodState, at: number): boolean {
    if (pod.goneAt !== undefined && pod.goneAt <= at) {
      this.#store.remove('Pod', namespaceOf(object), pod.name);
      return false;
    }
    if (!pod.ready && pod.readyAt <= at && pod.goneAt === undefined && !this.#kubelet.stuck.has(keyOf(object))) {
      pod.ready = true;
      this.#show(object, pod);
    }
    return true;
  }

  /** All at once; a new template one after the other, one more than asked for in between. */
  #deploy(object: Json, pods: PodState[], at: number): void {
    const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
    const template = textOf(valueAt(object, 'spec', 'template'));
    const live = pods.filter(({ goneAt }) => goneAt === undefined);
    const [fresh, old] = [
      live.filter((pod) => pod.template === template),
      live.filter((pod) => pod.template !== template),
    ];
    for (let missing = wanted - live.length; missing > 0; missing -= 1) this.#create(object, pods, this.#made, at);
    if (live.length < wanted) return;
    const surplus = live.length - wanted - (old.length > 0 ? 1 : 0);
    const expendable = [
      ...old,
      ...fresh.toSorted((a, b) => Number(a.ready) - Number(b.ready) || b.createdAt - a.createdAt),
    ];
    for (const pod of expendable.slice(0, Math.max(0, surplus))) this.#dismiss(object, pod, at);
    if (old.length === 0 || surplus > 0 || fresh.some(({ ready }) => !ready)) return;
    if (live.length <= wanted && fresh.length < wanted) this.#create(object, pods, this.#made, at);
    else if (old[0]) this.#dismiss(object, old[0], at);
  }

  /** One after the other: the next only when all before it are ready, the highest goes first. */
  #line(object: Json, pods: PodState[], at: number): void {
    const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
    const template = textOf(valueAt(object, 'spec', 'template'));
    const parallel = textAt(object, 'spec', 'podManagementPolicy') === 'Parallel';
    for (;;) {
      const waits = pods.some(({ goneAt, ready }) => goneAt !== undefined || !ready);
      const top = pods.filter(({ goneAt }) => goneAt === undefined).toSorted((a, b) => b.ordinal - a.ordinal)[0];
      if (top && top.ordinal >= wanted && (parallel || pods.every(({ goneAt }) => goneAt === undefined))) {
        this.#dismiss(object, top, at);
      } else if (!waits || parallel) {
        const missing = Array.from({ length: wanted }, (_, n) => n).find((n) =>
          pods.every(({ ordinal }) => ordinal !== n),
        );
        const old = pods
          .filter((pod) => pod.template !== template && pod.goneAt === undefined)
          .toSorted((a, b) => b.ordinal - a.ordinal)[0];
        if (missing !== undefined) this.#create(object, pods, missing, at);
        else if (old && !waits) this.#dismiss(object, old, at);
        else return;
      } else return;
      if (!parallel) return;
    }
  }

  #create(object: Json, pods: PodState[], ordinal: number, at: number): void {
    this.#made += 1;
    const template = valueAt(object, 'spec', 'template');
    const isSet = textAt(object, 'kind') === 'StatefulSet';
    const name = isSet ? `${nameOf(object)}-${ordinal}` : `${nameOf(object)}-6c9f-${this.#made}`;
    const images = listAt(template, 'spec', 'containers').map((container) => textAt(container, 'image') ?? '');
    const pod: PodState = {
      name,
      ordinal: isSet ? ordinal : this.#made,
      address: `10.0.${Math.floor(this.#made / 250)}.${this.#made % 250}`,
      template: textOf(template),
      createdAt: at,
      readyAt: at + this.#kubelet.startMs,
      imageIds: images.map((image) => this.#kubelet.pull(image)),
      ready: false,
    };
    pods.push(pod);
    this.#show(object, pod);
    for (const volume of listAt(object, 'spec', 'volumeClaimTemplates'))
      this.#claim(object, `${nameOf(volume)}-${name}`);
  }

  #claim(object: Json, name: string): void {
    const namespace = namespaceOf(object);
    if (this.#store.get('PersistentVolumeClaim', namespace, name)) return;
    this.#store.put('PersistentVolumeClaim', { metadata: { namespace, name }, spec: {}, status: { phase: 'Bound' } });
  }

  #dismiss(object: Json, pod: PodState, at: number): void {
    pod.goneAt = this.#kubelet.leave(namespaceOf(object), pod.name, new Date(at)).getTime();
    this.#show(object, pod);
  }

  #show(object: Json, pod: PodState): void {
    const template = valueAt(object, 'spec', 'template');
    const why = this.#kubelet.stuck.get(keyOf(object));
    const containers = listAt(template, 'spec', 'containers');
    this.#store.put('Pod', {
      metadata: {
        namespace: namespaceOf(object),
        name: pod.name,
        labels: valueAt(template, 'metadata', 'labels'),
        creationTimestamp: new Date(pod.createdAt).toISOString(),
        ...(pod.goneAt !== undefined && { deletionTimestamp: new Date(pod.goneAt).toISOString() }),
      },
      spec: { containers },
      status: {
        phase: pod.ready ? 'Running' : 'Pending',
        ...(pod.ready && { podIP: pod.address }),
        conditions: [{ type: 'Ready', status: pod.ready ? 'True' : 'False' }],
        containerStatuses: containers.map((container, i) => ({
          name: textAt(container, 'name'),
          image: textAt(container, 'image'),
          imageID: pod.ready ? (pod.imageIds[i] ?? '') : '',
          ready: pod.ready,
          state: pod.ready ? { running: {} } : { waiting: { reason: why ?? 'ContainerCreating' } },
        })),
      },
    });
  }

  #report(kind: WorkloadKind, object: Json, pods: readonly PodState[], at: number): void {
    const readyReplicas = pods.filter(({ ready, goneAt }) => ready && goneAt === undefined).length;
    const [shownAll, shownReady] = ['replicas', 'readyReplicas'].map((key) => numberAt(object, 'status', key));
    if (shownAll === pods.length && shownReady === readyReplicas) return;
    const status = { replicas: pods.length, readyReplicas };
    this.#store.patch(
      kind,
      namespaceOf(object),
      nameOf(object),
      { status },
      { manager: 'kube-controller-manager', at: new Date(at) },
    );
  }
}

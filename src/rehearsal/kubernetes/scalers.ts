import type { Json } from '../../core/json.ts';
import { annotationOf, listAt, nameOf, namespaceOf, numberAt, textAt, valueAt } from '../../core/kubernetes.ts';
import type { Controller } from './controller.ts';
import type { Store } from './store.ts';

/**
 * HPAs and KEDA: whatever is written below them, they put back at once.
 *
 * `demand` is what the live load asks for, by workload (`litellm/litellm`); without one, as few as they may.
 */
export class Scalers implements Controller {
  readonly #store: Store;
  readonly #demand: ReadonlyMap<string, number>;

  constructor(store: Store, demand: ReadonlyMap<string, number>) {
    this.#store = store;
    this.#demand = demand;
  }

  due(): number {
    return Infinity;
  }

  act(at: number): boolean {
    const before = this.#store.revision;
    for (const hpa of this.#store.list('HorizontalPodAutoscaler', '')) this.#hpa(hpa, at);
    for (const scaled of this.#store.list('ScaledObject', '')) this.#keda(scaled, at);
    return this.#store.revision !== before;
  }

  #hpa(hpa: Json, at: number): void {
    const target = this.#targetOf(hpa);
    if (!target) return;
    const rests = numberAt(target, 'spec', 'replicas') === 0;
    const condition = rests
      ? { type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }
      : { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' };
    const [shown] = listAt(hpa, 'status', 'conditions');
    if (textAt(shown, 'reason') !== condition.reason)
      this.#store.patch(
        'HorizontalPodAutoscaler',
        namespaceOf(hpa),
        nameOf(hpa),
        { status: { conditions: [condition] } },
        author('kube-controller-manager', at),
      );
    if (!rests) this.#scale(target, hpa, ['minReplicas', 'maxReplicas', 1], 'kube-controller-manager', at);
  }

  #keda(scaled: Json, at: number): void {
    const target = this.#targetOf(scaled);
    if (!target) return;
    const paused = annotationOf(scaled, 'autoscaling.keda.sh/paused-replicas');
    if (paused !== undefined) this.#write(target, Number(paused), 'keda-operator', at);
    else if (annotationOf(scaled, 'autoscaling.keda.sh/paused') === undefined) {
      this.#scale(target, scaled, ['minReplicaCount', 'maxReplicaCount', 0], 'keda-operator', at);
    }
  }

  #scale(target: Json, scaler: Json, [min, max, least]: [string, string, number], manager: string, at: number): void {
    const [low, high] = [numberAt(scaler, 'spec', min) ?? least, numberAt(scaler, 'spec', max) ?? 100];
    const asked = this.#demand.get(`${namespaceOf(target)}/${nameOf(target)}`) ?? low;
    this.#write(target, Math.min(high, Math.max(low, asked)), manager, at);
  }

  #write(target: Json, replicas: number, manager: string, at: number): void {
    if (numberAt(target, 'spec', 'replicas') === replicas) return;
    const kind = textAt(target, 'kind') === 'StatefulSet' ? 'StatefulSet' : 'Deployment';
    this.#store.patch(kind, namespaceOf(target), nameOf(target), { spec: { replicas } }, author(manager, at));
  }

  #targetOf(scaler: Json): Json | undefined {
    const reference = valueAt(scaler, 'spec', 'scaleTargetRef');
    const kind = textAt(reference, 'kind') === 'StatefulSet' ? 'StatefulSet' : 'Deployment';
    return this.#store.get(kind, namespaceOf(scaler), textAt(reference, 'name') ?? '');
  }
}

const author = (manager: string, at: number) => ({ manager, at: new Date(at) });

import { isObject, type Json } from '../../core/json.ts';
import { listAt, mergePatch, nameOf, namespaceOf, textAt, valueAt, type Kind } from '../../core/kubernetes.ts';
import type { Controller } from './controller.ts';
import type { Store } from './store.ts';

interface Declared {
  readonly application: string;
  readonly kind: Kind;
  /** What Git says: metadata's names and the fields that are declared, and no others. */
  readonly manifest: Json;
  healAt?: number;
}

/** Argo CD's own delay before it heals. */
const DELAY_MS = 5_000;

/** Argo CD: puts back what Git declares, where it is told to heal, and at every sync. */
export class Argo implements Controller {
  readonly #store: Store;
  readonly #declared = new Map<string, Declared>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A commit: what Git says of an object from now on. It is brought to the cluster by the next sync. */
  declare(application: string, kind: Kind, manifest: Json): void {
    this.#declared.set(`${kind} ${namespaceOf(manifest)}/${nameOf(manifest)}`, { application, kind, manifest });
  }

  sync(application: string, at: Date): void {
    for (const declared of this.#declared.values())
      if (declared.application === application) this.#apply(declared, at, true);
  }

  due(): number {
    return Math.min(Infinity, ...[...this.#declared.values()].map(({ healAt }) => healAt ?? Infinity));
  }

  act(at: number): boolean {
    const before = this.#store.revision;
    for (const declared of this.#declared.values()) {
      const automated = valueAt(this.#applicationOf(declared), 'spec', 'syncPolicy', 'automated');
      if (valueAt(automated, 'selfHeal') !== true || !this.#drifts(declared)) delete declared.healAt;
      else if (declared.healAt === undefined) declared.healAt = at + DELAY_MS;
      else if (declared.healAt <= at) this.#apply(declared, new Date(at), false);
    }
    return this.#store.revision !== before;
  }

  #applicationOf({ application }: Declared): Json | undefined {
    return this.#store.list('Application', '').find((each) => nameOf(each) === application);
  }

  #liveOf({ kind, manifest }: Declared): Json | undefined {
    return this.#store.get(kind, namespaceOf(manifest), nameOf(manifest));
  }

  #drifts(declared: Declared): boolean {
    const live = this.#liveOf(declared);
    const wanted = this.#respecting(declared);
    return live !== undefined && JSON.stringify(mergePatch(live, wanted)) !== JSON.stringify(live);
  }

  /** What is declared, without what the Application is told to ignore. */
  #respecting(declared: Declared): Json {
    const entries = listAt(this.#applicationOf(declared), 'spec', 'ignoreDifferences');
    const pointers = entries
      .filter((entry) => (textAt(entry, 'kind') ?? declared.kind) === declared.kind)
      .flatMap((entry) => listAt(entry, 'jsonPointers'));
    return pointers.reduce<Json>(
      (left, pointer) => without(left, String(pointer).split('/').slice(1)),
      declared.manifest,
    );
  }

  /** A sync overwrites what is ignored, unless it is told to respect it. */
  #apply(declared: Declared, at: Date, whole: boolean): void {
    const { kind, manifest } = declared;
    const respects = listAt(this.#applicationOf(declared), 'spec', 'syncPolicy', 'syncOptions').includes(
      'RespectIgnoreDifferences=true',
    );
    const body = whole && !respects ? manifest : this.#respecting(declared);
    delete declared.healAt;
    const author = { manager: 'argocd-controller', operation: 'Apply', at } as const;
    this.#store.patch(kind, namespaceOf(manifest), nameOf(manifest), body, author);
  }
}

function without(object: Json, [key, ...rest]: readonly string[]): Json {
  if (key === undefined || !(key in object)) return object;
  const { [key]: value, ...others } = object;
  return rest.length > 0 && isObject(value) ? { ...others, [key]: without(value, rest) } : others;
}

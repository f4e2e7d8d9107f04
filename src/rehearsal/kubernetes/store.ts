import { isObject, type Json } from '../../core/json.ts';
import { labelOf, listAt, mergePatch, nameOf, namespaceOf, textAt, valueAt, type Kind } from '../../core/kubernetes.ts';
import { FIELD, type LeverKind } from '../../core/lever.ts';
import type { Labels, Refused } from '../../cluster.ts';

/** Who writes, as it will stand in the object's managed fields. */
export interface Author {
  readonly manager: string;
  readonly operation?: 'Update' | 'Apply';
  readonly at: Date;
}

/** The objects of a cluster, each replaced when it is written, never changed: whoever has read one may keep it. */
export class Store {
  readonly #objects = new Map<Kind, Map<string, Json>>();
  readonly #changed = new Map<Kind, number>();
  #revision = 1_000;
  /** Grows with every write that changed something. */
  get revision(): number {
    return this.#revision;
  }

  /** As of the last write to any of these kinds: whoever acts on them alone has nothing to do until it grows. */
  revisionOf(...kinds: readonly Kind[]): number {
    return Math.max(0, ...kinds.map((kind) => this.#changed.get(kind) ?? 0));
  }

  get(kind: Kind, namespace: string, name: string): Json | undefined {
    return this.#objects.get(kind)?.get(`${namespace}/${name}`);
  }

  list(kind: Kind, namespace: string, labels: Labels = {}): Json[] {
    const wanted = Object.entries(labels);
    return [...(this.#objects.get(kind)?.values() ?? [])].filter(
      (object) =>
        (namespace === '' || namespaceOf(object) === namespace) &&
        wanted.every(([key, value]) => labelOf(object, key) === value),
    );
  }

  /** Creates or replaces. */
  put(kind: Kind, object: Json): Json {
    this.#revision += 1;
    this.#changed.set(kind, this.#revision);
    const metadata = valueAt(object, 'metadata');
    const stored = {
      ...object,
      kind,
      metadata: { ...(isObject(metadata) && metadata), resourceVersion: String(this.#revision) },
    };
    const shelf = this.#objects.get(kind) ?? new Map<string, Json>();
    this.#objects.set(kind, shelf.set(`${namespaceOf(stored)}/${nameOf(stored)}`, stored));
    return stored;
  }

  remove(kind: Kind, namespace: string, name: string): void {
    if (!this.#objects.get(kind)?.delete(`${namespace}/${name}`)) return;
    this.#revision += 1;
    this.#changed.set(kind, this.#revision);
  }

  /** A merge patch, refused when it names another version than there is. What changes nothing leaves the version alone. */
  patch(kind: Kind, namespace: string, name: string, body: Json, author: Author): Json | Refused {
    const object = this.get(kind, namespace, name);
    if (!object) return 'absent';
    const named = textAt(body, 'metadata', 'resourceVersion');
    if (named !== undefined && named !== textAt(object, 'metadata', 'resourceVersion')) return 'conflict';
    const merged = mergePatch(object, withoutVersion(body));
    if (!isObject(merged) || JSON.stringify(merged) === JSON.stringify(object)) return object;
    return this.put(kind, authored(kind, object, merged, body, author));
  }
}

function withoutVersion(body: Json): Json {
  const metadata = body['metadata'];
  if (!isObject(metadata)) return body;
  const { resourceVersion: _, ...rest } = metadata;
  return { ...body, metadata: rest };
}

/** Only the lever's field is remembered: who owns anything else, nobody here asks. */
function authored(kind: Kind, before: Json, after: Json, body: Json, author: Author): Json {
  if (!(kind in FIELD)) return after;
  const path = FIELD[kind as LeverKind];
  if (valueAt(body, ...path) === undefined) return after;
  const isOther = JSON.stringify(valueAt(before, ...path)) !== JSON.stringify(valueAt(after, ...path));
  const metadata = valueAt(after, 'metadata');
  const entries = listAt(after, 'metadata', 'managedFields').flatMap((entry) =>
    textAt(entry, 'manager') === author.manager ? [] : [isOther ? withoutField(entry, path) : entry],
  );
  const fieldsV1 = path.reduceRight<Json>((inner, key) => ({ [`f:${key}`]: inner }), {});
  const { manager, operation = 'Update', at } = author;
  return {
    ...after,
    metadata: {
      ...(isObject(metadata) && metadata),
      managedFields: [...entries, { manager, operation, time: at.toISOString(), fieldsV1 }],
    },
  };
}

const withoutField = (entry: unknown, path: readonly string[]): unknown =>
  mergePatch(entry, { fieldsV1: path.reduceRight<unknown>((inner, key) => ({ [`f:${key}`]: inner }), null) });

import { isObject, parseJson, type Json } from './json.ts';
import type { Setting } from './lease.ts';
import { FIELD, type Lever, type LeverKind } from './lever.ts';

/** Every kind of object that Greenroom reads. */
export type Kind = LeverKind | 'Pod' | 'PersistentVolumeClaim' | 'Application' | 'Secret';

export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** Where the Kubernetes API keeps each kind. */
export const RESOURCES: Readonly<Record<Kind, Resource>> = {
  Deployment: { group: 'apps', version: 'v1', plural: 'deployments' },
  StatefulSet: { group: 'apps', version: 'v1', plural: 'statefulsets' },
  HorizontalPodAutoscaler: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers' },
  ScaledObject: { group: 'keda.sh', version: 'v1alpha1', plural: 'scaledobjects' },
  CronJob: { group: 'batch', version: 'v1', plural: 'cronjobs' },
  NodePool: { group: 'karpenter.sh', version: 'v1', plural: 'nodepools' },
  Pod: { group: '', version: 'v1', plural: 'pods' },
  PersistentVolumeClaim: { group: '', version: 'v1', plural: 'persistentvolumeclaims' },
  Secret: { group: '', version: 'v1', plural: 'secrets' },
  Application: { group: 'argoproj.io', version: 'v1alpha1', plural: 'applications' },
};

/** `/apis/apps/v1/namespaces/coder/deployments/coder`; the list where no name is given. */
export function pathOf(kind: Kind, namespace: string, name?: string): string {
  const { group, version, plural } = RESOURCES[kind];
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const under = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${under}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** What stands at a path of an object that came from outside; `undefined` where the path breaks off. */
export const valueAt = (object: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object);

export function textAt(object: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(object, ...path);
  return typeof value === 'string' ? value : undefined;
}

export function numberAt(object: unknown, ...path: readonly string[]): number | undefined {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : undefined;
}

export function listAt(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value : [];
}

export const nameOf = (object: unknown): string => textAt(object, 'metadata', 'name') ?? '';
export const namespaceOf = (object: unknown): string => textAt(object, 'metadata', 'namespace') ?? '';
export const annotationOf = (object: unknown, name: string): string | undefined =>
  textAt(object, 'metadata', 'annotations', name);
export const labelOf = (object: unknown, name: string): string | undefined =>
  textAt(object, 'metadata', 'labels', name);

/** What the lever stands at; a list, such as a node pool's budgets, as its JSON. `null` where the field is not set. */
export function settingOf(kind: LeverKind, object: unknown): Setting {
  const value = valueAt(object, ...FIELD[kind]);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** What we leave on an object that we changed, for whoever looks at it with `kubectl` and wonders. */
export interface Breadcrumbs {
  readonly was: Setting;
  readonly set: Setting;
  readonly until: Date;
  readonly why: string;
  /** The lease's edition: what it was written for is older than whatever was written for a greater one. */
  readonly edition: number;
}

const CRUMB = 'greenroom.coder.com';
const CRUMBS = ['was', 'set', 'until', 'why', 'edition'] as const;

/** Breadcrumbs that somebody has edited into nonsense are none. */
export function breadcrumbsOn(object: unknown): Breadcrumbs | undefined {
  const [was, set, until, why, edition] = CRUMBS.map((name) => annotationOf(object, `${CRUMB}/${name}`));
  const end = new Date(until ?? '');
  if (was === undefined || set === undefined || Number.isNaN(end.getTime())) return undefined;
  return { was: settingIn(was), set: settingIn(set), until: end, why: why ?? '', edition: Number(edition) || 0 };
}

/** As annotations; without breadcrumbs, the orders to take them away. */
function annotationsFor(crumbs: Breadcrumbs | undefined): Readonly<Record<string, string | null>> {
  const texts = crumbs && {
    was: JSON.stringify(crumbs.was),
    set: JSON.stringify(crumbs.set),
    until: crumbs.until.toISOString(),
    why: crumbs.why,
    edition: String(crumbs.edition),
  };
  return Object.fromEntries(CRUMBS.map((name) => [`${CRUMB}/${name}`, texts?.[name] ?? null]));
}

function settingIn(text: string): Setting {
  const value = parseJson(text);
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : null;
}

export const hasBreadcrumbs = (object: unknown): boolean =>
  CRUMBS.some((name) => annotationOf(object, `${CRUMB}/${name}`) !== undefined);

/** Whether an object already carries exactly these, or none where none are wanted. */
export const carries = (object: unknown, crumbs: Breadcrumbs | undefined): boolean =>
  Object.entries(annotationsFor(crumbs)).every(([name, text]) => (annotationOf(object, name) ?? null) === text);

/**
 * A merge patch that sets a lever and its breadcrumbs in one write.
 *
 * It carries the resource version that was read: whoever changed the object since wins, and we are told (409).
 */
export function patchFor({ kind }: Lever, object: unknown, setting: Setting, crumbs: Breadcrumbs | undefined): Json {
  const value = kind === 'NodePool' && typeof setting === 'string' ? parseJson(setting) : setting;
  const change = FIELD[kind].reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Json;
  return {
    ...change,
    metadata: { resourceVersion: textAt(object, 'metadata', 'resourceVersion'), annotations: annotationsFor(crumbs) },
  };
}

/** RFC 7386: `null` takes away, objects are merged, everything else is replaced. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** `kubectl rollout restart`, and nothing else: the same instant twice is one restart. */
export const restartPatch = (at: Date): Json => ({
  spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': at.toISOString() } } } },
});

/** The labels by which a workload knows its pods. */
export function selectorOf(workload: unknown): Readonly<Record<string, string>> {
  const labels = valueAt(workload, 'spec', 'selector', 'matchLabels');
  if (!isObject(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

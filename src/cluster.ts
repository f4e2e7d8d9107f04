import type { EksCluster, Estate, Place } from './core/estate.ts';
import type { Json } from './core/json.ts';
import {
  breadcrumbsOn,
  carries,
  hasBreadcrumbs,
  listAt,
  nameOf,
  numberAt,
  patchFor,
  restartPatch,
  selectorOf,
  settingOf,
  textAt,
  valueAt,
  type Breadcrumbs,
  type Kind,
} from './core/kubernetes.ts';
import type { Setting } from './core/lease.ts';
import {
  FROZEN,
  leverFor,
  spellLever,
  type Autoscaler,
  type Holder,
  type Lever,
  type LeverKind,
} from './core/lever.ts';
import { OutsideError } from './core/outside-error.ts';
import { Secret } from './core/secret.ts';
import { autoscalerOf, holderOf, lastWriterOf, leverOn, scales, trackingOf } from './core/ownership.ts';
import { ordinalOf, podOf } from './core/pod.ts';
import { saw, unseen, type Seen } from './core/sighting.ts';
import type { Change, Cluster, Clusters, PoolSighting, Reading, RotatorSighting, Written } from './ports.ts';

/** All that is ever asked of a Kubernetes API. */
export interface Verbs {
  /** `undefined`: there is no such object, or no such kind in this cluster. */
  get(kind: Kind, namespace: string, name: string, signal?: AbortSignal): Promise<Json | undefined>;
  /** All of them, page by page; none where there is no such kind. */
  list(kind: Kind, namespace: string, labels: Labels, signal?: AbortSignal): Promise<readonly Json[]>;
  /** Merges a patch and answers with the object; `conflict` where it carries a resource version that is over. */
  patch(kind: Kind, namespace: string, name: string, body: Json, signal?: AbortSignal): Promise<Json | Refused>;
}

export type Refused = 'conflict' | 'absent';
export type Labels = Readonly<Record<string, string>>;

export interface ClusterSettings {
  readonly name: string;
  /** The namespace of Argo CD's Applications. */
  readonly argocd?: string;
}

interface Room {
  readonly name: string;
  readonly argocd: string;
  readonly verbs: Verbs;
}

/** What Kubernetes' objects mean to Greenroom, over whatever brings them: HTTPS, or a rehearsal's memory. */
export function clusterOver(verbs: Verbs, { name, argocd = 'argocd' }: ClusterSettings): Cluster {
  const room = { name, argocd, verbs: together(verbs) };
  return {
    name,
    pool: (place, floor, signal) => pool(room, place, floor, signal),
    rotator: (place, signal) => rotator(room, place, signal),
    nodePool: async (name, signal) => {
      const object = await verbs.get('NodePool', '', name, signal);
      if (!object) return undefined;
      const holder = await held(room, 'NodePool', object, signal);
      const choice = leverFor({ workload: holder, autoscalers: [] }, { kind: 'freeze' });
      return { choice, frozen: isFrozen(object), ...crumbsOf(object) };
    },
    read: async (lever, signal) => {
      const object = await verbs.get(lever.kind, lever.namespace, lever.name, signal);
      return object && readingOf(lever, object);
    },
    set: (lever, value, change, signal) => set(room, lever, value, change, signal),
    pods: (place, signal) => pods(room, place, signal),
    leftovers: (place, signal) => leftovers(room, place, signal),
    secret: async (namespace, name, entry, signal) => {
      const text = textAt(await verbs.get('Secret', namespace, name, signal), 'data', entry);
      return text === undefined ? undefined : new Secret(Buffer.from(text, 'base64').toString('utf8'));
    },
    restart: async (place, at, signal) => {
      const found = await find(room, WORKLOADS, place, signal);
      if (!found) return false;
      const { kind, object } = found;
      return (await verbs.patch(kind, place.namespace, nameOf(object), restartPatch(at), signal)) !== 'absent';
    },
  };
}

/**
 * Who asks for the same list at the same time is answered together: a look is at all pools at once, and those of one
 * namespace have their autoscalers in the same two. Nothing is kept: whoever asks afterwards asks anew.
 */
function together(verbs: Verbs): Verbs {
  const asking = new Map<string, { readonly answer: ReturnType<Verbs['list']>; readonly signal?: AbortSignal }>();
  return {
    ...verbs,
    list: (kind, namespace, labels, signal) => {
      const key = JSON.stringify([kind, namespace, labels]);
      const there = asking.get(key);
      // Whoever runs out of time earlier would take the answer from the other.
      if (there && there.signal === signal) return there.answer;
      const answer = verbs.list(kind, namespace, labels, signal).finally(() => asking.delete(key));
      asking.set(key, { answer, ...(signal && { signal }) });
      return answer;
    },
  };
}

/** The clusters of an estate, each opened once and when it is first asked for. */
export function clustersOf(
  estate: Pick<Estate, 'clusters'>,
  open: (cluster: EksCluster) => Cluster = ({ name }) => {
    throw new Error(`nothing here can reach the cluster ${name}`);
  },
): Clusters {
  const opened = new Map<string, Cluster>();
  return {
    cluster: (name) => {
      const there = opened.get(name);
      if (there) return there;
      const found = estate.clusters?.find((each) => each.name === name);
      if (!found) throw new Error(`there is no cluster ${name} in the estate`);
      const cluster = open(found);
      opened.set(name, cluster);
      return cluster;
    },
  };
}

const WORKLOADS = ['Deployment', 'StatefulSet'] as const satisfies readonly LeverKind[];
const ROTATORS = ['CronJob', ...WORKLOADS] as const satisfies readonly LeverKind[];

interface Found {
  readonly kind: LeverKind;
  readonly object: Json;
}

/** A workload by its name, whatever its kind. Two of one name would be changed by guesswork, so they are refused. */
async function find(
  { verbs, name }: Room,
  kinds: readonly LeverKind[],
  { namespace, workload }: Place,
  signal?: AbortSignal,
): Promise<Found | undefined> {
  const objects = await Promise.all(kinds.map((kind) => verbs.get(kind, namespace, workload, signal)));
  const found = kinds.flatMap((kind, i): Found[] => (objects[i] ? [{ kind, object: objects[i] }] : []));
  if (found.length > 1) {
    throw new OutsideError({
      service: name,
      operation: `tell what ${namespace}/${workload} is`,
      trouble: 'refused',
      detail: `${found.map(({ kind }) => `a ${kind}`).join(' and ')} are called that; take the one away that is not used`,
    });
  }
  return found[0];
}

async function pool(room: Room, place: Place, floor?: number, signal?: AbortSignal): Promise<PoolSighting | undefined> {
  const [found, scalers] = await Promise.all([find(room, WORKLOADS, place, signal), scalersIn(room, place, signal)]);
  if (!found) return undefined;
  const { kind, object } = found;
  const owners = await ownersOf(room, found, scalers, signal);
  const choice = leverFor(owners, { kind: 'floor', ...(floor !== undefined && { floor }) });
  const held = choice.ok ? [found, ...scalers].find((each) => isAt(each, choice.lever))?.object : object;
  return {
    workload: leverOn(kind, object),
    choice,
    desired: numberAt(object, 'spec', 'replicas') ?? 1,
    ready: numberAt(object, 'status', 'readyReplicas') ?? 0,
    ordered: kind === 'StatefulSet' && textAt(object, 'spec', 'podManagementPolicy') !== 'Parallel',
    ...crumbsOf(held),
  };
}

const isAt = ({ kind, object }: Found, lever: Lever): boolean => kind === lever.kind && nameOf(object) === lever.name;

async function rotator(room: Room, place: Place, signal?: AbortSignal): Promise<RotatorSighting | undefined> {
  const found = await find(room, ROTATORS, place, signal);
  if (!found) return undefined;
  const { kind, object } = found;
  const scalers = kind === 'CronJob' ? [] : await scalersIn(room, place, signal);
  const choice = leverFor(await ownersOf(room, found, scalers, signal), { kind: 'pause' });
  const replicas = numberAt(object, 'spec', 'replicas') ?? 1;
  const cron = textAt(object, 'spec', 'schedule');
  // The controller's own zone where none is named: UTC on EKS.
  const zone = textAt(object, 'spec', 'timeZone') ?? 'UTC';
  return {
    workload: leverOn(kind, object),
    choice,
    paused: kind === 'CronJob' ? valueAt(object, 'spec', 'suspend') === true : replicas === 0,
    running:
      kind === 'CronJob' ? listAt(object, 'status', 'active').length : (numberAt(object, 'status', 'replicas') ?? 0),
    ...(kind === 'CronJob' && cron !== undefined && { schedule: { cron, zone } }),
    ...crumbsOf(object),
  };
}

interface Scaler {
  readonly kind: 'HorizontalPodAutoscaler' | 'ScaledObject';
  readonly object: Json;
}

async function scalersIn({ verbs }: Room, { namespace }: Place, signal?: AbortSignal): Promise<Scaler[]> {
  const kinds = ['HorizontalPodAutoscaler', 'ScaledObject'] as const;
  const lists = await Promise.all(kinds.map((kind) => verbs.list(kind, namespace, {}, signal)));
  return kinds.flatMap((kind, i) => (lists[i] ?? []).map((object) => ({ kind, object })));
}

async function ownersOf(room: Room, { kind, object }: Found, scalers: readonly Scaler[], signal?: AbortSignal) {
  const lever = leverOn(kind, object);
  const ours = scalers.filter((scaler) => scales(scaler.object, lever));
  const [workload, ...autoscalers] = await Promise.all([
    held(room, kind, object, signal),
    ...ours.map(async (scaler): Promise<Autoscaler> => {
      return autoscalerOf(scaler.kind, scaler.object, await applicationOf(room, scaler.object, signal));
    }),
  ]);
  return { workload, autoscalers };
}

const held = async (room: Room, kind: LeverKind, object: Json, signal?: AbortSignal): Promise<Holder> =>
  holderOf(kind, object, await applicationOf(room, object, signal));

/** The Argo CD Application that tracks an object, or why it cannot be read: a cluster may be looked after from another one. */
async function applicationOf(
  { verbs, argocd }: Room,
  object: Json,
  signal?: AbortSignal,
): Promise<Seen<Json | undefined>> {
  const tracking = trackingOf(object);
  if (!tracking) return saw(undefined);
  return verbs.get('Application', argocd, tracking.application, signal).then(saw, refusalOf);
}

/** Not being allowed to read it is an answer about who may revert us; anything else is trouble. */
function refusalOf(error: unknown): Seen<never> {
  if (error instanceof OutsideError && error.trouble === 'unauthorized') return unseen(error.message);
  throw error;
}

const crumbsOf = (object: unknown): { readonly breadcrumbs?: Breadcrumbs } => {
  const breadcrumbs = breadcrumbsOn(object);
  return breadcrumbs ? { breadcrumbs } : {};
};

function readingOf({ kind }: Lever, object: Json): Reading {
  const writer = lastWriterOf(kind, object);
  return { value: settingOf(kind, object), ...crumbsOf(object), ...(writer && { by: writer.manager }) };
}

const isFrozen = (object: Json): boolean => {
  const budgets = listAt(object, 'spec', 'disruption', 'budgets');
  return settingOf('NodePool', object) === FROZEN || budgets.some((each) => isAlwaysZero(each));
};

/** A budget without a schedule and without reasons holds at all times and for every cause. */
const isAlwaysZero = (budget: unknown): boolean =>
  ['0', '0%'].includes(textAt(budget, 'nodes') ?? '') &&
  valueAt(budget, 'schedule') === undefined &&
  listAt(budget, 'reasons').length === 0;

const TRIES = 5;

async function set(
  { verbs, name: service }: Room,
  lever: Lever,
  value: Setting,
  change: Change,
  signal?: AbortSignal,
): Promise<Written> {
  const { kind, namespace, name } = lever;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const object = await verbs.get(kind, namespace, name, signal);
    if (!object) return { outcome: 'absent' };
    const reading = readingOf(lever, object);
    const stands = standing(object, reading, value, change);
    if (stands) return { outcome: stands, reading };
    const written = await verbs.patch(
      kind,
      namespace,
      name,
      patchFor(lever, object, value, change.breadcrumbs),
      signal,
    );
    if (written === 'absent') return { outcome: 'absent' };
    if (written === 'conflict') continue;
    const after = readingOf(lever, written);
    // An admission webhook may have had another opinion.
    return { outcome: after.value === value ? 'set' : 'other', reading: after };
  }
  throw new OutsideError({
    service,
    operation: `set ${spellLever(lever)} to ${String(value)}`,
    trouble: 'refused',
    detail: `somebody changed it ${TRIES} times while we tried`,
  });
}

/** Why nothing is to be written; `undefined` where something is. */
function standing(
  object: Json,
  { value: is, breadcrumbs: there }: Reading,
  value: Setting,
  { ifWas, breadcrumbs, edition = Infinity }: Change,
): 'already' | 'other' | undefined {
  // A newer run of ours was quicker, and has set it for something else even where it is the same.
  if (there && there.edition > edition) return is === value ? 'already' : 'other';
  if (is !== value) return is === ifWas ? undefined : 'other';
  if (carries(object, breadcrumbs)) return 'already';
  // Somebody else set the same: theirs is not ours to sign. Our own crumbs may always be swept.
  return is === ifWas || hasBreadcrumbs(object) ? undefined : 'already';
}

async function pods(room: Room, place: Place, signal?: AbortSignal) {
  const found = await find(room, WORKLOADS, place, signal);
  if (!found) return undefined;
  const labels = selectorOf(found.object);
  // Without a selector, the list would be everybody's pods.
  if (Object.keys(labels).length === 0) return [];
  const listed = await room.verbs.list('Pod', place.namespace, labels, signal);
  return listed.filter((pod) => isAlive(pod)).map(podOf);
}

/** A pod that was evicted or has ended stays listed for a while. */
const isAlive = (pod: Json): boolean => !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');

/** A StatefulSet calls its volumes `<template>-<set>-<ordinal>` and keeps them when it shrinks. */
async function leftovers({ verbs }: Room, { namespace, workload }: Place, signal?: AbortSignal): Promise<string[]> {
  const object = await verbs.get('StatefulSet', namespace, workload, signal);
  const templates = listAt(object, 'spec', 'volumeClaimTemplates').map(nameOf);
  if (!object || templates.length === 0) return [];
  const replicas = numberAt(object, 'spec', 'replicas') ?? 1;
  const claims = (await verbs.list('PersistentVolumeClaim', namespace, {}, signal)).map(nameOf);
  return claims.filter((claim) =>
    templates.some((template) => {
      if (!claim.startsWith(`${template}-${workload}-`)) return false;
      const ordinal = claim.slice(template.length + workload.length + 2);
      return /^\d+$/.test(ordinal) && (ordinalOf({ name: claim }) ?? -1) >= replicas;
    }),
  );
}

import { isDigest, type Digest } from './digest.ts';
import { listAt, nameOf, textAt, valueAt } from './kubernetes.ts';

/** A pod as a workload's reader sees it. */
export interface Pod {
  readonly name: string;
  readonly ready: boolean;
  /** Asked to go, and finishing what it does. */
  readonly leaving: boolean;
  readonly since?: Date;
  /** Its own address in the cluster. Left out while it has none. */
  readonly address?: string;
  readonly containers: readonly Container[];
  /** Why it is not ready, in Kubernetes' own words: `ErrImagePull: …`, `Unschedulable: …`. */
  readonly why?: string;
}

export interface Container {
  readonly name: string;
  /** What was asked for: `…/coder-preview:latest`. */
  readonly image: string;
  /**
   * What was pulled: the digest of the index, of one platform's manifest, or of a config, as the node happens to name
   * it. Left out while nothing is pulled yet.
   */
  readonly digest?: Digest;
}

/** Reads a pod. Init containers are done by the time that anybody is served, so they are left out. */
export function podOf(object: unknown): Pod {
  const statuses = listAt(object, 'status', 'containerStatuses');
  const conditions = listAt(object, 'status', 'conditions');
  const ready = conditions.some((each) => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True');
  const leaving = textAt(object, 'metadata', 'deletionTimestamp') !== undefined;
  const since = textAt(object, 'metadata', 'creationTimestamp');
  const address = textAt(object, 'status', 'podIP');
  const why = ready ? undefined : whyNot(conditions, statuses);
  return {
    name: nameOf(object),
    ready: ready && !leaving,
    leaving,
    ...(since !== undefined && { since: new Date(since) }),
    ...(address !== undefined && { address }),
    containers: listAt(object, 'spec', 'containers').map((container) => containerOf(container, statuses)),
    ...(why !== undefined && { why }),
  };
}

function containerOf(container: unknown, statuses: readonly unknown[]): Container {
  const name = nameIn(container);
  const digest = digestIn(
    textAt(
      statuses.find((status) => nameIn(status) === name),
      'imageID',
    ) ?? '',
  );
  return { name, image: textAt(container, 'image') ?? '', ...(digest && { digest }) };
}

const nameIn = (each: unknown): string => textAt(each, 'name') ?? '';

/**
 * The digest in an image id: `docker-pullable://host/name@sha256:…` or `sha256:…` alone. Only the digest counts: where
 * two repositories hold the same image, the node names the one that comes first in the alphabet.
 */
function digestIn(imageId: string): Digest | undefined {
  const text = imageId.slice(imageId.lastIndexOf('@') + 1).replace(/^[a-z-]+:\/\//, '');
  return isDigest(text) ? text : undefined;
}

function whyNot(conditions: readonly unknown[], statuses: readonly unknown[]): string | undefined {
  const waiting = statuses.map((status) => valueAt(status, 'state', 'waiting')).find((state) => state !== undefined);
  const unscheduled = conditions.find(
    (each) => textAt(each, 'type') === 'PodScheduled' && textAt(each, 'status') === 'False',
  );
  const cause = waiting ?? unscheduled;
  const words = [textAt(cause, 'reason'), textAt(cause, 'message')].filter((word) => word !== undefined);
  return words.length === 0 ? undefined : words.join(': ').slice(0, 300);
}

/** `2` of `coder-provisioner-2`: a StatefulSet takes the highest away first. */
export function ordinalOf({ name }: Pick<Pod, 'name'>): number | undefined {
  const digits = /-(\d+)$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

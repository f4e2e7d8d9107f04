import type { Setting } from './lease.ts';
import type { Seen } from './sighting.ts';

/** Where one field decides how many there are, or whether anything happens at all. Kubernetes' own names. */
export type LeverKind =
  | 'Deployment'
  | 'StatefulSet'
  | 'HorizontalPodAutoscaler'
  | 'ScaledObject'
  | 'CronJob'
  | 'NodePool';

export interface Lever {
  readonly kind: LeverKind;
  /** Empty where the object belongs to the whole cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** The field that a lever is, from the object's root. */
export const FIELD: Readonly<Record<LeverKind, readonly string[]>> = {
  Deployment: ['spec', 'replicas'],
  StatefulSet: ['spec', 'replicas'],
  HorizontalPodAutoscaler: ['spec', 'minReplicas'],
  ScaledObject: ['spec', 'minReplicaCount'],
  CronJob: ['spec', 'suspend'],
  NodePool: ['spec', 'disruption', 'budgets'],
};

const GROUP: Readonly<Record<LeverKind, string>> = {
  Deployment: 'apps',
  StatefulSet: 'apps',
  HorizontalPodAutoscaler: 'autoscaling',
  ScaledObject: 'keda.sh',
  CronJob: 'batch',
  NodePool: 'karpenter.sh',
};

/** What a node pool's budgets are set to so that Karpenter replaces no node. */
export const FROZEN = '[{"nodes":"0"}]';

/** An object that could be the lever, and who else writes to it. */
export interface Holder {
  readonly lever: Lever;
  readonly value: Setting;
  /** The object that made this one and rewrites it, such as `ScaledObject coder-provisioner`. */
  readonly ownedBy?: string;
  readonly gitops?: Gitops;
}

export interface Autoscaler extends Holder {
  /** The most replicas that it allows. */
  readonly most: number;
  /** Why it scales nothing at present. */
  readonly halted?: string;
}

/** Who puts an object back to what Git says. */
export interface Gitops {
  readonly tool: 'Argo CD' | 'Flux';
  /** `Application argocd/us-east-2.coder-ws` */
  readonly application: string;
  /** Whether Git says anything about the lever's field. Left out: it cannot be told, so it is taken to. */
  readonly declares?: boolean;
  readonly policy: Seen<SyncPolicy>;
}

export interface SyncPolicy {
  /** Syncs by itself when Git changes. */
  readonly automated: boolean;
  /** Syncs by itself when the cluster changes: within seconds. */
  readonly selfHeal: boolean;
  /** Whether a difference in the lever's field is ignored. */
  readonly ignores: boolean;
  /** Whether a sync leaves an ignored field alone as well. */
  readonly respects: boolean;
}

/** Everybody who has a say in how many replicas a workload has. */
export interface Owners {
  readonly workload: Holder;
  readonly autoscalers: readonly Autoscaler[];
}

/** What the lever is wanted for: as in a lease. `floor` left out: only to see which lever it would be. */
export type Purpose = { readonly kind: 'floor'; readonly floor?: number } | { readonly kind: 'pause' | 'freeze' };

/** The lever that stays where it is put, or why there is none and what a person can do about it. */
export type Choice =
  | {
      readonly ok: true;
      readonly lever: Lever;
      readonly value: Setting;
      /** What could still set it back, for people to know. */
      readonly risks: readonly string[];
    }
  | { readonly ok: false; readonly why: string; readonly remedy: string };

/**
 * The one field to write, chosen before the first write.
 *
 * Whatever is written below an autoscaler, or against what Git declares and heals, is reverted within seconds: it
 * would look as if it had worked. So the lever is the highest one that decides, and where somebody would set it back
 * there is none, but a sentence that says what to change.
 */
export function leverFor({ workload, autoscalers }: Owners, purpose: Purpose): Choice {
  if (purpose.kind !== 'floor') return pausing(workload, autoscalers);
  const deciding = autoscalers.filter(({ lever, ownedBy }) => lever.kind === 'ScaledObject' || !isKeda(ownedBy));
  const [first, second] = deciding;
  if (first && second) return quarrel(workload, first, second);
  if (!first) return unlessReverted(workload);
  return autoscalerRefuses(first, workload, purpose.floor) ?? unlessReverted(first);
}

/** An HPA rests while its target is at zero replicas; KEDA starts it again. Source: Kubernetes docs, KEDA docs. */
function pausing(workload: Holder, autoscalers: readonly Autoscaler[]): Choice {
  const keda = autoscalers.find(({ lever }) => lever.kind === 'ScaledObject');
  // Paused by hand as the remedy below says: there is nothing left to write, and nothing that starts it again.
  const isPausedByHand = keda?.halted !== undefined && workload.value === 0;
  if (!keda || isPausedByHand) return unlessReverted(workload);
  return refusal(
    `KEDA scales ${spellLever(workload.lever)} by ${spellLever(keda.lever)} and would start it again`,
    `Pause ${spellLever(keda.lever)} by hand with the annotation autoscaling.keda.sh/paused-replicas: "0", or take it away.`,
  );
}

const isKeda = (ownedBy: string | undefined): boolean => ownedBy?.startsWith('ScaledObject ') ?? false;

const quarrel = (workload: Holder, first: Holder, second: Holder): Choice =>
  refusal(
    `${spellLever(first.lever)} and ${spellLever(second.lever)} both scale ${spellLever(workload.lever)}`,
    `Take one of them away: two autoscalers of one workload undo each other's work.`,
  );

function autoscalerRefuses({ lever, halted, most }: Autoscaler, workload: Holder, floor = 0): Choice | undefined {
  if (halted !== undefined) {
    return refusal(
      `${spellLever(lever)} scales nothing: ${halted}`,
      `Let it scale again, so that a floor there raises ${spellLever(workload.lever)}.`,
    );
  }
  if (floor <= most) return undefined;
  const field = lever.kind === 'ScaledObject' ? 'maxReplicaCount' : 'maxReplicas';
  return refusal(
    `${spellLever(lever)} allows ${most} replicas at most, and ${floor} are wanted`,
    `Raise ${field} of ${spellLever(lever)} to ${floor} or more, where it is declared.`,
  );
}

function unlessReverted(holder: Holder): Choice {
  const { lever, value, ownedBy, gitops } = holder;
  if (ownedBy !== undefined) {
    return refusal(
      `${spellLever(lever)} is made by ${ownedBy}, which would set it back`,
      `Scale it where it is declared: in ${ownedBy}.`,
    );
  }
  const free: Choice = { ok: true, lever, value, risks: [] };
  if (!gitops || gitops.declares === false) return free;
  if (!gitops.policy.seen) return unreadable(lever, gitops, gitops.policy.why);
  const { automated, selfHeal, ignores, respects } = gitops.policy.value;
  if (ignores && respects) return free;
  if (automated && selfHeal && !ignores) return healed(lever, gitops);
  const when = automated ? 'the next change in Git sets it back' : 'a sync by hand sets it back';
  return {
    ...free,
    risks: [`${when}: ${gitops.application} declares ${pointerTo(lever)}. ${letAlone(lever, gitops)}`],
  };
}

const unreadable = (lever: Lever, gitops: Gitops, why: string): Choice =>
  refusal(
    `${gitops.tool} tracks ${spellLever(lever)}, and whether it would set it back cannot be told: ${why}`,
    `Let Greenroom read ${gitops.application} (deploy/rbac.yaml), or take ${pointerTo(lever)} out of Git.`,
  );

const healed = (lever: Lever, gitops: Gitops): Choice =>
  refusal(
    `${gitops.tool} heals ${spellLever(lever)}: ${gitops.application} would set ${pointerTo(lever)} back within seconds`,
    letAlone(lever, gitops),
  );

/** The exact words to put into Git, on one line of YAML. */
function letAlone(lever: Lever, { tool, application }: Gitops): string {
  const { kind, namespace, name } = lever;
  if (tool === 'Flux') {
    return `Take ${pointerTo(lever)} out of what ${application} applies, or annotate ${spellLever(lever)} in Git with kustomize.toolkit.fluxcd.io/ssa: IfNotPresent.`;
  }
  const where = namespace === '' ? '' : `, namespace: ${namespace}`;
  return (
    `In the spec of ${application} put ignoreDifferences: [{group: ${GROUP[kind]}, kind: ${kind}, name: ${name}${where}, ` +
    `jsonPointers: [${pointerTo(lever)}]}] and add RespectIgnoreDifferences=true to syncPolicy.syncOptions.`
  );
}

const refusal = (why: string, remedy: string): Choice => ({ ok: false, why, remedy });

/** `/spec/replicas`, as a JSON pointer. */
export const pointerTo = ({ kind }: Pick<Lever, 'kind'>): string => `/${FIELD[kind].join('/')}`;

/** `StatefulSet coder-ws/coder-provisioner` */
export const spellLever = ({ kind, namespace, name }: Lever): string =>
  `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;

/** `ohio StatefulSet coder-ws/coder-provisioner`: a lever's name in the journal, one in all clusters of an estate. */
export const knobOf = (cluster: string, lever: Lever): string => `${cluster} ${spellLever(lever)}`;

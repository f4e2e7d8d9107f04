import { isObject, parseJson } from './json.ts';
import {
  annotationOf,
  labelOf,
  listAt,
  nameOf,
  namespaceOf,
  numberAt,
  settingOf,
  textAt,
  valueAt,
} from './kubernetes.ts';
import {
  FIELD,
  pointerTo,
  type Autoscaler,
  type Gitops,
  type Holder,
  type Lever,
  type LeverKind,
  type SyncPolicy,
} from './lever.ts';
import { saw, type Seen } from './sighting.ts';

/** Greenroom's name in an object's managed fields. */
export const FIELD_MANAGER = 'greenroom';

/** Who wrote a field last, as the API server remembers it. */
export interface Writer {
  readonly manager: string;
  readonly operation: string;
  readonly at?: string;
}

export const leverOn = (kind: LeverKind, object: unknown): Lever => ({
  kind,
  namespace: namespaceOf(object),
  name: nameOf(object),
});

/** An Application that may be the one that an object belongs to, and whether the object says so without a doubt. */
export interface Tracking {
  readonly application: string;
  readonly sure: boolean;
}

/**
 * Which Argo CD Application tracks an object.
 *
 * The annotation is Argo CD's alone. The label is not: every Helm chart writes its release's name there, so the label
 * only means something if there is an Application of that name.
 */
export function trackingOf(object: unknown): Tracking | undefined {
  const id = annotationOf(object, 'argocd.argoproj.io/tracking-id')?.split(':', 1)[0];
  if (id) return { application: id.includes('_') ? id.slice(id.lastIndexOf('_') + 1) : id, sure: true };
  const label = labelOf(object, 'app.kubernetes.io/instance');
  if (label === undefined) return undefined;
  return { application: label, sure: writersOf(object).some(({ manager }) => manager.startsWith('argocd')) };
}

/** What an object tells about itself. `application`: the Application that tracks it, as far as it could be read. */
export function holderOf(kind: LeverKind, object: unknown, application: Seen<unknown>): Holder {
  const lever = leverOn(kind, object);
  const controller = listAt(object, 'metadata', 'ownerReferences').find((each) => valueAt(each, 'controller') === true);
  const gitops = gitopsOf(lever, object, application);
  return {
    lever,
    value: settingOf(kind, object),
    ...(controller !== undefined && { ownedBy: `${textAt(controller, 'kind')} ${textAt(controller, 'name')}` }),
    ...(gitops && { gitops }),
  };
}

export function autoscalerOf(
  kind: 'HorizontalPodAutoscaler' | 'ScaledObject',
  object: unknown,
  application: Seen<unknown>,
): Autoscaler {
  const halted = kind === 'ScaledObject' ? pausedKeda(object) : restingHpa(object);
  const most =
    kind === 'ScaledObject'
      ? (numberAt(object, 'spec', 'maxReplicaCount') ?? 100)
      : (numberAt(object, 'spec', 'maxReplicas') ?? 0);
  return { ...holderOf(kind, object, application), most, ...(halted !== undefined && { halted }) };
}

/** Whether an autoscaler's target is this workload. */
export function scales(autoscaler: unknown, { kind, name }: Pick<Lever, 'kind' | 'name'>): boolean {
  const target = valueAt(autoscaler, 'spec', 'scaleTargetRef');
  return textAt(target, 'name') === name && (textAt(target, 'kind') ?? 'Deployment') === kind;
}

function pausedKeda(object: unknown): string | undefined {
  const [paused, at] = ['paused', 'paused-replicas'].map((name) => annotationOf(object, `autoscaling.keda.sh/${name}`));
  if (at !== undefined) return `it is paused at ${at} replicas`;
  return paused === undefined || paused === 'false' ? undefined : 'it is paused';
}

/** An HPA rests while its target stands at zero. Source: Kubernetes docs, "implicit maintenance-mode deactivation". */
function restingHpa(object: unknown): string | undefined {
  const active = listAt(object, 'status', 'conditions').find((each) => textAt(each, 'type') === 'ScalingActive');
  return textAt(active, 'reason') === 'ScalingDisabled' ? 'its target stands at zero replicas' : undefined;
}

function gitopsOf(lever: Lever, object: unknown, application: Seen<unknown>): Gitops | undefined {
  const flux = fluxOf(lever, object);
  if (flux) return flux;
  const tracking = trackingOf(object);
  // A label alone, and no Application of that name: it is Helm's.
  if (!tracking || (!tracking.sure && application.seen && application.value === undefined)) return undefined;
  const declares = declaresField(lever.kind, object);
  const policy = application.seen ? policyIn(application.value, lever) : application;
  const namespace = application.seen ? namespaceOf(application.value) : '';
  return {
    tool: 'Argo CD',
    application: `Application ${namespace === '' ? '' : `${namespace}/`}${tracking.application}`,
    policy,
    ...(declares !== undefined && { declares }),
  };
}

function policyIn(application: unknown, lever: Lever): Seen<SyncPolicy> {
  if (application === undefined) return { seen: false, why: 'there is no such Application in this cluster' };
  const automated = valueAt(application, 'spec', 'syncPolicy', 'automated');
  return saw({
    automated: isObject(automated) && automated['enabled'] !== false,
    selfHeal: valueAt(automated, 'selfHeal') === true,
    ignores: listAt(application, 'spec', 'ignoreDifferences').some((each) => ignores(each, lever)),
    respects: listAt(application, 'spec', 'syncPolicy', 'syncOptions').includes('RespectIgnoreDifferences=true'),
  });
}

/** Whether an entry of `ignoreDifferences` covers the lever. Source: Argo CD docs, "diffing customization". */
function ignores(entry: unknown, lever: Lever): boolean {
  const any = (key: string, value: string): boolean => [undefined, '', '*', value].includes(textAt(entry, key));
  if (!any('kind', lever.kind) || !any('name', lever.name) || !any('namespace', lever.namespace)) return false;
  const pointer = pointerTo(lever);
  return (
    listAt(entry, 'jsonPointers').some((each) => pointer === each || pointer.startsWith(`${String(each)}/`)) ||
    listAt(entry, 'jqPathExpressions').includes(`.${FIELD[lever.kind].join('.')}`) ||
    listAt(entry, 'managedFieldsManagers').includes(FIELD_MANAGER)
  );
}

/** Flux puts back what a Kustomization applies at every interval; a HelmRelease only with the next release. */
function fluxOf({ kind }: Lever, object: unknown): Gitops | undefined {
  const named = (tool: string): string | undefined => {
    const [name, namespace] = ['name', 'namespace'].map((key) => labelOf(object, `${tool}.toolkit.fluxcd.io/${key}`));
    return name === undefined ? undefined : `${namespace ?? ''}/${name}`;
  };
  const [kustomization, release] = [named('kustomize'), named('helm')];
  if (kustomization === undefined && release === undefined) return undefined;
  const heals =
    kustomization !== undefined && annotationOf(object, 'kustomize.toolkit.fluxcd.io/ssa') !== 'IfNotPresent';
  const declares = declaresField(kind, object);
  return {
    tool: 'Flux',
    application: kustomization === undefined ? `HelmRelease ${release}` : `Kustomization ${kustomization}`,
    policy: saw({ automated: true, selfHeal: heals, ignores: false, respects: false }),
    ...(declares !== undefined && { declares }),
  };
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const APPLIERS = /^(?:argocd-controller|kustomize-controller|helm-controller)$/;

/**
 * Whether what was applied from Git names the lever's field; `undefined` where the object does not tell.
 *
 * A client-side apply leaves its whole text behind. A server-side apply leaves the list of its fields, from which a
 * field vanishes once somebody else writes it: a field that is on no list was never declared, and one that is on
 * somebody else's may have been.
 */
function declaresField(kind: LeverKind, object: unknown): boolean | undefined {
  const applied = parseJson(annotationOf(object, LAST_APPLIED) ?? '');
  if (isObject(applied)) return valueAt(applied, ...FIELD[kind]) !== undefined;
  const entries = listAt(object, 'metadata', 'managedFields');
  const byApply = entries.filter(
    (entry) => textAt(entry, 'operation') === 'Apply' && APPLIERS.test(textAt(entry, 'manager') ?? ''),
  );
  if (byApply.length === 0) return undefined;
  if (byApply.some((entry) => owns(entry, kind))) return true;
  return entries.some((entry) => owns(entry, kind)) ? undefined : false;
}

const owns = (entry: unknown, kind: LeverKind): boolean =>
  valueAt(entry, 'fieldsV1', ...FIELD[kind].map((key) => `f:${key}`)) !== undefined;

function writersOf(object: unknown, kind?: LeverKind): Writer[] {
  const entries = listAt(object, 'metadata', 'managedFields').filter(
    (entry) => kind === undefined || owns(entry, kind),
  );
  return entries.map((entry) => {
    const at = textAt(entry, 'time');
    return {
      manager: textAt(entry, 'manager') ?? 'somebody',
      operation: textAt(entry, 'operation') ?? 'Update',
      ...(at !== undefined && { at }),
    };
  });
}

/** Who wrote the lever's field last: the one to ask why it changed. */
export const lastWriterOf = (kind: LeverKind, object: unknown): Writer | undefined =>
  writersOf(object, kind).sort((a, b) => (b.at ?? '').localeCompare(a.at ?? ''))[0];

import { describe, expect, it } from 'vitest';
import {
  leverFor,
  type Autoscaler,
  type Choice,
  type Gitops,
  type Holder,
  type LeverKind,
  type Owners,
  type Purpose,
  type SyncPolicy,
} from '../../src/core/lever.ts';
import { saw, unseen } from '../../src/core/sighting.ts';

const holder = (kind: LeverKind, change: Partial<Holder> = {}): Holder => ({
  lever: { kind, namespace: kind === 'NodePool' ? '' : 'coder-ws', name: 'coder-provisioner' },
  value: 1,
  ...change,
});

const scaler = (
  kind: 'HorizontalPodAutoscaler' | 'ScaledObject',
  change: Partial<Autoscaler> = {},
  name = 'coder-provisioner',
): Autoscaler => ({ lever: { kind, namespace: 'coder-ws', name }, value: 1, most: 20, ...change });

const policy = (change: Partial<SyncPolicy> = {}): SyncPolicy => ({
  automated: false,
  selfHeal: false,
  ignores: false,
  respects: false,
  ...change,
});

const argo = (change: Partial<SyncPolicy> = {}, declares?: boolean): Gitops => ({
  tool: 'Argo CD',
  application: 'Application argocd/us-east-2.coder-ws',
  policy: saw(policy(change)),
  ...(declares !== undefined && { declares }),
});

const FLOOR: Purpose = { kind: 'floor', floor: 10 };

const refused = (choice: Choice): { why: string; remedy: string } => {
  if (choice.ok) throw new Error(`it chose ${JSON.stringify(choice.lever)}`);
  return choice;
};
const chosen = (choice: Choice) => {
  if (!choice.ok) throw new Error(`it refused: ${choice.why}`);
  return choice;
};

describe('the lever of a floor', () => {
  it.each(['Deployment', 'StatefulSet'] as const)('is the %s itself where nobody else decides', (kind) => {
    expect(leverFor({ workload: holder(kind), autoscalers: [] }, FLOOR)).toEqual({
      ok: true,
      lever: { kind, namespace: 'coder-ws', name: 'coder-provisioner' },
      value: 1,
      risks: [],
    });
  });

  it.each(['HorizontalPodAutoscaler', 'ScaledObject'] as const)('is the least of the %s that scales it', (kind) => {
    const owners = { workload: holder('StatefulSet', { value: 3 }), autoscalers: [scaler(kind, { value: 2 })] };
    expect(chosen(leverFor(owners, FLOOR))).toMatchObject({ lever: { kind }, value: 2 });
  });

  it('is the ScaledObject, and not the HPA that KEDA made for it', () => {
    const autoscalers = [
      scaler('HorizontalPodAutoscaler', { ownedBy: 'ScaledObject coder-provisioner' }, 'keda-hpa-coder-provisioner'),
      scaler('ScaledObject'),
    ];
    expect(chosen(leverFor({ workload: holder('Deployment'), autoscalers }, FLOOR)).lever.kind).toBe('ScaledObject');
  });

  it('does not matter to what Git says of the workload below an autoscaler', () => {
    const workload = holder('Deployment', { gitops: argo({ automated: true, selfHeal: true }, true) });
    expect(leverFor({ workload, autoscalers: [scaler('HorizontalPodAutoscaler')] }, FLOOR).ok).toBe(true);
  });
});

describe('a floor is refused', () => {
  it('where two autoscalers fight already', () => {
    const autoscalers = [scaler('HorizontalPodAutoscaler'), scaler('ScaledObject')];
    const { why, remedy } = refused(leverFor({ workload: holder('Deployment'), autoscalers }, FLOOR));
    expect(why).toBe(
      'HorizontalPodAutoscaler coder-ws/coder-provisioner and ScaledObject coder-ws/coder-provisioner both scale Deployment coder-ws/coder-provisioner',
    );
    expect(remedy).toMatch(/^Take one of them away/);
  });

  it.each([
    ['HorizontalPodAutoscaler', 'maxReplicas'],
    ['ScaledObject', 'maxReplicaCount'],
  ] as const)('above what the %s allows, and not at it', (kind, field) => {
    const owners = { workload: holder('Deployment'), autoscalers: [scaler(kind, { most: 10 })] };
    expect(leverFor(owners, { kind: 'floor', floor: 10 }).ok).toBe(true);
    const { why, remedy } = refused(leverFor(owners, { kind: 'floor', floor: 11 }));
    expect(why).toBe(`${kind} coder-ws/coder-provisioner allows 10 replicas at most, and 11 are wanted`);
    expect(remedy).toContain(`Raise ${field} of ${kind} coder-ws/coder-provisioner to 11`);
  });

  it('where the autoscaler rests', () => {
    const autoscalers = [scaler('HorizontalPodAutoscaler', { halted: 'its target stands at zero replicas' })];
    expect(refused(leverFor({ workload: holder('Deployment'), autoscalers }, FLOOR)).why).toBe(
      'HorizontalPodAutoscaler coder-ws/coder-provisioner scales nothing: its target stands at zero replicas',
    );
  });

  it('where an operator makes the object', () => {
    const workload = holder('Deployment', { ownedBy: 'Coder ai' });
    expect(refused(leverFor({ workload, autoscalers: [] }, FLOOR))).toEqual({
      ok: false,
      why: 'Deployment coder-ws/coder-provisioner is made by Coder ai, which would set it back',
      remedy: 'Scale it where it is declared: in Coder ai.',
    });
  });

  it('where Argo CD heals it, with the very words to put into Git', () => {
    const workload = holder('StatefulSet', { gitops: argo({ automated: true, selfHeal: true }, true) });
    expect(refused(leverFor({ workload, autoscalers: [] }, FLOOR))).toEqual({
      ok: false,
      why: 'Argo CD heals StatefulSet coder-ws/coder-provisioner: Application argocd/us-east-2.coder-ws would set /spec/replicas back within seconds',
      remedy:
        'In the spec of Application argocd/us-east-2.coder-ws put ignoreDifferences: [{group: apps, kind: StatefulSet, ' +
        'name: coder-provisioner, namespace: coder-ws, jsonPointers: [/spec/replicas]}] and add ' +
        'RespectIgnoreDifferences=true to syncPolicy.syncOptions.',
    });
  });

  it.each([
    ['HorizontalPodAutoscaler', 'group: autoscaling', '/spec/minReplicas'],
    ['ScaledObject', 'group: keda.sh', '/spec/minReplicaCount'],
  ] as const)('where Argo CD heals the %s above it', (kind, group, pointer) => {
    const gitops = argo({ automated: true, selfHeal: true }, true);
    const { remedy } = refused(
      leverFor({ workload: holder('Deployment'), autoscalers: [scaler(kind, { gitops })] }, FLOOR),
    );
    expect(remedy).toContain(`${group}, kind: ${kind}`);
    expect(remedy).toContain(`jsonPointers: [${pointer}]`);
  });

  it('where it cannot be told whether it would stay', () => {
    const gitops: Gitops = { tool: 'Argo CD', application: 'Application coder', policy: unseen('403 Forbidden') };
    const { why, remedy } = refused(leverFor({ workload: holder('Deployment', { gitops }), autoscalers: [] }, FLOOR));
    expect(why).toContain('cannot be told: 403 Forbidden');
    expect(remedy).toContain('Let Greenroom read Application coder (deploy/rbac.yaml)');
  });

  it('where Flux applies it at every interval', () => {
    const gitops: Gitops = {
      tool: 'Flux',
      application: 'Kustomization flux-system/apps',
      policy: saw(policy({ automated: true, selfHeal: true })),
    };
    const { why, remedy } = refused(leverFor({ workload: holder('Deployment', { gitops }), autoscalers: [] }, FLOOR));
    expect(why).toContain('Flux heals Deployment coder-ws/coder-provisioner');
    expect(remedy).toContain('kustomize.toolkit.fluxcd.io/ssa: IfNotPresent');
  });
});

describe('what could still set a floor back is told, and it is raised all the same', () => {
  it.each<[string, Partial<SyncPolicy>, RegExp]>([
    [
      'Argo CD that is synced by hand',
      {},
      /^a sync by hand sets it back: .* declares \/spec\/replicas\. In the spec of/,
    ],
    ['Argo CD that syncs, and does not heal', { automated: true }, /^the next change in Git sets it back/],
    [
      'a difference that is ignored, and not when it syncs',
      { automated: true, selfHeal: true, ignores: true },
      /^the next change/,
    ],
  ])('%s', (_, change, risk) => {
    const workload = holder('Deployment', { gitops: argo(change, true) });
    expect(chosen(leverFor({ workload, autoscalers: [] }, FLOOR)).risks).toEqual([expect.stringMatching(risk)]);
  });

  it('and there is none where Git does not mention the field, or its difference is respected', () => {
    const free = [
      argo({ automated: true, selfHeal: true }, false),
      argo({ automated: true, selfHeal: true, ignores: true, respects: true }),
    ];
    for (const gitops of free) {
      const choice = chosen(leverFor({ workload: holder('Deployment', { gitops }), autoscalers: [] }, FLOOR));
      expect(choice.risks).toEqual([]);
    }
  });
});

describe('the lever of a pause', () => {
  it('is the CronJob itself', () => {
    const workload = holder('CronJob', { value: null });
    expect(chosen(leverFor({ workload, autoscalers: [] }, { kind: 'pause' }))).toMatchObject({
      lever: { kind: 'CronJob' },
    });
  });

  it('is the Deployment also below an HPA, which rests while it stands at zero', () => {
    const owners = { workload: holder('Deployment'), autoscalers: [scaler('HorizontalPodAutoscaler')] };
    expect(chosen(leverFor(owners, { kind: 'pause' })).lever.kind).toBe('Deployment');
  });

  it('is nothing below KEDA, which would start it again', () => {
    const owners = { workload: holder('Deployment'), autoscalers: [scaler('ScaledObject')] };
    expect(refused(leverFor(owners, { kind: 'pause' })).remedy).toContain('autoscaling.keda.sh/paused-replicas: "0"');
  });

  it('is the Deployment where KEDA was paused at nothing, as that remedy says, and only then', () => {
    const paused = scaler('ScaledObject', { halted: 'it is paused at 0 replicas' });
    const below = (value: number) => ({ workload: holder('Deployment', { value }), autoscalers: [paused] });
    expect(chosen(leverFor(below(0), { kind: 'pause' }))).toMatchObject({ lever: { kind: 'Deployment' }, value: 0 });
    expect(leverFor(below(1), { kind: 'pause' }).ok).toBe(false);
  });

  it('is refused where Argo CD would set suspend back', () => {
    const workload = holder('CronJob', { gitops: argo({ automated: true, selfHeal: true }, true) });
    expect(refused(leverFor({ workload, autoscalers: [] }, { kind: 'pause' })).remedy).toContain(
      'ignoreDifferences: [{group: batch, kind: CronJob, name: coder-provisioner, namespace: coder-ws, jsonPointers: [/spec/suspend]}]',
    );
  });

  it('of nodes names no namespace', () => {
    const workload = holder('NodePool', { gitops: argo({ automated: true, selfHeal: true }, true) });
    expect(refused(leverFor({ workload, autoscalers: [] }, { kind: 'freeze' })).remedy).toContain(
      '{group: karpenter.sh, kind: NodePool, name: coder-provisioner, jsonPointers: [/spec/disruption/budgets]}',
    );
  });
});

const BOTH = [true, false];
const MAYBE = [true, false, undefined];

function* everyGitops(): Generator<Gitops | undefined> {
  yield undefined;
  for (const declares of MAYBE) {
    yield {
      tool: 'Argo CD',
      application: 'Application a',
      policy: unseen('403'),
      ...(declares !== undefined && { declares }),
    };
    for (const automated of BOTH) {
      for (const selfHeal of BOTH) {
        for (const ignores of BOTH)
          for (const respects of BOTH) yield argo({ automated, selfHeal, ignores, respects }, declares);
      }
    }
  }
}

function* everyHolder<H extends Holder>(plain: H): Generator<H> {
  for (const gitops of everyGitops()) {
    for (const ownedBy of [undefined, 'Operator x'])
      yield { ...plain, ...(gitops && { gitops }), ...(ownedBy !== undefined && { ownedBy }) };
  }
}

function* everyOwners(): Generator<Owners> {
  for (const kind of ['Deployment', 'StatefulSet'] as const) {
    for (const workload of everyHolder(holder(kind))) yield { workload, autoscalers: [] };
    for (const above of ['HorizontalPodAutoscaler', 'ScaledObject'] as const) {
      for (const most of [9, 10]) {
        for (const halted of [undefined, 'it is paused']) {
          const plain = scaler(above, { most, ...(halted !== undefined && { halted }) });
          for (const autoscaler of everyHolder(plain)) yield { workload: holder(kind), autoscalers: [autoscaler] };
        }
      }
    }
  }
}

/** Told a second time, from the other end: what Kubernetes, KEDA and Argo CD would do to a floor of ten. */
function holds(holder: Holder): boolean {
  const { gitops } = holder;
  if (holder.ownedBy !== undefined) return false;
  if (!gitops || gitops.declares === false) return true;
  if (!gitops.policy.seen) return false;
  const { automated, selfHeal, ignores } = gitops.policy.value;
  return ignores || !(automated && selfHeal);
}

describe('of every combination of owners', () => {
  const all = [...everyOwners()];

  it('a lever is chosen exactly where a floor of ten would still stand a minute later', () => {
    for (const owners of all) {
      const [above] = owners.autoscalers;
      const should = above ? holds(above) && above.most >= 10 && above.halted === undefined : holds(owners.workload);
      expect([leverFor(owners, FLOOR).ok, owners]).toEqual([should, owners]);
    }
    expect(all.length).toBeGreaterThan(1_500);
  });

  it('a refusal always says what to do, and a lever is always the highest that decides', () => {
    for (const owners of all) {
      const choice = leverFor(owners, FLOOR);
      if (choice.ok) expect(choice.lever).toEqual((owners.autoscalers[0] ?? owners.workload).lever);
      else expect(choice.remedy.length).toBeGreaterThan(20);
    }
  });
});

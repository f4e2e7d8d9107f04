import { describe, expect, it } from 'vitest';
import { examine } from '../../../src/core/check.ts';
import { podsRunWhatIsMirrored } from '../../../src/core/checks/pods-run-what-is-mirrored.ts';
import type { Digest } from '../../../src/core/digest.ts';
import type { Judgement } from '../../../src/core/finding.ts';
import type { Pod } from '../../../src/core/pod.ts';
import { remedyOf } from '../../../src/core/remedy.ts';
import { saw, unseen, type RunningSighting } from '../../../src/core/sighting.ts';
import { aDigest, anImage, at } from '../../builders.ts';

const [INDEX, CHILD, CONFIG, OLD] = [aDigest('a'), aDigest('b'), aDigest('c'), aDigest('d')];
const REF = '123456789012.dkr.ecr.us-east-2.amazonaws.com/coder-preview:latest';

const pod = (digest: Digest | undefined, change: Partial<Pod> = {}, image = REF): Pod => ({
  name: 'coder-6c9f-1',
  ready: true,
  leaving: false,
  containers: [{ name: 'coder', image, ...(digest && { digest }) }],
  ...change,
});

const sighted = (change: Partial<RunningSighting> = {}): RunningSighting => ({
  cluster: 'ohio',
  place: { namespace: 'coder', workload: 'coder' },
  release: { image: anImage(), tag: 'latest' },
  from: 'us-east-2',
  serves: saw({ digest: INDEX, names: new Set([INDEX, CHILD, CONFIG]) }),
  pods: saw([pod(INDEX)]),
  ...change,
});

const judge = (change: Partial<RunningSighting> = {}): Judgement => {
  const [judgement] = podsRunWhatIsMirrored.judge({ running: [sighted(change)] }, at('09:00'));
  if (!judgement) throw new Error('it said nothing');
  return judgement;
};
const askOf = (judgement: Judgement): string =>
  judgement.status !== 'ok' && judgement.remedy.by === 'person' ? judgement.remedy.ask : '';

describe('pods run what is mirrored', () => {
  it.each<[string, Digest]>([
    ['the index', INDEX],
    ['a platform’s manifest', CHILD],
    ['a config', CONFIG],
  ])('where their node calls it by %s', (_, digest) => {
    expect(judge({ pods: saw([pod(digest), pod(INDEX)]) })).toEqual({
      subject: 'coder-preview:latest in ohio, coder/coder',
      status: 'ok',
      evidence: {
        want: `${'a'.repeat(12)} as coder-preview:latest means in us-east-2`,
        have: `${'a'.repeat(12)} in 2 pods`,
      },
    });
  });

  it.each([
    ['through a cache', '123456789012.dkr.ecr.us-east-2.amazonaws.com/ghcr/coder/coder-preview:latest'],
    ['straight from the source', 'ghcr.io/coder/coder-preview:latest'],
    ['by digest', `registry.example.com/coder-preview@${INDEX}`],
  ])('also where they pull it %s', (_, image) => {
    expect(judge({ pods: saw([pod(INDEX, {}, image)]) }).status).toBe('ok');
  });

  it('whatever runs beside it in the same pod', () => {
    const beside: Pod = {
      ...pod(INDEX),
      containers: [...pod(INDEX).containers, { name: 'proxy', image: 'envoy:v1', digest: OLD }],
    };
    expect(judge({ pods: saw([beside]) }).status).toBe('ok');
  });

  it('where what is left of an older release is going already', () => {
    expect(judge({ pods: saw([pod(INDEX), pod(OLD, { leaving: true })]) }).status).toBe('ok');
  });
});

describe('it fails, and says what to do', () => {
  it('where one pod runs something else', () => {
    const judgement = judge({ pods: saw([pod(INDEX), pod(OLD)]) });
    expect(judgement).toMatchObject({
      status: 'fail',
      evidence: { have: `${'d'.repeat(12)} in 1 of 2 containers`, gauge: { value: 1, unit: 'containers behind' } },
    });
    expect(askOf(judgement)).toContain('kubectl -n coder rollout restart deployment/coder');
    expect(judgement?.status === 'fail' && remedyOf({ check: 'pods', ...judgement }).command).toBe(
      'npx greenroom rollout',
    );
    expect(askOf(judgement)).toContain('imagePullPolicy');
  });

  it('where something else was deployed altogether', () => {
    const judgement = judge({ pods: saw([pod(OLD, {}, 'ghcr.io/coder/coder:v2.35.1')]) });
    expect([judgement.status, judgement.evidence.have]).toEqual(['fail', 'ghcr.io/coder/coder:v2.35.1 in 1 pod']);
    expect(askOf(judgement)).toContain('Deploy coder-preview:latest from us-east-2 to coder/coder in ohio');
  });

  it.each<[string, Partial<RunningSighting>, string]>([
    ['no workload', { pods: saw(undefined) }, 'no such workload'],
    ['no pods', { pods: saw([]) }, 'no pods'],
    ['only pods that are going', { pods: saw([pod(INDEX, { leaving: true })]) }, 'no pods'],
    ['no such tag', { serves: saw(undefined) }, 'no such tag in us-east-2'],
  ])('where there is %s', (_, change, have) => {
    const judgement = judge(change);
    expect([judgement.status, judgement.evidence.have]).toEqual(['fail', have]);
    expect(askOf(judgement)).not.toBe('');
  });
});

describe('it does not know', () => {
  it.each<[string, Partial<RunningSighting>]>([
    ['where pods cannot be seen', { pods: unseen('ohio: could not list Pods: 403') }],
    ['where the tag cannot be read', { serves: unseen('ecr: 503') }],
  ])('%s', (_, change) => {
    expect(judge(change)).toMatchObject({ status: 'unknown' });
  });

  it('yet, where a pod has pulled nothing so far, and says what it waits for', () => {
    const starting = pod(undefined, { ready: false, why: 'ErrImagePull: not found' });
    expect(judge({ pods: saw([pod(INDEX), starting]) })).toMatchObject({
      status: 'warn',
      evidence: { have: '1 pod of 2 not started: ErrImagePull: not found' },
    });
  });

  it('and where there are no clusters there is nothing to judge', () => {
    expect(examine([podsRunWhatIsMirrored], { running: saw([]) }, at('09:00'))).toMatchObject([
      { status: 'ok', subject: 'nothing' },
    ]);
  });
});

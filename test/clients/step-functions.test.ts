import { describe, expect, it } from 'vitest';
import { executionName, stepFunctionsMirroring } from '../../src/clients/step-functions.ts';
import type { Image, Release } from '../../src/core/estate.ts';
import { refusal, silence } from '../servers/aws-json.ts';
import { serveStepFunctions, type StepFunctionsServer } from '../servers/step-functions.ts';

const image: Image = {
  name: 'coder-preview',
  source: 'ghcr.io/coder/coder-preview',
  repository: 'coder-preview',
  tags: ['latest'],
  moving: ['latest'],
};
const release = (tag: string): Release => ({ image, tag });
const machine = 'arn:aws:states:us-east-2:123456789012:stateMachine:greenroom-ai-coder-com';
const at = new Date('2026-09-14T09:00:00.123Z');

const mirroringOn = ({ caller }: StepFunctionsServer, withinMs = 5_000) =>
  stepFunctionsMirroring({ machine, now: () => at, caller: { ...caller, withinMs } });

describe('mirroring by a state machine', () => {
  it('starts an execution that says which release, and who asked', async () => {
    await using server = await serveStepFunctions();
    const line = await mirroringOn(server).mirror(release('latest'), 'schedule');
    const [started] = server.started;
    expect(started?.stateMachineArn).toBe(machine);
    expect(JSON.parse(started?.input ?? '')).toEqual({ image: 'coder-preview', tag: 'latest', by: 'schedule' });
    expect(line).toBe(`started ${started?.name}`);
    expect(started?.name).toMatch(/^coder-preview-latest-[0-9a-f]{6}-20260914T090000Z$/);
  });

  it('is content when somebody else started it in the same second', async () => {
    await using server = await serveStepFunctions();
    const mirroring = mirroringOn(server);
    await mirroring.mirror(release('latest'), 'schedule');
    expect(await mirroring.mirror(release('latest'), 'a-delivery')).toMatch(/was started already$/);
    expect(server.started).toHaveLength(1);
  });

  it('tells apart tags that a name cannot', () => {
    expect(executionName(release('v1.2'), at)).not.toBe(executionName(release('v1-2'), at));
  });

  it('finds a name for the longest tag there can be', async () => {
    await using server = await serveStepFunctions();
    await mirroringOn(server).mirror(release(`v1.${'9'.repeat(120)}`), 'schedule');
    expect(server.started[0]?.name.length).toBeLessThanOrEqual(80);
  });

  it('asks again where it is asked too often, and not for ever', async () => {
    let busy = 2;
    await using server = await serveStepFunctions(() =>
      (busy -= 1) >= 0 ? refusal('ThrottlingException', 'Rate exceeded') : undefined,
    );
    expect(await mirroringOn(server).mirror(release('latest'), 'x')).toMatch(/^started /);
    await using tired = await serveStepFunctions(() => refusal('ThrottlingException', 'Rate exceeded'));
    await expect(mirroringOn(tired).mirror(release('latest'), 'x')).rejects.toMatchObject({ trouble: 'throttled' });
    expect([server.requests(), tired.requests()]).toEqual([3, 3]);
  });

  it('says what it could not do when it is refused, or not answered', async () => {
    await using server = await serveStepFunctions(() => refusal('AccessDeniedException', 'not allowed'));
    await expect(mirroringOn(server).mirror(release('latest'), 'x')).rejects.toMatchObject({
      name: 'OutsideError',
      service: 'step functions',
      trouble: 'unauthorized',
    });
    await using deaf = await serveStepFunctions(silence);
    await expect(mirroringOn(deaf, 30).mirror(release('latest'), 'x')).rejects.toMatchObject({ trouble: 'timeout' });
  });
});

import type { Context } from 'aws-lambda';
import { look } from '../../lambdas/look.ts';
import { plan } from '../../lambdas/plan.ts';
import { promote } from '../../lambdas/promote.ts';
import { transfer } from '../../lambdas/transfer.ts';
import { minutes } from '../../src/core/time.ts';
import { newRelease } from '../../src/rehearsal/scenes.ts';

// A release, function by function, with nothing between this process's output and whoever reads it. The last function
// is called without having been planned for, which is our own mistake and fails.

const rehearsal = await newRelease(new Date());
const world = { ...rehearsal, mendsElsewhere: true, mirroring: { mirror: async () => 'started run-1' } };
const contextOf = (functionName: string): Context =>
  ({
    functionName,
    awsRequestId: `request-of-${functionName}`,
    memoryLimitInMB: '512',
    getRemainingTimeInMillis: () => minutes(2),
  }) as Context;

const ring = { detail: { source: 'ghcr.io/coder/coder-preview', cause: '72d3162e-cc78-11e3-81ab-4c9367dc0958' } };
await look(() => world)(
  { Records: [{ body: JSON.stringify(ring) }] } as Parameters<ReturnType<typeof look>>[0],
  contextOf('look'),
);

const event = { run: 'run-1', release: { image: 'coder-preview', tag: 'latest', by: 'webhook' } };
await plan(() => world)(event, contextOf('plan'));
await transfer(() => world)({ ...event, shard: 0, leg: 0 }, contextOf('transfer'));
await promote(() => world)(event, contextOf('promote'));
await promote(() => world)({ ...event, run: 'run-2' }, contextOf('promote')).catch(() => {});

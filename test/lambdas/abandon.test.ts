import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { abandon } from '../../lambdas/abandon.ts';
import { E_MAIL } from '../../src/core/untold.ts';
import { quietWeek } from '../../src/rehearsal/scenes.ts';
import { at } from '../builders.ts';

const EVENT = {
  run: 'coder-preview-latest-1',
  release: { image: 'coder-preview', tag: 'latest' },
  error: { Error: 'States.Timeout' },
};

describe('a run of the state machine that failed', () => {
  it('is left for the channels, once; by e-mail the machine tells it itself', async () => {
    const world = await quietWeek(at('09:00'));
    const crew = [E_MAIL, 'slack'].map((name) => ({ name, say: async () => undefined }));
    const handler = abandon(() => ({ ...world, crew }));
    const context = { awsRequestId: 'a-request', getRemainingTimeInMillis: () => 60_000 } as Context;
    expect(await handler(EVENT, context)).toMatchObject({ news: true });
    expect(await handler(EVENT, context)).toMatchObject({ news: false });
    expect(await world.journal.untold('slack')).toMatchObject([
      { kind: 'failed', subject: 'coder-preview:latest', line: expect.stringContaining('States.Timeout') },
    ]);
    expect(await world.journal.untold(E_MAIL)).toEqual([]);
  });
});

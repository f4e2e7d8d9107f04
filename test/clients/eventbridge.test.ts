import { describe, expect, it } from 'vitest';
import { eventBridgeBus } from '../../src/clients/eventbridge.ts';
import { refusal, silence } from '../servers/aws-json.ts';
import { serveEventBridge, type EventBridgeServer, type Mood } from '../servers/eventbridge.ts';
import { failureOf } from '../failure.ts';

const looksAt = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ source: `ghcr.io/coder/image-${n}`, cause: `delivery-${n}` }));

const busOn = ({ client }: EventBridgeServer, withinMs = 5_000) =>
  eventBridgeBus({ bus: 'greenroom-ai-coder-com', client, backOffMs: 1, withinMs });

const isLast = (detail: string): boolean => detail.includes('image-1"');

describe('looks on an EventBridge bus', () => {
  it('say which source, and what set them off', async () => {
    await using server = await serveEventBridge();
    await busOn(server).look([{ source: 'ghcr.io/coder/coder-preview', cause: 'a-delivery' }]);
    expect(server.events).toEqual([
      {
        EventBusName: 'greenroom-ai-coder-com',
        Source: 'greenroom',
        DetailType: 'look at this image',
        Detail: '{"source":"ghcr.io/coder/coder-preview","cause":"a-delivery"}',
      },
    ]);
  });

  it('are sent ten at a time', async () => {
    await using server = await serveEventBridge();
    await busOn(server).look(looksAt(23));
    expect([server.batches.toSorted((a, b) => b - a), server.events.length]).toEqual([[10, 10, 3], 23]);
  });

  it('are not sent when there are none', async () => {
    await using server = await serveEventBridge();
    await busOn(server).look([]);
    expect(server.requests()).toBe(0);
  });

  it('are sent again where they were refused for now, and only those', async () => {
    const mood: Mood = ({ Detail }, coming) => (isLast(Detail) && coming < 3 ? 'ThrottlingException' : undefined);
    await using server = await serveEventBridge(mood);
    await busOn(server).look(looksAt(3));
    expect(server.batches).toEqual([3, 1, 1]);
    expect(server.events.map(({ Detail }) => (JSON.parse(Detail) as { cause: string }).cause)).toEqual([
      'delivery-0',
      'delivery-2',
      'delivery-1',
    ]);
  });

  it('are given up when they are refused again and again', async () => {
    await using server = await serveEventBridge(({ Detail }) => (isLast(Detail) ? 'InternalFailure' : undefined));
    const trouble = await failureOf(busOn(server).look(looksAt(3)));
    expect([trouble.message, trouble.trouble]).toEqual([
      'eventbridge: could not publish looks: InternalFailure not now (1 of 3 not published)',
      'broken',
    ]);
    expect([server.batches, server.events.length]).toEqual([[3, 1, 1, 1], 2]);
  });

  it('are given up at once where sending again would not help, and the others are still sent', async () => {
    const mood: Mood = ({ Detail }, coming) =>
      isLast(Detail) ? 'NotAuthorizedForSource' : coming < 2 ? 'ThrottlingException' : undefined;
    await using server = await serveEventBridge(mood);
    const trouble = await failureOf(busOn(server).look(looksAt(3)));
    expect([trouble.code, trouble.trouble, server.batches]).toEqual(['NotAuthorizedForSource', 'refused', [3, 2]]);
    expect(server.events).toHaveLength(2);
  });

  it('are not taken for sent when an answer forgets them', async () => {
    await using server = await serveEventBridge(undefined, () => ({ body: { FailedEntryCount: 0, Entries: [] } }));
    expect((await failureOf(busOn(server).look(looksAt(1)))).message).toContain('no event id');
  });

  it('are not taken for sent when some failed and it is not said which', async () => {
    const answer = { body: { FailedEntryCount: 1, Entries: [{ EventId: 'event-1' }] } };
    await using server = await serveEventBridge(undefined, () => answer);
    expect((await failureOf(busOn(server).look(looksAt(1)))).message).toContain('does not say which');
  });

  it('are waited for no longer than was said', async () => {
    await using server = await serveEventBridge(undefined, silence);
    expect((await failureOf(busOn(server, 30).look(looksAt(1)))).trouble).toBe('timeout');
  });
});

describe('what EventBridge says when it refuses', () => {
  it.each([
    ['AccessDeniedException', 400, 'unauthorized'],
    ['ResourceNotFoundException', 400, 'absent'],
    ['ThrottlingException', 400, 'throttled'],
    ['ValidationException', 400, 'refused'],
    ['InternalException', 500, 'broken'],
  ])('%s is passed on as it is', async (code, status, kind) => {
    await using server = await serveEventBridge(undefined, () => refusal(code, 'because', status));
    const trouble = await failureOf(busOn(server).look(looksAt(1)));
    expect([trouble.trouble, trouble.status, trouble.code]).toEqual([kind, status, code]);
    expect(trouble.message).toBe(`eventbridge: could not publish looks: ${status} ${code} because (request request-1)`);
  });

  it('never repeats the request, which holds a session token', async () => {
    const spelt =
      "The request signature we calculated does not match.\n\nThe Canonical String should have been\n'POST\n/\nx-amz-security-token:a-session-token'";
    await using server = await serveEventBridge(undefined, () => refusal('InvalidSignatureException', spelt, 403));
    const trouble = await failureOf(busOn(server).look(looksAt(1)));
    expect(trouble.message).toContain('does not match.');
    expect([trouble.message, trouble.stack, String(trouble.cause)].join()).not.toContain('a-session-token');
    expect(trouble.cause).toBeUndefined();
  });

  it('is told apart from nobody being there', async () => {
    const server = await serveEventBridge();
    await server[Symbol.asyncDispose]();
    const trouble = await failureOf(busOn(server).look(looksAt(1)));
    expect([trouble.trouble, trouble.code]).toEqual(['broken', 'ECONNREFUSED']);
  });
});

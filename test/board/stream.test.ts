import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { streamOf } from '../../src/board/stream.ts';

/** A board with a counter on it, and who listens to its changes. */
async function board() {
  const listeners = new Set<() => void>();
  const state = { shows: 'one', isBroken: false, drawn: 0 };
  const left = Promise.withResolvers<void>();
  const stream = streamOf({
    draw: async () => {
      state.drawn += 1;
      if (state.isBroken) throw new Error('nothing to be seen');
      return state.shows;
    },
    changes: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        left.resolve();
      };
    },
    onError: () => {},
  });
  const server = createServer((request, response) => stream.join(request, response, {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    stream.close();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const change = (shows: string): void => {
    state.shows = shows;
    listeners.forEach((listener) => listener());
  };
  return { state, listeners, change, left: left.promise, watch: (method = 'GET') => watch(port, method) };
}

async function watch(port: number, method: string) {
  const request = get({ port, host: '127.0.0.1', method });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.setEncoding('utf8').on('error', () => {});
  let text = '';
  const more = new EventTarget();
  response.on('data', (piece: string) => {
    text += piece;
    more.dispatchEvent(new Event('more'));
  });
  const said = async (what: string): Promise<void> => {
    while (!text.includes(what)) await once(more, 'more');
  };
  return { response, said, text: () => text, leave: () => request.destroy() };
}

const picture = (shows: string): string => `event: board\ndata: ${shows}\n\n`;

it('whoever watches is shown the board, and again after each change, a line of the protocol for each of its own', async () => {
  const { change, watch } = await board();
  const watcher = await watch();
  await watcher.said(picture('one'));
  change('two\nlines');
  await watcher.said('event: board\ndata: two\ndata: lines\n\n');
  expect(watcher.text()).toMatch(/^retry: 1000\n\n/);
});

it('many changes at once are drawn as one, and the last is shown', async () => {
  const { state, change, watch } = await board();
  const watcher = await watch();
  await watcher.said(picture('one'));
  for (let n = 0; n < 100; n += 1) change(`change ${n}`);
  await watcher.said(picture('change 99'));
  expect(state.drawn).toBe(2);
});

it('a board that cannot be drawn is gone, and comes back', async () => {
  const { state, change, watch } = await board();
  const watcher = await watch();
  await watcher.said(picture('one'));
  state.isBroken = true;
  change('two');
  await watcher.said('event: gone\n');
  state.isBroken = false;
  change('three');
  await watcher.said(picture('three'));
});

it('nobody is listened to while nobody watches, and who comes then is shown what is there then', async () => {
  const { state, listeners, watch, left } = await board();
  const first = await watch();
  await first.said(picture('one'));
  first.leave();
  await left;
  expect(listeners.size).toBe(0);
  state.shows = 'two';
  const second = await watch();
  await second.said('event: board');
  expect(second.text()).toContain(picture('two'));
});

it('who asks for the head alone is answered and does not watch', async () => {
  const { state, listeners, watch } = await board();
  const { response } = await watch('HEAD');
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect([listeners.size, state.drawn]).toEqual([0, 0]);
});

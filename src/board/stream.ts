import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { seconds } from '../core/time.ts';

/** Everybody who watches the board. Nothing is drawn, and nobody listened to, while there is nobody. */
export interface Stream {
  join(request: IncomingMessage, response: ServerResponse, headers: Readonly<Record<string, string>>): void;
  close(): void;
}

interface Source {
  readonly draw: () => Promise<string>;
  readonly changes: (listener: () => void) => () => void;
  readonly onError: (error: unknown) => void;
}

/** Five updates a second: more than anyone can read, few enough to draw. */
const PAUSE = 200;
/** Also the pace at which ages are written anew. Less than half of what the page waits for. */
const BEAT = seconds(15);
const MOST = 256;

export function streamOf({ draw, changes, onError }: Source): Stream {
  const watchers = new Set<ServerResponse>();
  let leave: (() => void) | undefined;
  let beat: NodeJS.Timeout | undefined;
  let last: string | undefined;

  const send = (message: string): void => {
    for (const watcher of watchers) deliver(watcher, message);
  };
  const touch = paced(async () => {
    if (watchers.size === 0) return;
    try {
      const drawn = await draw();
      send(drawn === last ? BEAT_EVENT : event('board', drawn));
      last = drawn;
    } catch (error) {
      onError(error);
      send(event('gone', ''));
    }
  });
  const rest = (): void => {
    leave?.();
    clearInterval(beat);
    leave = beat = undefined;
  };

  return {
    join(request, response, headers) {
      if (!welcome(request, response, headers, watchers.size < MOST)) return;
      response.once('close', () => {
        watchers.delete(response);
        if (watchers.size === 0) rest();
      });
      // What was drawn before there was nobody may be old.
      if (watchers.size === 0) last = undefined;
      watchers.add(response);
      leave ??= changes(touch);
      beat ??= setInterval(touch, BEAT);
      if (last === undefined) touch();
      else response.write(event('board', last));
    },
    close() {
      for (const watcher of watchers) watcher.end();
      watchers.clear();
      rest();
    },
  };
}

/** Does its work after each touch: once at a time, `PAUSE` apart, and always once more after the last. */
function paced(work: () => Promise<void>): () => void {
  let [touched, busy] = [false, false];
  const run = async (): Promise<void> => {
    busy = true;
    while (touched) {
      touched = false;
      await work();
      await wait(PAUSE, undefined, { ref: false });
    }
    busy = false;
  };
  return () => {
    touched = true;
    if (!busy) void run();
  };
}

/** Whether there will be a stream; its head is sent, or why not. */
function welcome(
  { method }: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  hasRoom: boolean,
): boolean {
  if (!hasRoom) {
    response.writeHead(503, { ...headers, 'content-type': 'text/plain', 'retry-after': '30' }).end('Full house.\n');
    return false;
  }
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
  if (method === 'HEAD') response.end();
  else response.write('retry: 1000\n\n');
  return method !== 'HEAD';
}

function deliver(watcher: ServerResponse, message: string): void {
  // Somebody who does not read is given the next picture instead of a queue of old ones.
  if (!watcher.writableNeedDrain) watcher.write(message);
}

/** Any line break ends a line of the protocol, so each one begins a new `data:`. */
const event = (name: string, data: string): string =>
  `event: ${name}\n${data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`;

const BEAT_EVENT = event('beat', '');

import type { IncomingMessage, ServerResponse } from 'node:http';
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

// oxlint-disable-next-line max-lines-per-function -- one closure over one stream's state; its parts are named inside
export function streamOf(source: Source): Stream {
  const watchers = new Set<ServerResponse>();
  let leave: (() => void) | undefined;
  let beat: NodeJS.Timeout | undefined;
  let pause: NodeJS.Timeout | undefined;
  let changed = false;
  let last: string | undefined;

  const send = (message: string): void => {
    for (const watcher of watchers) deliver(watcher, message);
  };
  const update = async (): Promise<void> => {
    changed = false;
    try {
      const drawn = await source.draw();
      send(drawn === last ? BEAT_EVENT : event('board', drawn));
      last = drawn;
    } catch (error) {
      source.onError(error);
      send(event('gone', ''));
    }
  };
  /** One drawing at a time, `PAUSE` apart, and always one after the last change. */
  const touch = (): void => {
    changed = true;
    if (pause !== undefined || watchers.size === 0) return;
    pause = setTimeout(() => undefined, 0);
    clearTimeout(pause);
    void update().then(() => {
      pause = setTimeout(() => {
        pause = undefined;
        if (changed) touch();
      }, PAUSE);
    });
  };
  const stop = (): void => {
    leave?.();
    clearInterval(beat);
    clearTimeout(pause);
    leave = beat = pause = last = undefined;
  };
  const part = (response: ServerResponse): void => {
    watchers.delete(response);
    if (watchers.size === 0) stop();
  };

  return {
    join(request, response, headers) {
      if (watchers.size >= MOST) {
        response.writeHead(503, { ...headers, 'content-type': 'text/plain', 'retry-after': '30' }).end('Full house.\n');
        return;
      }
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      response.once('close', () => part(response));
      watchers.add(response);
      leave ??= source.changes(touch);
      beat ??= setInterval(touch, BEAT);
      response.write('retry: 1000\n\n');
      if (last === undefined) touch();
      else response.write(event('board', last));
    },
    close() {
      for (const watcher of watchers) watcher.end();
      watchers.clear();
      stop();
    },
  };
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

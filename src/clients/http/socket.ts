import type { Socket } from 'node:net';

export interface Patience {
  /** The other side's turn. Waiting again starts anew; `longerMs` is for an answer that takes its time. */
  wait(longerMs?: number): void;
  /** Our own turn: nothing is expected of the other side. */
  rest(): void;
  /** Nothing is waited for any more, whatever is said later. */
  end(): void;
}

/** Gives up when it has been the other side's turn for so long. A slow consumer of ours is not its fault. */
export function patience(milliseconds: number, giveUp: (afterMs: number) => void): Patience {
  let [waiting, over] = [false, false];
  let armed: { readonly timer: NodeJS.Timeout; readonly ms: number } | undefined;
  const end = (): void => {
    over = true;
    clearTimeout(armed?.timer);
  };
  return {
    end,
    rest: () => {
      waiting = false;
    },
    wait: (ms = milliseconds) => {
      if (over) return;
      if (armed?.ms === ms) armed.timer.refresh();
      else {
        clearTimeout(armed?.timer);
        // The connection keeps the process alive; a clock that outlived it would only keep the command line from ending.
        armed = { ms, timer: setTimeout(() => waiting && !over && giveUp(ms), ms).unref() };
      }
      waiting = true;
    },
  };
}

const LINGER_MS = 50;
const lingers = new WeakSet<Socket>();

/**
 * Lets a failed write fail a moment later.
 *
 * A server that refuses an upload answers and closes while we are still writing. Its answer is then waiting in the
 * socket's receive buffer, and a write that fails first would destroy the socket with the answer unread: what reaches
 * the caller would be EPIPE, and not the 429 that says how long to wait.
 */
export function lingering(socket: Socket): void {
  if (lingers.has(socket)) return;
  lingers.add(socket);
  const later =
    (callback: (error?: Error | null) => void) =>
    (error?: Error | null): void =>
      error ? void setTimeout(callback, LINGER_MS, error) : callback(error);
  const [write, writev] = [socket._write.bind(socket), socket._writev?.bind(socket)];
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, later(callback));
  if (writev) socket._writev = (chunks, callback) => writev(chunks, later(callback));
}

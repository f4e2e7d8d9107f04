import type { ClientRequest } from 'node:http';
import { complaintOf } from './body.ts';
import type { Call, Sending } from './call.ts';
import { answerTo, begin } from './exchange.ts';
import { heed, passFor, type Line } from './line.ts';
import { refusal } from './refusal.ts';
import type { Patience } from './socket.ts';

export async function send(line: Line, call: Call, length: number): Promise<Sending> {
  const pass = await passFor(line, call);
  pass.aside();
  const { request, waiting } = begin(line, call, length);
  const turns = turnsOf(request, waiting);
  const answered = answerTo(request, call).then(async (message) => {
    const { statusCode: status = 0, headers } = message;
    const body = heed(pass, status, headers, await complaintOf(message, waiting, call));
    const answer = { status, headers, body, url: call.url, moved: false };
    if (status >= 400) throw refusal(call, answer);
    return answer;
  });
  let failure: { readonly error: unknown } | undefined;
  answered.catch((error: unknown) => {
    failure = { error };
    turns.fail(error);
    request.destroy();
  });
  return {
    write(chunk) {
      if (failure) return rejected(failure.error);
      return chunk.length === 0 ? Promise.resolve() : turns.pass(chunk);
    },
    async end() {
      request.end();
      turns.judge(line.settings.judgeMs);
      return answered;
    },
    abort: () => void request.destroy(),
  };
}

interface Turns {
  /** Resolves when the chunk is gone; until then it is the other side's turn. */
  pass(chunk: Uint8Array): Promise<void>;
  /** All was sent: it is the other side's turn, and stays so. */
  judge(withinMs: number): void;
  /** Whoever waits for a chunk to be gone need not. */
  fail(why: unknown): void;
}

/** Whose turn it is, as a connection comes about and fills and drains. */
function turnsOf(request: ClientRequest, waiting: Patience): Turns {
  let ended = false;
  const leaving = new Set<PromiseWithResolvers<void>>();
  const turn = (): void => {
    if (ended) return;
    if (leaving.size > 0) waiting.wait();
    else waiting.rest();
  };
  request.once('socket', (socket) => {
    if (!socket.connecting || ended) return;
    waiting.wait();
    socket.once('connect', turn);
  });
  return {
    pass(chunk) {
      const gone = Promise.withResolvers<void>();
      // Whoever does not wait for each chunk learns of a failure from the next one, or from the end.
      gone.promise.catch(() => undefined);
      leaving.add(gone);
      request.write(chunk, (error) => {
        // The reason is in the answer, or in the request's own error: what failed here is only a consequence.
        if (error) return;
        leaving.delete(gone);
        turn();
        gone.resolve();
      });
      if (request.socket) waiting.wait();
      return gone.promise;
    },
    judge(withinMs) {
      ended = true;
      waiting.wait(withinMs);
    },
    fail(why) {
      for (const gone of leaving) gone.reject(why);
    },
  };
}

function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}

import { complaintOf } from './body.ts';
import type { Call, Sending } from './call.ts';
import { answerTo, begin } from './exchange.ts';
import { heed, passFor, type Line } from './line.ts';
import { refusal } from './refusal.ts';

export async function send(line: Line, call: Call, length: number): Promise<Sending> {
  const pass = await passFor(line, call);
  pass.aside();
  const { request, waiting } = begin(line, call, length);
  let failure: { readonly error: unknown } | undefined;
  let room: PromiseWithResolvers<void> | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    room?.reject(error);
    request.destroy();
  };
  const answered = answerTo(request, call).then(async (message) => {
    const { statusCode: status = 0, headers } = message;
    const body = heed(pass, status, headers, await complaintOf(message, waiting));
    const answer = { status, headers, body, url: call.url, moved: false };
    if (status >= 400) throw refusal(call, answer);
    return answer;
  });
  answered.catch(fail);
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    waiting.wait();
    socket.once('connect', () => room ?? waiting.rest());
  });
  request.on('drain', () => {
    waiting.rest();
    room?.resolve();
    room = undefined;
  });
  return {
    write(chunk) {
      if (failure) return rejected(failure.error);
      if (chunk.length === 0 || request.write(chunk)) return undefined;
      if (request.socket) waiting.wait();
      room ??= Promise.withResolvers();
      room.promise.catch(() => undefined);
      return room.promise;
    },
    async end() {
      request.end();
      waiting.wait(line.settings.judgeMs);
      return answered;
    },
    abort: () => void request.destroy(),
  };
}

function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}

import type { Answer, Call, Flow, Sending } from './http/call.ts';
import { lineOf } from './http/line.ts';
import { travel, whole } from './http/redirects.ts';
import { persist } from './http/retry.ts';
import { DEFAULTS, type HttpSettings } from './http/settings.ts';
import { send } from './http/upload.ts';

/** Every status is an answer. What is thrown is `OutsideError` where nobody answered, or the signal's reason. */
export interface Http {
  readonly settings: Required<HttpSettings>;
  /** Asks until there is an answer that trying again would not change. */
  ask(call: Call): Promise<Answer>;
  open(call: Call): Promise<Flow>;
  send(call: Call, length: number): Promise<Sending>;
  /** Closes idle connections. */
  close(): void;
}

/** One client for everything that is spoken to: its connections, and each host's patience, are shared by all its users. */
export function httpClient(given: HttpSettings = {}): Http {
  const settings = { ...DEFAULTS, ...given };
  const line = lineOf(settings);
  return {
    settings,
    ask: (call) => persist(line, call, () => whole(line, call)),
    open: (call) => persist(line, call, () => travel(line, call)),
    send: (call, length) => send(line, call, length),
    close: () => [line.plain, line.secure].forEach((agent) => agent.destroy()),
  };
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Answer, Asked, Route } from '../../src/board/serve.ts';
import { Stop } from '../command.ts';
import { readSecrets, type UpState } from './state.ts';

/** What the command line may ask of a world that runs in another process. */
export type Control = Readonly<Record<string, (body: Readonly<Record<string, unknown>>) => unknown>>;

const PREFIX = '/rehearsal/';

/** Routes for the board's server, opened only by the token in the secrets' file. */
export function controlRoutes(token: string, control: Control): Readonly<Record<string, Route>> {
  return Object.fromEntries(
    Object.entries(control).map(([name, act]) => [
      `POST ${PREFIX}${name}`,
      async (asked: Asked): Promise<Answer> => {
        if (!isSame(asked.headers.authorization ?? '', `Bearer ${token}`)) return json(401, { why: 'not allowed' });
        try {
          return json(200, await act(JSON.parse(asked.body.toString('utf8')) as Record<string, unknown>));
        } catch (error) {
          return json(409, { why: error instanceof Error ? error.message : String(error) });
        }
      },
    ]),
  );
}

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body ?? {}),
});

const isSame = (one: string, other: string): boolean => timingSafeEqual(hashed(one), hashed(other));
const hashed = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Asks the world that runs here. A refusal is a sentence for people. */
export async function ask<T>(state: UpState, name: string, body: object, signal: AbortSignal): Promise<T> {
  const answer = await fetch(`${state.board}${PREFIX}${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${readSecrets(state).control}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  const said = (await answer.json()) as T & { readonly why?: string };
  if (!answer.ok) throw new Stop(said.why ?? `the embedded world answered ${answer.status}`);
  return said;
}

import { isLoopback } from '../../core/reference.ts';
import type { Answer, Call, Flow } from './call.ts';
import { LARGEST_ANSWER } from './body.ts';
import { exchange } from './exchange.ts';
import type { Line } from './line.ts';
import { refused } from './refusal.ts';

const MOST_REDIRECTS = 5;

/** An answer with all of its body. */
export async function whole(line: Line, call: Call): Promise<Answer> {
  const { bytes, ...answer } = await travel(line, call, line.settings.deadlineMs);
  if (!bytes) return answer;
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > LARGEST_ANSWER) throw refused(call, `an answer of more than ${LARGEST_ANSWER} bytes`);
    pieces.push(piece);
  }
  return { ...answer, body: Buffer.concat(pieces) };
}

/**
 * Follows redirects by hand. Our key stays with the host that it is for: what a registry redirects to is signed in its
 * address, and storage that is shown another key as well refuses both.
 */
export async function travel(line: Line, call: Call, deadlineMs?: number): Promise<Flow> {
  let at = call;
  for (let moves = 0; ; moves += 1) {
    const flow = await exchange(line, at, whereabouts(call, at), deadlineMs);
    const next = call.follow ? redirected(flow) : undefined;
    if (!next) return flow;
    flow.drop();
    if (moves >= MOST_REDIRECTS) throw refused(call, `more than ${MOST_REDIRECTS} redirects`);
    if (!mayBeAsked(next)) throw refused(call, `a redirect to ${next.protocol}//${next.host}`);
    // What was not sent to one host is not sent to the next either, though that be the first again.
    at = { ...at, url: next, ...(next.origin !== at.url.origin && { headers: withoutAuthorization(at.headers) }) };
  }
}

const whereabouts = (call: Call, at: Call): Pick<Answer, 'moved' | 'elsewhere'> => ({
  moved: at !== call,
  ...(at.headers !== call.headers && { elsewhere: true as const }),
});

function redirected({ status, headers, url }: Flow): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || !headers.location) return undefined;
  return URL.parse(headers.location, url) ?? undefined;
}

/** In the clear only to this machine: also what a registry tells us to ask. */
export const mayBeAsked = ({ protocol, host }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && isLoopback(host));

const withoutAuthorization = (headers: Call['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));

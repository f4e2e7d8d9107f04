import { OutsideError, type Trouble } from '../core/outside-error.ts';
import { gravestFirst, newsHeadline, type News } from '../core/report.ts';
import { seconds } from '../core/time.ts';
import type { Crew } from '../ports.ts';
import { httpClient } from './http.ts';
import { mayBeAsked } from './http/redirects.ts';
import type { Answer, Call } from './http/call.ts';

export interface SlackSettings {
  /** An incoming webhook's address. It is a password: whoever has it writes into the channel. */
  readonly webhook: (signal?: AbortSignal) => Promise<string>;
  /** Whose news it is: `ai.coder.com`. */
  readonly estate: string;
  /** Where people can see the whole picture. */
  readonly board?: string;
  /** What this channel hears of. Left out: everything. */
  readonly hears?: readonly News['kind'][];
  /** One message, with its retries. What does not get through is for the next time. */
  readonly withinMs?: number;
  readonly ask?: (call: Call) => Promise<Answer>;
}

const SERVICE = 'slack';
const OPERATION = 'tell the crew';

/** Tells a channel of Slack, all that is news at one moment as one message. */
export function slackCrew(settings: SlackSettings): Crew {
  const { hears, withinMs = seconds(15) } = settings;
  const ask = settings.ask ?? httpClient({ tries: 3, longestWaitMs: withinMs, deadlineMs: seconds(10) }).ask;
  return {
    async say(news) {
      const heard = news.filter(({ kind }) => hears?.includes(kind) ?? true);
      if (heard.length === 0) return;
      const late = AbortSignal.timeout(withinMs);
      const url = addressIn(await settings.webhook(late));
      const body = JSON.stringify(messageOf(heard, settings));
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      const call = {
        service: SERVICE,
        operation: OPERATION,
        method: 'POST',
        url,
        headers,
        body,
        signal: late,
      } as const;
      const answer = await ask(call).catch((error: unknown) => {
        throw late.aborted ? trouble('timeout', `no answer after ${withinMs / 1_000} s`) : error;
      });
      if (answer.status !== 200) throw complaint(answer);
    },
  };
}

/** The fault does not repeat the address. */
function addressIn(text: string): URL {
  const url = URL.parse(text.trim());
  if (url && mayBeAsked(url)) return url;
  throw trouble('refused', 'the secret does not hold an incoming webhook’s address (https://…)');
}

const trouble = (what: Trouble, detail: string, status?: number): OutsideError =>
  new OutsideError({
    service: SERVICE,
    operation: OPERATION,
    trouble: what,
    detail,
    ...(status !== undefined && { status }),
  });

/** Slack says why in one word, such as `channel_is_archived`; longer answers are pages, and may repeat the address. */
function complaint({ status, body }: Answer): OutsideError {
  const said = body.toString('utf8').trim();
  const detail = /^[a-z_]{1,60}$/.test(said) ? said : 'it did not say why';
  if (status === 429) return trouble('throttled', detail, status);
  if (status === 403) return trouble('unauthorized', detail, status);
  if (status === 404 || status === 410)
    return trouble('absent', `${detail}: was the webhook or its channel removed?`, status);
  return trouble(status >= 500 ? 'broken' : 'refused', detail, status);
}

/** Slack takes 50 blocks of 3,000 characters; one block is ours. */
const MOST_SECTIONS = 48;
const LONGEST_SECTION = 3_000;

/** `text` is what a phone shows before the message is opened; the blocks are the message. */
function messageOf(news: readonly News[], { estate, board }: SlackSettings): object {
  const sorted = gravestFirst(news);
  const headline = escaped(newsHeadline(estate, news));
  const said = sorted.slice(0, MOST_SECTIONS);
  const more = sorted.length - said.length;
  const foot = [...(more > 0 ? [`… and ${more} more`] : []), ...(board === undefined ? [] : [`<${board}|the board>`])];
  return {
    text: headline,
    blocks: [
      section(`*${headline}*`),
      ...said.map((item) => section(paragraphOf(item))),
      ...(foot.length > 0 ? [{ type: 'context', elements: [{ type: 'mrkdwn', text: foot.join(' · ') }] }] : []),
    ],
    unfurl_links: false,
  };
}

const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } });

/** Its first word says how bad it is; cut before it is escaped, so that no entity is torn apart. */
function paragraphOf({ line }: News): string {
  const [, word = '', rest = line] = /^(\w[\w ]{0,20}):([^]*)$/.exec(line) ?? [];
  const head = word === '' ? '' : `*${escaped(word)}:*`;
  let body = escaped(rest);
  for (let keep = rest.length; head.length + body.length > LONGEST_SECTION; keep -= 100) {
    body = `${escaped(rest.slice(0, keep))}…`;
  }
  return head + body;
}

/** The three characters that Slack reads as its own: without this a subject could ring everybody, as `<!channel>`. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

import { parseJson } from '../core/json.ts';
import { onEstate, paragraphsOf, type Paragraph } from '../core/message.ts';
import { OutsideError, type Trouble } from '../core/outside-error.ts';
import { newsHeadline, type News, type Severity } from '../core/report.ts';
import { seconds } from '../core/time.ts';
import type { Road } from '../ports.ts';
import { httpClient } from './http.ts';
import { mayBeAsked } from './http/redirects.ts';
import type { Answer, Call } from './http/call.ts';

export interface SlackSettings {
  /** What people call the channel. */
  readonly name: string;
  /**
   * An incoming webhook's address, or a bot's token (`xoxb-…`) together with `channel`. Either is a password: whoever has
   * it writes into the channel.
   */
  readonly secret: () => Promise<string>;
  /** The channel's id, such as `C0123456789`. A webhook has its own, and needs none. */
  readonly channel?: string;
  /** Whose news it is: `ai.coder.com`. */
  readonly estate: string;
  /** Where people can see the whole picture. */
  readonly board?: string;
  readonly hears?: readonly Severity[];
  /** Where Slack's own API answers, for whoever has a token. */
  readonly api?: string;
  /** One message, with its retries. What does not get through is for the next time. */
  readonly withinMs?: number;
  readonly ask?: (call: Call) => Promise<Answer>;
}

const SERVICE = 'slack';
const OPERATION = 'tell the crew';

/** Tells a channel of Slack, all that is news at one moment as one message. */
export function slackRoad(settings: SlackSettings): Road {
  const { name, hears, withinMs = seconds(15) } = settings;
  const ask = settings.ask ?? httpClient({ tries: 3, longestWaitMs: withinMs, deadlineMs: seconds(10) }).ask;
  return {
    name,
    ...(hears && { hears }),
    async say(news) {
      if (news.length === 0) return;
      const late = AbortSignal.timeout(withinMs);
      const { url, headers, channel } = doorOf(await settings.secret(), settings);
      const answer = await ask({
        service: SERVICE,
        operation: OPERATION,
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
        body: JSON.stringify({ ...channel, ...messageOf(news, settings) }),
        signal: late,
      }).catch((error: unknown) => {
        throw late.aborted ? trouble('timeout', `no answer after ${withinMs / 1_000} s`) : error;
      });
      const complaint = complaintIn(answer, channel !== undefined);
      if (complaint) throw complaint;
    },
  };
}

interface Door {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly channel?: { readonly channel: string };
}

/** By what the secret looks like. The fault repeats nothing of it. */
function doorOf(text: string, { channel, api = 'https://slack.com' }: SlackSettings): Door {
  const secret = text.trim();
  if (/^xox[a-z]-[\w-]+$/.test(secret)) {
    if (channel === undefined) throw trouble('refused', 'a token needs the channel’s id, and the estate names none');
    return {
      url: new URL('/api/chat.postMessage', api),
      headers: { authorization: `Bearer ${secret}` },
      channel: { channel },
    };
  }
  const url = URL.parse(secret);
  if (url && mayBeAsked(url)) return { url };
  throw trouble('refused', 'the secret holds neither an incoming webhook’s address (https://…) nor a token (xoxb-…)');
}

const trouble = (what: Trouble, detail: string, status?: number): OutsideError =>
  new OutsideError({
    service: SERVICE,
    operation: OPERATION,
    trouble: what,
    detail,
    ...(status !== undefined && { status }),
  });

/**
 * Why it was not taken; nothing where it was. A webhook says so in one word, such as `channel_is_archived`, and longer
 * answers are pages that may repeat the address. The API answers 200 to everything and has the word in its JSON.
 */
function complaintIn({ status, body }: Answer, isApi: boolean): OutsideError | undefined {
  const said = body.toString('utf8').trim();
  const answer = isApi ? (parseJson(said) as { ok?: unknown; error?: unknown } | null | undefined) : undefined;
  if (status === 200 && (!isApi || answer?.ok === true)) return undefined;
  const word = isApi ? String(answer?.error) : said;
  const detail = /^[a-z_]{1,60}$/.test(word) ? word : 'it did not say why';
  const [what, remedy] = TROUBLES.find(([, , pattern]) => pattern.test(`${status} ${detail}`)) ?? ['refused', ''];
  return trouble(what, detail + remedy, status);
}

/** By status or word, the first that fits. */
const TROUBLES: readonly (readonly [what: Trouble, remedy: string, pattern: RegExp])[] = [
  ['throttled', '', /^429|rate_?limited/],
  ['absent', ': was the webhook or its channel removed?', /^404|^410|is_archived/],
  ['absent', ': is that the channel’s id, and is the bot a member of it?', /not_in_channel|channel_not_found/],
  ['unauthorized', ': is the token or the address still good?', /^40[13]|auth|token|inactive|scope/],
  ['broken', '', /^5|_error|unavailable/],
];

/**
 * Slack takes 50 blocks of 3,000 characters, of which two are ours, and, as it does not say, about 13,000 characters in
 * all blocks together: what is longer is refused whole, `msg_blocks_too_long`.
 */
const MOST_SECTIONS = 48;
const LONGEST_SECTION = 3_000;
const ROOM = 11_500;

/** `text` is what a phone shows before the message is opened; the blocks are the message. */
function messageOf(news: readonly News[], { estate, board }: SlackSettings): object {
  const headline = escaped(newsHeadline(estate, news));
  const all = paragraphsOf(news).map((paragraph) => sectionOf(onEstate(paragraph, estate)));
  const said = fitting(all);
  const more = all.length - said.length;
  const foot = [...(more > 0 ? [`… and ${more} more`] : []), ...(board === undefined ? [] : [`<${board}|the board>`])];
  return {
    text: headline,
    blocks: [
      section(`*${headline}*`),
      ...said.map(section),
      ...(foot.length > 0 ? [{ type: 'context', elements: [{ type: 'mrkdwn', text: foot.join(' · ') }] }] : []),
    ],
    unfurl_links: false,
  };
}

/** As many as a message holds. The first always fits, because a paragraph is cut. */
function fitting(paragraphs: readonly string[]): readonly string[] {
  let room = ROOM;
  const end = paragraphs.findIndex((paragraph) => (room -= paragraph.length) < 0);
  return paragraphs.slice(0, Math.min(MOST_SECTIONS, end < 0 ? paragraphs.length : end));
}

const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } });

/** Its first words say how bad it is and what it is about. */
function sectionOf({ word, title, details, remedies }: Paragraph): string {
  const lines = [
    ...details.map(({ label, text }) => [`_${label}_ `, text] as const),
    ...remedies.flatMap(({ say, command }) => [
      ['→ ', say] as const,
      ...(command === undefined ? [] : [['`', command, '`'] as const]),
    ]),
  ];
  const parts = [[word === '' ? '' : `*${escaped(word)}:* `, title] as const, ...lines];
  let room = LONGEST_SECTION;
  return parts
    .map(([before, text, after = '']) => {
      const cut = before + shortened(text, room - before.length - after.length - 1) + after;
      room -= cut.length + 1;
      return room > 0 ? cut : '';
    })
    .filter((line) => line !== '')
    .join('\n');
}

/** Cut before it is escaped, so that no entity is torn apart. */
function shortened(text: string, room: number): string {
  let keep = text.length;
  while (keep > 0 && escaped(text.slice(0, keep)).length + 1 > room) keep -= Math.max(1, Math.ceil(keep / 50));
  return keep < text.length ? `${escaped(text.slice(0, keep))}…` : escaped(text);
}

/** The three characters that Slack reads as its own: without this a subject could ring everybody, as `<!channel>`. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

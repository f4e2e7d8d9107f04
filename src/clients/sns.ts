import { linesOf, onEstate, paragraphsOf } from '../core/message.ts';
import { newsHeadline, type News, type Severity } from '../core/report.ts';
import { E_MAIL } from '../core/untold.ts';
import type { Road } from '../ports.ts';
import { signedPost, type AwsCaller } from './signed-post.ts';

export interface SnsSettings {
  /** The topic's ARN. */
  readonly topic: string;
  /** Whose news it is, for the subject: `ai.coder.com`. */
  readonly estate: string;
  /** Where people can see the whole picture. */
  readonly board?: string;
  readonly hears?: readonly Severity[];
  readonly now: () => Date;
  readonly caller: AwsCaller;
}

/** Tells the crew by one message to a topic, and so by e-mail to whoever subscribed. */
export function snsRoad(settings: SnsSettings): Road {
  const { topic, estate, hears, now, caller } = settings;
  return {
    name: E_MAIL,
    ...(hears && { hears }),
    async say(news) {
      if (news.length === 0) return;
      const form = {
        Action: 'Publish',
        Version: '2010-03-31',
        TopicArn: topic,
        Subject: subjectOf(estate, news),
        Message: messageOf(news, settings),
      };
      const body = new URLSearchParams(form).toString();
      const service = { service: 'sns', name: 'sns', headers: FORM } as const;
      await signedPost({ ...service, operation: 'tell the crew', body, now: now() }, caller);
    },
  };
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const LONGEST_SUBJECT = 100;

/** ASCII and one line, or SNS refuses the whole message. */
const subjectOf = (estate: string, news: readonly News[]): string =>
  newsHeadline(estate, news)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, LONGEST_SUBJECT);

/** SNS takes 262,144 bytes; a little is left for what it counts besides. */
const ROOM = 250_000;

/** As many paragraphs as fit; how many did not is the last line, since silence about them would read as good news. */
function messageOf(news: readonly News[], { estate, board }: SnsSettings): string {
  const paragraphs = paragraphsOf(news);
  const foot = board === undefined ? [] : [`The board: ${board}`];
  const said: string[] = [];
  let room = ROOM;
  for (const [index, paragraph] of paragraphs.entries()) {
    const text = linesOf(onEstate(paragraph, estate)).join('\n');
    room -= Buffer.byteLength(text) + 2;
    if (room < 0) {
      const more = `… and ${paragraphs.length - index} more than a message can hold.`;
      return [...said, more, ...foot].join('\n\n');
    }
    said.push(text);
  }
  return [...said, ...foot].join('\n\n');
}

import { linesOf, paragraphsOf } from '../core/message.ts';
import { newsHeadline, type News } from '../core/report.ts';
import { spoken } from '../core/time.ts';
import { html, type Html } from './html.ts';
import { relative } from './words.ts';

/** What a channel was told at one moment. */
export interface Telling {
  readonly road: string;
  readonly at: Date;
  readonly news: readonly News[];
}

/** A message as it was read, in the very words of the e-mail and the channel. */
export interface MessageView {
  readonly road: string;
  readonly at: Date;
  readonly headline: string;
  readonly paragraphs: readonly { readonly kind: News['kind']; readonly lines: readonly string[] }[];
}

/** The newest first. */
export const messageViews = (told: readonly Telling[], estate: string): MessageView[] =>
  told.toReversed().map(({ road, at, news }) => ({
    road,
    at,
    headline: newsHeadline(estate, news),
    paragraphs: paragraphsOf(news).map((paragraph) => ({ kind: paragraph.kind, lines: linesOf(paragraph) })),
  }));

const paragraphBlock = ({ kind, lines: [first = '', ...rest] }: MessageView['paragraphs'][number]): Html =>
  html`<div class="${kind}">
    <p><b>${first}</b></p>
    ${rest.map((line) => (line.startsWith(COMMAND) ? html`<p><code>${line.trim()}</code></p>` : html`<p>${line.trim()}</p>`))}
  </div>`;

const COMMAND = '    npx ';

export const messagesFragment = (messages: readonly MessageView[], now: Date): Html =>
  html`<ol class="messages">
    ${messages.map(
      ({ road, at, headline, paragraphs }) =>
        html`<li>
          <h3>${headline}</h3>
          <p class="state">
            <time datetime="${at.toISOString()}" title="${spoken(at)}">${relative(now, at)}</time>, to ${road}
          </p>
          ${paragraphs.map(paragraphBlock)}
        </li>`,
    )}
  </ol>`;

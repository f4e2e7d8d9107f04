import { createHash } from 'node:crypto';
import { html, markupOf, ours } from './html.ts';
import { LIVE_SCRIPT } from './live.ts';
import { fragment, icon, titleOf } from './fragment.ts';
import { STYLE } from './style.ts';
import type { View } from './view.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

/** Tells a page that was drawn by another version of Greenroom from one of our own. */
const VERSION = sha256(STYLE + LIVE_SCRIPT).slice(0, 8);

/** Nothing from elsewhere, nothing inline but the one style sheet and the one script whose hashes stand here. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${sha256(STYLE)}'`,
  `script-src 'sha256-${sha256(LIVE_SCRIPT)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

// Whole elements, because the hashes above are of every character between the tags, and a formatter moves those.
const STYLE_ELEMENT = ours(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = ours(`<script>${LIVE_SCRIPT}</script>`);

/** What is inside `<main id="board">`: the same for the page, the event stream and a widget without scripts. */
export const boardFragment = (view: View): string => markupOf(fragment(view, VERSION));

/** The whole page. Complete without scripts: then it asks the browser to load it again now and then. */
export const boardPage = (view: View): string =>
  markupOf(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>${titleOf(view)}</title>
          <link rel="icon" href="${icon(view.verdict.word)}" />
          ${STYLE_ELEMENT}
          <noscript><meta http-equiv="refresh" content="30" /></noscript>
        </head>
        <body>
          <a class="skip" href="#board">Skip to the verdict</a>
          <header>
            <p class="mark">Greenroom</p>
            <p class="estate">${view.estate}</p>
            <p class="live" id="live" role="status">
              <noscript>Loads itself anew every 30 seconds. <a href="">Load now</a></noscript>
            </p>
          </header>
          <main id="board" tabindex="-1">${fragment(view, VERSION)}</main>
          <footer>
            <p>All times are UTC. The same as data: <a href="api/board.json">board.json</a></p>
          </footer>
          ${SCRIPT_ELEMENT}
        </body>
      </html> `,
  );

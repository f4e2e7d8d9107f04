import { WARNINGS_DAYS } from '../core/credential.ts';
import { between, days, minus, plus } from '../core/time.ts';
import type { BandView, CredentialLine, CredentialsView } from './credentials.ts';
import { html, type Html } from './html.ts';
import { clockOf, dayOf, untilOf } from './when.ts';

// Positions are percentages of an SVG without a view box: shapes stretch with the page, and letters do not.

/** Each credential as a line to its end, across the windows of the workshops ahead. Everything drawn is said as well. */
export function credentialsFragment(view: CredentialsView | undefined): Html | undefined {
  if (!view) return undefined;
  return html`<section id="about-credentials" aria-labelledby="credentials">
    <h2 id="credentials">What ends by itself <small>and the workshops that it has to outlast</small></h2>
    ${legend(view)}
    <table role="table" class="board lives">
      <caption>
        Credentials, when each ends, and whether it lasts
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">What</th>
          <th role="columnheader" scope="col">Lasts?</th>
          <th role="columnheader" scope="col">Ends</th>
          <td aria-hidden="true">${axis(view)}</td>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${view.lines.map((line, index) => row(line, view, index))}
      </tbody>
    </table>
  </section>`;
}

function legend({ workshops }: CredentialsView): Html {
  const marks = workshops.map(
    ({ mark, title, starts, outlast }) =>
      html`<li>
        <b>${mark}</b> ${title}, ${dayOf(starts)} ${clockOf(starts)}:
        <span>nothing may end before ${dayOf(outlast)} ${clockOf(outlast)}</span>
      </li>`,
  );
  return workshops.length === 0
    ? html`<p class="state">No workshop is near.</p>`
    : html`<ul class="marks">
        ${marks}
      </ul>`;
}

const WORDS = { ok: 'lasts', warn: 'soon over', fail: 'does not last', unknown: 'unknown' } as const;

function wordOf({ status, endsIn, broken }: CredentialLine): string {
  if (broken) return 'does not work';
  if (endsIn === undefined) return WORDS[status];
  return status === 'fail' ? `ends in ${endsIn}` : `ends a day after ${endsIn}`;
}

function row(line: CredentialLine, view: CredentialsView, index: number): Html {
  const { name, about, status, ask, have, endsIn } = line;
  return html`<tr role="row" id="credential-${index}">
    <th role="rowheader" scope="row">${name}${about !== undefined && html`<small>${about}</small>`}</th>
    <td role="cell" data-head="Lasts?" class="cell ${status}">
      <span class="state">${wordOf(line)}</span>
      ${status !== 'ok' && endsIn === undefined && html`<small>${have}</small>`}
      ${ask !== undefined && html`<small>${ask}</small>`}
    </td>
    <td role="cell" data-head="Ends" class="num">${endOf(line, view)}</td>
    <td class="drawn" aria-hidden="true">${life(line, view)}</td>
  </tr>`;
}

function endOf({ ends, left }: CredentialLine, { from }: CredentialsView): Html {
  if (!(ends instanceof Date)) return html`${ends ?? 'unknown'}`;
  const words = between(from, ends) < days(300) ? untilOf(ends, from) : ends.toISOString().slice(0, 10);
  return html`<time datetime="${ends.toISOString()}">${words}</time>${left !== '' && html`<small>${left}</small>`}`;
}

/** Where an instant stands between the two ends of the drawing. */
function at(instant: Date, { from, until }: Pick<CredentialsView, 'from' | 'until'>): string {
  const share = between(from, instant) / between(from, until);
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`;
}

function width(from: Date, until: Date, view: CredentialsView): string {
  return `${(Number.parseFloat(at(until, view)) - Number.parseFloat(at(from, view))).toFixed(2)}%`;
}

/** At most so many days have their names. */
const LABELS = 7;
const LAST_LABEL_PERCENT = 90;

function axis(view: CredentialsView): Html {
  const { from, until, workshops } = view;
  const first = new Date(plus(from, days(1)).toISOString().slice(0, 10));
  const count = Math.floor(between(first, until) / days(1));
  const every = Math.ceil(count / LABELS);
  const named = Array.from({ length: Math.ceil(count / every) }, (_, index) => plus(first, days(index * every)));
  // A name that begins at the edge would leave the page.
  const fitting = named.filter((day) => Number.parseFloat(at(day, view)) <= LAST_LABEL_PERCENT);
  return html`<svg class="axis" width="100%" height="44">
    ${fitting.map(
      (day, index) =>
        html`<g class="${index % 2 === 1 ? 'minor' : ''}">
          <line class="tick" x1="${at(day, view)}" x2="${at(day, view)}" y1="38" y2="44" />
          <text x="${at(day, view)}" y="34" dx="2">${dayOf(day).replace(/^\w+ /, '')}</text>
        </g>`,
    )}
    ${workshops.map((band) => html`<text class="mark" x="${at(band.from, view)}" y="14">${band.mark}</text>`)}
  </svg>`;
}

function life(line: CredentialLine, view: CredentialsView): Html {
  const { ends, status } = line;
  const isKnown = ends !== undefined;
  const end = ends instanceof Date ? ends : view.until;
  const isBeyond = end >= view.until;
  return html`<svg class="life ${status}" width="100%" height="40">
    ${view.workshops.map((band) => bandOf(band, line, view))}
    <line class="${isKnown ? 'span' : 'span guess'}" x1="0" x2="${at(end, view)}" y1="22" y2="22" />
    ${ends instanceof Date && warnings(ends, view)}
    <svg class="end" x="${at(end, view)}" y="22" overflow="visible">${isBeyond ? BEYOND : ENDS[status]}</svg>
  </svg>`;
}

function bandOf({ mark, from, until, outlast }: BandView, { endsIn }: CredentialLine, view: CredentialsView): Html {
  const hit = endsIn === mark ? ' hit' : '';
  return html`<rect class="margin${hit}" x="${at(until, view)}" width="${width(until, outlast, view)}" height="40" />
    <rect class="band${hit}" x="${at(from, view)}" width="${width(from, until, view)}" height="40" />
    <text class="mark" x="${at(from, view)}" y="12">${mark}</text>`;
}

/** Where people are warned: at the left of each end, in days. */
function warnings(ends: Date, view: CredentialsView): Html[] {
  return WARNINGS_DAYS.map((left) => ({ left, day: minus(ends, days(left)) }))
    .filter(({ day }) => view.from <= day && day < view.until)
    .map(
      ({ left, day }) =>
        html`<line class="tick" x1="${at(day, view)}" x2="${at(day, view)}" y1="15" y2="29" />
          <text class="days" x="${at(day, view)}" y="39">${left} d</text>`,
    );
}

const BEYOND = html`<path d="M-9-6L-1 0L-9 6" />`;
const BAR = html`<path d="M0-9V9" />`;
const CROSS = html`<path d="M-7-7L7 7M-7 7L7-7" />`;
const ENDS = { ok: BAR, warn: BAR, fail: CROSS, unknown: BAR } as const;

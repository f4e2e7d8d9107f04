import { spokenBytes } from '../core/bytes.ts';
import { spoken, spokenDuration } from '../core/time.ts';
import type { RemedyView } from '../core/remedy.ts';
import type { FindingView } from './findings.ts';
import type { HistoryView, PromotionView } from './history.ts';
import { html, type Html } from './html.ts';
import type { CellView, ImageView, Parity, ReleaseView, Side } from './releases.ts';
import { credentialsFragment } from './credential-chart.ts';
import { roomFragment } from './room.ts';
import type { LegView, RunView } from './runs.ts';
import { timelineFragment } from './timeline.ts';
import { messagesFragment } from './told.ts';
import type { Verdict } from './verdict.ts';
import type { HoldView, PinView, View } from './view.ts';
import { count, percent, relative, roughly } from './words.ts';

export const titleOf = ({ verdict, estate }: View): string => `${verdict.word} · ${estate} · Greenroom`;

const SHAPES = {
  GO: ['#1c7c4c', '<circle cx="16" cy="16" r="13" fill="FILL"/>'],
  'NO-GO': ['#b3261e', '<path d="M10 2h12l8 8v12l-8 8H10l-8-8V10z" fill="FILL"/>'],
  UNKNOWN: [
    '#8a6a00',
    '<circle cx="16" cy="16" r="11" fill="none" stroke="FILL" stroke-width="5" stroke-dasharray="9 5"/>',
  ],
} as const;

/** The verdict as a favicon: a disc, an octagon or a broken ring, so that a tab can be read without its colour. */
export function icon(word: Verdict['word']): string {
  const [colour, shape] = SHAPES[word];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${shape.replace('FILL', colour)}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** The board without the page around it. */
export const fragment = (view: View, version: string): Html =>
  html`${hero(view, version)}${timelineFragment(view.timeline, view.at)}${roomFragment(view.room, view.at)}${credentialsFragment(view.credentials)}${now(view)}${images(view)}${findings(view)}${messages(view)}${wishes(view)}${history(view)}`;

const time = (at: Date, words: string): Html =>
  html`<time datetime="${at.toISOString()}" title="${spoken(at)}">${words}</time>`;
const ago = (now: Date, at: Date): Html => time(at, relative(now, at));

function hero(view: View, version: string): Html {
  const { verdict, at, lookedAt } = view;
  const kind = verdict.word.toLowerCase();
  return html`<section
    class="verdict ${kind}"
    aria-labelledby="verdict"
    data-v="${version}"
    data-title="${titleOf(view)}"
    data-icon="${icon(verdict.word)}"
  >
    <div aria-live="polite" aria-atomic="true">
      <h1 id="verdict">${cue(verdict.word)}<span>${verdict.word}</span></h1>
      <p class="why">${verdict.why}</p>
    </div>
    ${verdict.remedy && remedy(verdict.remedy)}
    <p class="asof">As of ${time(lookedAt, spoken(lookedAt))}, ${relative(at, lookedAt)}</p>
  </section>`;
}

function cue(word: Verdict['word']): Html {
  const inside = {
    GO: html`<circle cx="16" cy="16" r="14" />`,
    'NO-GO': html`<path d="M10 2h12l8 8v12l-8 8H10l-8-8V10z" />`,
    UNKNOWN: html`<circle cx="16" cy="16" r="12" class="ring" />`,
  };
  return html`<svg class="cue" viewBox="0 0 32 32" aria-hidden="true">${inside[word]}</svg>`;
}

const remedy = ({ by, say, command }: RemedyView): Html =>
  html`<div class="remedy">
    <p>${by === 'person' ? 'To do: ' : ''}${say}</p>
    ${command !== undefined && html`<code>${command}</code>`}
  </div>`;

// Each section has an id, because the script that keeps the page live matches by it: one that comes must not take the
// place of the next.
const section = (id: string, title: string, body: Html, kind = ''): Html =>
  html`<section id="about-${id}" class="${kind}" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${body}
  </section>`;

function now(view: View): Html | undefined {
  const { running } = view;
  return running.length === 0 ? undefined : section('now', 'Now', html`${running.map((run) => runBlock(run, view))}`);
}

function runBlock(run: RunView, { at }: View): Html {
  const what = html`<b>${run.release}</b> ${run.short && html`<span class="to">to ${name(run)}</span>`}`;
  const state = run.ended
    ? html`<span class="${run.ended.well ? 'well' : 'ill'}">${run.ended.result}</span>
        ${ago(at, run.ended.at)}${run.ended.why !== undefined && html`: ${run.ended.why}`}`
    : html`since
      ${time(run.startedAt, roughly(run.elapsedMs))}${run.etaMs !== undefined && html`, about ${roughly(run.etaMs)} to go`}`;
  return html`<article class="run">
    <h3>${what}</h3>
    <p class="state">${state}</p>
    ${
      // A run that was taken back leaves no region where its last event left it.
      run.ended?.well !== false && legs(run)
    }
  </article>`;
}

const legs = (run: RunView): Html =>
  html`<ul class="legs">
    ${run.legs.map(legLine)}
  </ul>`;

function legLine(leg: LegView): Html {
  const rate = leg.perSecond >= 1 ? html` <span class="rate">${spokenBytes(leg.perSecond)}/s</span>` : undefined;
  const eta =
    leg.etaMs !== undefined && leg.etaMs > 0 ? html` <span class="eta">${roughly(leg.etaMs)}</span>` : undefined;
  return html`<li>
    <span class="city">${leg.city}</span>
    <progress max="100" value="${Math.floor(leg.fraction * 100)}" aria-label="${leg.city}"></progress>
    <span class="phase">${leg.phase}</span> <span class="num">${percent(leg.fraction)}</span>
    <span class="bytes">${spokenBytes(leg.bytes)} of ${spokenBytes(leg.of)}</span>${rate}${eta}
  </li>`;
}

const name = ({ label, short }: Side): Html =>
  html`${label !== undefined && html`<span class="label">${label}</span> `}<code>${short}</code>`;

function images(view: View): Html {
  return html`${view.images.map((image, index) => imageSection(image, view, index))}`;
}

function imageSection(image: ImageView, view: View, index: number): Html {
  const loud = image.releases.filter(({ quiet }) => !quiet);
  const quiet = image.releases.filter(({ quiet }) => quiet);
  const folded = quiet.length > 3;
  const id = `image-${index}`;
  return html`<section id="about-${id}" class="image" aria-labelledby="${id}">
    <h2 id="${id}">${image.name} <small>${image.source}</small></h2>
    ${(!folded || loud.length > 0) && table(image, folded ? loud : image.releases, view, id)}
    ${
      folded &&
      html`<details id="${id}-quiet">
        <summary>${count(quiet.length, 'version')} in step everywhere</summary>
        ${table(image, quiet, view, `${id}-quiet`)}
      </details>`
    }
  </section>`;
}

function table(image: ImageView, releases: readonly ReleaseView[], view: View, id: string): Html {
  return html`<table role="table" class="board">
    <caption>
      ${image.name} in every region
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Tag</th>
        <th role="columnheader" scope="col">Source</th>
        ${view.regions.map(({ city, region }) => html`<th role="columnheader" scope="col">${city} <small>${region}</small></th>`)}
        <th role="columnheader" scope="col">Parity</th>
        <th role="columnheader" scope="col">Skew</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${releases.map((release) => row(release, view, id))}
    </tbody>
  </table>`;
}

function row(release: ReleaseView, { at }: View, id: string): Html {
  const { tag, key, wanted, cells, parity, skewMs, promotedAt, pin, hold } = release;
  return html`<tr role="row" id="${id}-${key}">
    <th role="rowheader" scope="row">
      ${tag} ${pin && html`<small class="pinned">pinned</small>`}${hold && html`<small class="held">held</small>`}
    </th>
    <td role="cell" data-head="Source">${wanted.short === undefined ? wanted.note : name(wanted)}</td>
    ${cells.map((cell) => cellBox(cell, at))}
    <td role="cell" data-head="Parity" class="parity ${parity.holds}">${parityWords(parity)}</td>
    <td role="cell" data-head="Skew" class="num">
      ${skewMs === undefined ? '–' : spokenDuration(skewMs)}${promotedAt && html`<small>${ago(at, promotedAt)}</small>`}
    </td>
  </tr>`;
}

const parityWords = ({ holds, agree, of }: Parity): Html =>
  html`${agree} of ${of}<small>${holds === 'unknown' ? 'unknown' : holds === 'yes' ? 'agree' : 'do not agree'}</small>`;

function cellBox({ city, state, short, label, note, since, fraction }: CellView, at: Date): Html {
  return html`<td role="cell" data-head="${city}" class="cell ${state.replace(' ', '-')}">
    <span class="state">${state}</span>
    ${fraction !== undefined && html`<progress max="100" value="${Math.floor(fraction * 100)}" aria-label="${city}"></progress>`}
    ${short !== undefined && html`<span class="what">${name({ short, ...(label !== undefined && { label }) })}</span>`}
    ${note !== undefined ? html`<small>${note}</small>` : since && html`<small>for ${time(since, roughly(at.getTime() - since.getTime()))}</small>`}
  </td>`;
}

function findings({ findings, at }: View): Html {
  const amiss = findings.filter(({ status }) => status !== 'ok');
  const fine = findings.filter(({ status }) => status === 'ok');
  const body = html`${
    amiss.length > 0
      ? html`<ul class="findings">
          ${amiss.map((each) => findingLine(each, at))}
        </ul>`
      : html`<p>Nothing is amiss.</p>`
  }
  ${
    fine.length > 0 &&
    html`<details id="fine">
      <summary>${count(fine.length, 'finding')} ok</summary>
      <ul class="findings">
        ${fine.map((each) => findingLine(each, at))}
      </ul>
    </details>`
  }`;
  return section('findings', 'Findings', body);
}

const findingLine = ({ check, subject, status, evidence, remedy: way, since }: FindingView, at: Date): Html =>
  html`<li class="${status}">
    <span class="status">${status}</span>
    <h3>${subject}</h3>
    <p class="check">${check}${since && html`, since ${time(since, spoken(since))} (${relative(at, since)})`}</p>
    <dl>
      <div>
        <dt>want</dt>
        <dd>${evidence.want}</dd>
      </div>
      <div>
        <dt>have</dt>
        <dd>${evidence.have}</dd>
      </div>
    </dl>
    ${way && remedy(way)}
  </li>`;

const messages = ({ messages, at }: View): Html | undefined =>
  messages.length === 0 ? undefined : section('told', 'What people were told', messagesFragment(messages, at));

function wishes({ pins, holds, at }: View): Html | undefined {
  if (pins.length === 0 && holds.length === 0) return undefined;
  return section(
    'wishes',
    'Pins and holds',
    html`<ul class="wishes">
      ${holds.map((hold) => holdLine(hold, at))}${pins.map((pin) => pinLine(pin, at))}
    </ul>`,
  );
}

const holdLine = (hold: HoldView, at: Date): Html =>
  html`<li>
    <b>Hold</b> on ${hold.scope === '*' ? 'every image' : hold.scope},
    ${hold.inForce ? '' : html`from ${time(hold.since, spoken(hold.since))} `}until
    ${time(hold.until, spoken(hold.until))} (${relative(at, hold.until)}): ${hold.why} <small>by ${hold.by}</small>
  </li>`;

const pinLine = (pin: PinView, at: Date): Html =>
  html`<li>
    <b>Pin</b> on ${pin.image}:${pin.tag} at ${pin.label} <code>${pin.digest.slice(7, 19)}</code>: ${pin.why}
    <small
      >by ${pin.by}, ${ago(at, pin.since)}, until someone lifts it:
      <code>npx greenroom unpin ${pin.image}:${pin.tag}</code></small
    >
  </li>`;

function history({ history, at }: View): Html | undefined {
  return history.length === 0
    ? undefined
    : section('history', 'History', html`${history.map((each) => historyTable(each, at))}`);
}

const HEADS = ['When', 'Version', 'What', 'State', 'By', 'Skew', 'Read', 'Took'];

const historyTable = ({ release, promotions }: HistoryView, at: Date): Html =>
  html`<table role="table" class="history">
    <caption>
      ${release}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${HEADS.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${promotions.map((promotion) => promotionRow(promotion, at))}
    </tbody>
  </table>`;

function promotionRow(promotion: PromotionView, at: Date): Html {
  const { kind, state, by, why, skewMs, bytesRead, tookMs, refused } = promotion;
  const cells: readonly (Html | string)[] = [
    html`${name(promotion)}`,
    kind,
    html`${state}${refused.map(({ city, error }) => html`<small>${city}: ${error}</small>`)}`,
    html`${by}<small>${why}</small>`,
    skewMs === undefined ? '–' : spokenDuration(skewMs),
    bytesRead === undefined ? '–' : spokenBytes(bytesRead),
    tookMs === undefined ? '–' : spokenDuration(tookMs),
  ];
  return html`<tr role="row">
    <th role="rowheader" scope="row">
      ${time(promotion.at, spoken(promotion.at))}<small>${relative(at, promotion.at)}</small>
    </th>
    ${cells.map((cell, index) => html`<td role="cell" data-head="${HEADS[index + 1]}">${cell}</td>`)}
  </tr>`;
}

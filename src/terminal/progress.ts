import type { LegView, RunView } from '../board/runs.ts';
import { percent, printable } from '../board/words.ts';
import { spokenBytes } from '../core/bytes.ts';
import { seconds, spokenDuration } from '../core/time.ts';
import { unpainted, type Paint, type Tone } from './paint.ts';
import { fit, pad, widthOf } from './text.ts';

/** What one line of progress shows: a share of a whole, and how fast it grows. */
interface Lane {
  readonly label: string;
  readonly fraction: number;
  readonly bytes: number;
  readonly of: number;
  readonly perSecond: number;
  readonly state: string;
  readonly tone: Tone;
  readonly trouble?: string;
}

export interface Frame {
  readonly width: number;
  readonly paint?: Paint;
}

/** A run as lines: what is read from the source and what each region has, with a bar, bytes, rate and time left. */
export function progressBlock(run: RunView, { width, paint = unpainted }: Frame): string[] {
  const named = [run.release, run.short, run.label].filter((part) => part !== undefined).join('  ');
  if (run.legs.length === 0) return [fit(`${named}  looking…`, width - 1)];
  const lanes = [readLane(run), ...run.legs.map(legLane)];
  const labels = Math.max(...lanes.map(({ label }) => widthOf(label)));
  return [paint('strong', fit(named, width - 1)), ...lanes.map((lane) => laneLine(lane, labels, width, paint))];
}

function readLane({ read }: RunView): Lane {
  const fraction = read.of === 0 ? 1 : read.bytes / read.of;
  return { label: 'source', fraction, ...read, state: fraction === 1 ? 'read once' : '', tone: 'quiet' };
}

function legLane({ region, phase, fraction, bytes, of, perSecond, etaMs, why }: LegView): Lane {
  const there = phase === 'staged' || phase === 'promoted' || of === 0;
  const moving = phase === 'copying' && etaMs !== undefined;
  return {
    label: region,
    fraction: there ? 1 : fraction,
    bytes,
    of,
    perSecond,
    state: moving ? timeLeft(etaMs) : of === 0 && phase === 'waiting' ? PHASES.staged : PHASES[phase],
    tone: phase === 'catching up' ? 'caution' : there ? 'good' : 'accent',
    ...(why !== undefined && !there && { trouble: why }),
  };
}

const PHASES = {
  waiting: 'waiting',
  copying: 'copying',
  'catching up': 'catching up',
  staged: 'all there',
  promoted: 'serving',
} as const satisfies Record<LegView['phase'], string>;

/** In whole seconds and never none: tenths that change with every frame cannot be read. */
const timeLeft = (ms: number): string =>
  spokenDuration(Math.max(seconds(1), Math.round(ms / 1_000) * 1_000)).replace('.0 s', ' s');

const INDENT = '  ';
const GAP = '  ';
const SHORTEST_BAR = 8;
const LONGEST_BAR = 40;

/** What stands right of a bar, the most wanted first: a narrow terminal leaves out from the end. */
const FIGURES: readonly { readonly columns: number; readonly of: (lane: Lane) => string }[] = [
  { columns: 5, of: ({ fraction }) => percent(fraction) },
  { columns: 18, of: ({ bytes, of }) => (of === 0 ? '' : `${spokenBytes(bytes)} of ${spokenBytes(of)}`) },
  { columns: 11, of: ({ state }) => state },
  { columns: 9, of: ({ perSecond }) => (perSecond >= 1 ? `${spokenBytes(perSecond)}/s` : '') },
];

function laneLine(lane: Lane, labels: number, width: number, paint: Paint): string {
  const head = `${INDENT}${pad(fit(printable(lane.label), labels), labels)}${GAP}`;
  const figures: string[] = [];
  let room = width - 1 - widthOf(head) - SHORTEST_BAR;
  for (const { columns, of } of FIGURES) {
    if (room < columns + GAP.length) break;
    room -= columns + GAP.length;
    figures.push(GAP + pad(of(lane), columns, 'right'));
  }
  const bar = SHORTEST_BAR + Math.max(0, Math.min(room, LONGEST_BAR - SHORTEST_BAR));
  const trouble = lane.trouble === undefined ? '' : fit(GAP + printable(lane.trouble), room - (bar - SHORTEST_BAR));
  return head + barOf(lane, bar, paint) + figures.join('') + (trouble === '' ? '' : paint('caution', trouble));
}

function barOf({ fraction, tone }: Lane, columns: number, paint: Paint): string {
  const halves = Math.floor(Math.min(1, fraction) * columns * 2);
  const done = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '');
  const rest = '─'.repeat(columns - done.length);
  return (done === '' ? '' : paint(tone, done)) + (rest === '' ? '' : paint('quiet', rest));
}

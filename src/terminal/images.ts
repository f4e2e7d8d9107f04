import type { PromotionView } from '../board/history.ts';
import type { CellView, ReleaseView } from '../board/releases.ts';
import type { View } from '../board/view.ts';
import { printable, relative } from '../board/words.ts';
import { spokenBytes } from '../core/bytes.ts';
import { spoken, spokenDuration } from '../core/time.ts';
import { unpainted, type Tone } from './paint.ts';
import { listing, type Cell, type Column, type TableStyle } from './table.ts';

/** What each region serves and since when, release by release, with what it served before. */
export function imagesLines(view: View, style: TableStyle = {}): string[] {
  return view.images.flatMap((image) =>
    image.releases.flatMap((release, i) => [...(i === 0 ? [] : ['']), ...releaseLines(release, view, style)]),
  );
}

function releaseLines(release: ReleaseView, view: View, style: TableStyle): string[] {
  const { paint = unpainted } = style;
  const history = view.history.find((each) => each.release === release.key);
  const { pin, hold } = release;
  return [
    paint('strong', release.key),
    ...(pin
      ? [paint('caution', `  pinned by ${printable(pin.by)} since ${spoken(pin.since)}: ${printable(pin.why)}`)]
      : []),
    ...(hold
      ? [paint('caution', `  held until ${spoken(hold.until)} by ${printable(hold.by)}: ${printable(hold.why)}`)]
      : []),
    ...listing(
      SERVES,
      release.cells.map((cell) => serving(cell, view.at)),
      { ...style, indent: 2 },
    ),
    ...(history && history.promotions.length > 0
      ? [
          '',
          ...listing(
            HISTORY,
            history.promotions.map((each) => promoted(each, view.at)),
            { ...style, indent: 2 },
          ),
        ]
      : []),
  ];
}

const SERVES: readonly Column[] = [
  { title: 'region' },
  { title: 'city' },
  { title: 'serves' },
  { title: 'version' },
  { title: 'since' },
  { title: '', yields: true },
];

function serving({ region, city, short, label, since, state, note }: CellView, now: Date): readonly Cell[] {
  const amiss = state !== 'in step' && state !== 'pinned';
  return [
    region,
    city,
    short ?? { text: state, tone: 'caution' },
    label ?? '',
    since ? relative(now, since) : '',
    amiss ? { text: note ?? state, tone: 'caution' } : '',
  ];
}

const HISTORY: readonly Column[] = [
  { title: 'promoted' },
  { title: 'digest' },
  { title: 'version' },
  { title: 'how' },
  { title: 'skew', align: 'right' },
  { title: 'read', align: 'right' },
  { title: 'by', yields: true },
];

const ENDS = { begun: 'caution', done: 'good', undone: 'bad', split: 'bad' } as const satisfies Record<string, Tone>;

function promoted(
  { at, short, label, kind, state, skewMs, bytesRead, by, why }: PromotionView,
  now: Date,
): readonly Cell[] {
  const how = kind === 'rollback' ? 'rolled back' : 'forward';
  return [
    relative(now, at),
    short,
    label ?? '',
    state === 'done' ? how : { text: state, tone: ENDS[state] },
    skewMs === undefined ? '' : spokenDuration(skewMs),
    bytesRead === undefined ? '' : spokenBytes(bytesRead),
    `${by}: ${why}`,
  ];
}

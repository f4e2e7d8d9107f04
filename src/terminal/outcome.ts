import type { Run } from '../board/progress.ts';
import { count, printable } from '../board/words.ts';
import { spokenBytes } from '../core/bytes.ts';
import { short } from '../core/digest.ts';
import { isContent, type Outcome, type Progress, type Result } from '../core/progress.ts';
import { spokenDuration } from '../core/time.ts';
import { unpainted, type Paint } from './paint.ts';

/** One line about how a run ended. */
export function outcomeLine(outcome: Outcome, paint: Paint = unpainted): string {
  const { release, digest, result } = outcome;
  const tone = result === 'in-sync' || result === 'promoted' ? 'good' : isContent(outcome) ? 'caution' : 'bad';
  const mark = tone === 'good' ? '✓' : tone === 'caution' ? '•' : '✗';
  const named = digest === undefined ? release : `${release}  ${short(digest)}`;
  return `${paint(tone, mark)} ${named}  ${paint(tone, RESULTS[result])}${printable(details(outcome))}`;
}

const RESULTS: Record<Result, string> = {
  'in-sync': 'in sync',
  promoted: 'promoted',
  held: 'copied, held back',
  pinned: 'copied, pinned elsewhere',
  superseded: 'superseded',
  busy: 'busy',
  absent: 'not at its source',
  undone: 'undone',
  split: 'SPLIT: regions disagree',
  failed: 'failed',
};

function details({ result, regions, skewMs, copied, why }: Outcome): string {
  const within = skewMs === undefined || regions.length < 2 ? '' : ` within ${spokenDuration(skewMs)}`;
  const facts = [
    ...(result === 'promoted' && regions.length > 0 ? [`${count(regions.length, nounOf(regions))}${within}`] : []),
    ...(copied && copied.blobs > 0
      ? [`read ${spokenBytes(copied.bytesRead)}, wrote ${spokenBytes(copied.bytesWritten)}`]
      : []),
    ...(copied && copied.healed > 0 ? [`${count(copied.healed, 'blob')} healed from a sibling`] : []),
    ...(copied ? [`took ${spokenDuration(copied.tookMs)}`] : []),
  ];
  return `${facts.length > 0 ? `: ${facts.join(', ')}` : ''}${why === undefined ? '' : `: ${why}`}`;
}

/** Between any registries a copy is named by its reference, which is no region. */
const nounOf = (regions: Outcome['regions']): string =>
  regions.some(({ region }) => region.includes('/')) ? 'place' : 'region';

/** What is said in a log that cannot be redrawn: the turns of events, and how far the reading is. */
export function plainLine(progress: Progress, before: Run | undefined, after: Run | undefined): string | undefined {
  const { release } = progress;
  switch (progress.kind) {
    case 'planned':
      return `${release}: ${short(progress.digest)}: ${planned(progress)}`;
    case 'read': {
      const percent = percentRead(after);
      return percent > percentRead(before)
        ? `${release}: read ${percent} % of ${spokenBytes(after?.bytes ?? 0)}`
        : undefined;
    }
    case 'detached':
      return `${release}: ${progress.region} fell behind, to be filled from a sibling: ${printable(progress.why)}`;
    case 'promoted':
      return `${release}: ${progress.region} serves ${short(progress.digest)}`;
    case 'finished':
      return outcomeLine(progress.outcome);
    case 'landed':
    case 'staged':
    case 'wrote':
    default:
      return undefined;
  }
}

/** In tenths where a tenth takes a while, otherwise in quarters. */
function percentRead(run: Run | undefined): number {
  if (run === undefined || run.bytes === 0) return 0;
  const step = run.bytes > 1e9 ? 10 : 25;
  return Math.floor((Math.min(run.read.total, run.bytes) / run.bytes) * (100 / step)) * step;
}

function planned({ blobs, bytes, lacking }: Progress & { kind: 'planned' }): string {
  const wants = Object.entries(lacking).filter(([, missing]) => missing > 0);
  if (wants.length === 0) return 'every blob is everywhere already';
  const each = wants.map(([region, missing]) => `${region} lacks ${spokenBytes(missing)}`);
  return [`${count(blobs, 'blob')}, ${spokenBytes(bytes)} to read`, ...each].join('; ');
}

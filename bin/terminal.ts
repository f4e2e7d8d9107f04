import { fold, nothingRuns, type Running } from '../src/board/progress.ts';
import { runViews, type RunView } from '../src/board/runs.ts';
import type { Progress } from '../src/core/progress.ts';
import { liveLines } from '../src/terminal/live.ts';
import { outcomeLine, plainLine } from '../src/terminal/outcome.ts';
import { paintFor, type Paint } from '../src/terminal/paint.ts';
import { progressBlock } from '../src/terminal/progress.ts';
import { fold as foldLine } from '../src/terminal/text.ts';

/** Where a command speaks. Results go to stdout, everything on the way to stderr. */
export interface Terminal {
  /** One line, or several, of the result. Silent with `--json`. */
  out(...lines: readonly string[]): void;
  /** The result itself, where `--json` asked for it. */
  document(result: unknown): void;
  /** A line on the way there. */
  say(...lines: readonly string[]): void;
  /** An error, whole where `--verbose` asked for it. */
  trouble(what: string, error: unknown): void;
  readonly progress: (progress: Progress) => void;
  /** Runs of another process, as its board shows them. */
  show(runs: readonly RunView[]): void;
  readonly paint: Paint;
  readonly width: number;
  readonly json: boolean;
  /** Gives the cursor back. Safe to call again. */
  close(): void;
}

/** A stream that may be a terminal. */
export type TerminalStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface TerminalSettings {
  readonly out: TerminalStream;
  readonly err: TerminalStream;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly now: () => Date;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const FRAME_MS = 80;
const PAGE_WIDTH = 100;

export function openTerminal({ out, err, json, verbose, now, env }: TerminalSettings): Terminal {
  const isLive = err.isTTY && env['TERM'] !== 'dumb' && !env['CI'];
  const screen = isLive ? liveLines(err) : undefined;
  const paint = paintFor(out);
  const show = progressOn(screen, err, now);

  const print = (stream: TerminalStream, lines: readonly string[]): void => {
    if (lines.length === 0) return;
    const write = (): unknown => stream.write(foldedFor(stream, lines));
    if (screen) screen.above(write);
    else write();
  };

  return {
    out: (...lines) => {
      if (!json) print(out, lines);
    },
    document: (result) => {
      if (json) print(out, [JSON.stringify(result, undefined, 2)]);
    },
    say: (...lines) => print(err, lines),
    trouble: (what, error) => {
      if (verbose) print(err, [`${what}: ${wholeOf(error)}`]);
    },
    progress: show.progress,
    show: show.draw,
    paint,
    width: out.columns ?? PAGE_WIDTH,
    json,
    close: () => {
      show.close();
      screen?.close();
    },
  };
}

/** Lines as a stream takes them: broken between words on a terminal, whole where somebody may search in them. */
export const foldedFor = ({ isTTY, columns }: TerminalStream, lines: readonly string[]): string =>
  lines.flatMap((line) => (isTTY && columns ? foldLine(line, columns) : [line])).join('\n') + '\n';

/** An error with its stack and every cause behind it. */
export const wholeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\n  because ${wholeOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
};

/** Bars on a terminal, lines elsewhere. A finished run leaves one line behind. */
function progressOn(screen: ReturnType<typeof liveLines> | undefined, err: TerminalStream, now: () => Date) {
  const paint = paintFor(err);
  let running: Running = nothingRuns;
  let ticker: NodeJS.Timeout | undefined;

  const draw = (views: readonly RunView[]): void =>
    screen?.draw(views.flatMap((view) => progressBlock(view, { width: err.columns ?? PAGE_WIDTH, paint })));
  const tick = (): void => {
    const views = runViews(running, [], () => undefined, now()).filter(({ ended }) => !ended);
    draw(views);
    if (views.length > 0) return;
    clearInterval(ticker);
    ticker = undefined;
  };

  return {
    draw,
    progress: (progress: Progress): void => {
      const before = running.get(progress.release);
      running = fold(running, progress, now());
      const line = screen ? undefined : plainLine(progress, before, running.get(progress.release));
      if (line !== undefined) err.write(`${line}\n`);
      if (!screen) return;
      if (progress.kind === 'finished') {
        tick();
        screen.above(() => err.write(foldedFor(err, [outcomeLine(progress.outcome, paint)])));
      }
      ticker ??= setInterval(tick, FRAME_MS).unref();
    },
    close: (): void => clearInterval(ticker),
  };
}

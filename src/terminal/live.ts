/** What a live region is drawn on: a terminal, or something in a test that remembers what it was sent. */
export interface Canvas {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';
const CLEAR_REST_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Lines at the bottom of a terminal that are redrawn in place, and lines above them that stay. */
export interface Live {
  /** Replaces the live lines. The same lines again write nothing. */
  draw(lines: readonly string[]): void;
  /** Takes the live lines away, lets `print` write, and draws them again below. */
  above(print: () => void): void;
  /** Takes the live lines away and gives the cursor back. Safe to call again. */
  close(): void;
}

/** Each frame is one write that overwrites what was there instead of wiping it first, so nothing flickers. */
export function liveLines(canvas: Canvas): Live {
  let shown: readonly string[] = [];
  let hidden = false;

  const rewind = (): string => (shown.length > 0 ? `\x1b[${shown.length}A\r` : '');
  const frame = (lines: readonly string[]): string =>
    lines.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('') + CLEAR_BELOW;

  const replace = (lines: readonly string[]): void => {
    if (lines.length === 0 && shown.length === 0) return;
    const hide = hidden ? '' : HIDE_CURSOR;
    hidden = true;
    canvas.write(BEGIN_FRAME + hide + rewind() + frame(lines) + END_FRAME);
    shown = lines;
  };

  return {
    draw: (lines) => {
      const kept = lines.slice(0, Math.max(1, (canvas.rows ?? 24) - 1));
      if (kept.length !== shown.length || kept.some((line, i) => line !== shown[i])) replace(kept);
    },
    above: (print) => {
      const lines = shown;
      replace([]);
      print();
      replace(lines);
    },
    close: () => {
      replace([]);
      if (hidden) canvas.write(SHOW_CURSOR);
      hidden = false;
    },
  };
}

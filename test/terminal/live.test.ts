import { describe, expect, it } from 'vitest';
import { liveLines } from '../../src/terminal/live.ts';

/** As much of a terminal as is needed to see what stays on it. */
function screen(rows = 24) {
  const lines: string[] = [''];
  let [row, visible, writes] = [0, true, 0];
  const perform = (code: string): void => {
    if (code === '\x1b[?25l') visible = false;
    if (code === '\x1b[?25h') visible = true;
    if (code === '\x1b[J') lines.splice(row + 1);
    if (code === '\x1b[J') lines[row] = '';
    const up = /^\x1b\[(\d+)A$/.exec(code)?.[1];
    if (up !== undefined) row -= Number(up);
  };
  let column = 0;
  const put = (text: string): void => {
    const there = (lines[row] ?? '').padEnd(column);
    lines[row] = there.slice(0, column) + text + there.slice(column + text.length);
    column += text.length;
  };
  const write = (text: string): void => {
    writes += 1;
    for (const token of text.match(/\x1b\[\??\d*[a-zA-Z]|\n|\r|[^\x1b\n\r]+/g) ?? []) {
      if (token === '\n') [row, column] = [row + 1, 0];
      else if (token === '\r') column = 0;
      else if (token === '\x1b[K') lines[row] = (lines[row] ?? '').slice(0, column);
      else if (token.startsWith('\x1b')) perform(token);
      else put(token);
      lines[row] ??= '';
    }
  };
  return {
    write,
    rows,
    columns: 80,
    shown: () => lines.filter((line) => line !== ''),
    cursor: () => visible,
    writes: () => writes,
  };
}

describe('live lines', () => {
  it('are overwritten in place, each frame in one write', () => {
    const terminal = screen();
    const live = liveLines(terminal);
    live.draw(['copying 10 %', 'a longer line']);
    live.draw(['copying 90 %', 'short']);
    expect(terminal.shown()).toEqual(['copying 90 %', 'short']);
    expect(terminal.writes()).toBe(2);
  });

  it('write nothing where nothing has changed', () => {
    const terminal = screen();
    const live = liveLines(terminal);
    live.draw(['same']);
    live.draw(['same']);
    expect(terminal.writes()).toBe(1);
  });

  it('stay below what is printed above them', () => {
    const terminal = screen();
    const live = liveLines(terminal);
    live.draw(['bar one', 'bar two']);
    live.above(() => terminal.write('a line that stays\n'));
    expect(terminal.shown()).toEqual(['a line that stays', 'bar one', 'bar two']);
  });

  it('leave nothing behind and give the cursor back, however often they are closed', () => {
    const terminal = screen();
    const live = liveLines(terminal);
    live.draw(['bar']);
    expect(terminal.cursor()).toBe(false);
    live.close();
    live.close();
    expect(terminal.cursor()).toBe(true);
    expect(terminal.shown()).toEqual([]);
  });

  it('never draw more lines than the terminal has, where they could not be taken back', () => {
    const terminal = screen(4);
    liveLines(terminal).draw(['1', '2', '3', '4', '5']);
    expect(terminal.shown()).toEqual(['1', '2', '3']);
  });

  it('touch a terminal only when there is something to draw', () => {
    const terminal = screen();
    const live = liveLines(terminal);
    live.draw([]);
    live.above(() => undefined);
    live.close();
    expect(terminal.writes()).toBe(0);
  });
});

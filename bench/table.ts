/** One figure, with what it is beside and what it must be. */
export interface Line {
  readonly what: string;
  readonly ours: number;
  readonly peer?: number;
  /** Judged is the ratio, or our own figure. */
  readonly as?: 'ratio' | 'ours';
  readonly judged?: number;
  /** At most this. */
  readonly must?: number;
}

/** Prints a part, and says whether all of its musts hold. */
export function print(name: string, lines: readonly Line[]): boolean {
  console.log(`\n${name}\n${row('', 'greenroom', 'peer', 'ratio', 'must', '')}`);
  for (const line of lines) console.log(row(line.what, ...cells(line)));
  return lines.every(holds);
}

function cells(line: Line): string[] {
  const { ours, peer, as, must } = line;
  const bound = must === undefined ? '' : `≤ ${as === 'ratio' ? `${must} ×` : must}`;
  const verdict = must === undefined ? '' : holds(line) ? 'holds' : 'FAILS';
  return [
    figure(ours),
    peer === undefined ? '' : figure(peer),
    peer === undefined ? '' : figure(ours / peer),
    bound,
    verdict,
  ];
}

/** What cannot be measured does not hold. */
function holds({ ours, judged = ours, must = Infinity }: Line): boolean {
  return judged <= must;
}

const figure = (number: number): string =>
  Number.isInteger(number) ? String(number) : number.toFixed(number < 10 ? 3 : 1);

const row = (what: string, ...rest: readonly string[]): string =>
  `  ${what.padEnd(50)}${rest.map((cell) => cell.padStart(11)).join('')}`.trimEnd();

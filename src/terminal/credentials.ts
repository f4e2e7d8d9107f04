import { endWords, leftWords, spellOutlasting } from '../board/credentials.ts';
import { printable } from '../board/words.ts';
import type { CredentialStanding } from '../core/credential-standing.ts';
import type { Status } from '../core/finding.ts';
import { unpainted, type Tone } from './paint.ts';
import { listing, type Cell, type Column, type TableStyle } from './table.ts';
import { wrap } from './text.ts';

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: 'what' },
  { title: 'ends (UTC)' },
  { title: 'left' },
  { title: 'must last until', yields: true },
];

const TONES: Record<Status, Tone> = { ok: 'good', warn: 'caution', fail: 'bad', unknown: 'caution' };

/** A row for everything that ends by itself, and below it what to do about each that is not ok. */
export function credentialsLines(
  standings: readonly CredentialStanding[],
  now: Date,
  style: TableStyle = {},
): string[] {
  if (standings.length === 0) return ['Nothing that ends by itself is watched here.'];
  const amiss = standings.filter(({ status }) => status !== 'ok');
  return [
    ...listing(
      COLUMNS,
      standings.map((standing) => row(standing, now)),
      style,
    ),
    ...amiss.flatMap((standing) => ['', ...complaint(standing, style)]),
  ];
}

const row = (standing: CredentialStanding, now: Date): Cell[] => [
  { text: standing.status, tone: TONES[standing.status] },
  standing.credential.name,
  endWords(standing),
  leftWords(standing, now),
  spellOutlasting(standing.outlasting),
];

function complaint({ credential, status, have, ask }: CredentialStanding, style: TableStyle): string[] {
  const { paint = unpainted, width = 80 } = style;
  const { name, about } = credential;
  const more = about === undefined ? '' : `  ${paint('quiet', printable(about))}`;
  return [
    `${paint(TONES[status], status.padEnd(7))} ${paint('strong', printable(name))}${more}`,
    ...wrap(printable(have), width - 4).map((line) => `    ${line}`),
    ...wrap(printable(ask ?? ''), width - 4).map((line, i) => `  ${i === 0 ? paint('accent', '→') : ' '} ${line}`),
  ];
}

import {
  worstStandingFirst,
  standingOf,
  type CredentialStanding,
  type Outlasting,
} from '../core/credential-standing.ts';
import type { Credential } from '../core/credential.ts';
import type { Status } from '../core/finding.ts';
import { between, days, plus, spokenDuration } from '../core/time.ts';
import type { WindowsSighting } from '../core/windows.ts';
import { clockOf, dayOf } from './when.ts';

/** Everything that ends by itself, drawn against the workshops that it has to outlast. */
export interface CredentialsView {
  readonly from: Date;
  readonly until: Date;
  readonly workshops: readonly BandView[];
  /** The worst first. */
  readonly lines: readonly CredentialLine[];
}

/** A workshop's window, and until when what it needs has to last. */
export interface BandView {
  /** `A`: where there is no room for its name. */
  readonly mark: string;
  readonly title: string;
  readonly starts: Date;
  readonly from: Date;
  readonly until: Date;
  readonly outlast: Date;
}

export interface CredentialLine {
  readonly name: string;
  readonly about?: string;
  readonly status: Status;
  /** Left out where it was never seen. */
  readonly ends?: Date | 'never';
  readonly left: string;
  /** The mark of the workshop that it ends in, or in the day after. */
  readonly endsIn?: string;
  /** It does not work, whenever it ends. */
  readonly broken?: true;
  /** Whoever renews it unasked. */
  readonly renewed?: 'use' | 'greenroom';
  readonly have: string;
  readonly ask?: string;
}

const LEAST_MS = days(14);
const MOST_MS = days(60);

export function credentialsView(
  credentials: readonly Credential[],
  windows: WindowsSighting | undefined,
  now: Date,
): CredentialsView | undefined {
  if (credentials.length === 0) return undefined;
  const standings = worstStandingFirst(credentials.map((each) => standingOf(each, windows, now)));
  const closed = windows?.closed ?? [];
  const needed = closed[0] ? plus(closed[0].window.until, days(2)) : now;
  const span = Math.min(MOST_MS, Math.max(LEAST_MS, between(now, needed)));
  const until = plus(now, span);
  const workshops = closed
    .filter(({ window }) => window.from < until)
    .map(({ workshop: { title, starts }, window }, index) => {
      const mark = String.fromCharCode(65 + (index % 26));
      return { mark, title, starts, ...window, outlast: plus(window.until, days(1)) };
    });
  return { from: now, until, workshops, lines: standings.map((each) => lineOf(each, workshops, now)) };
}

function lineOf(standing: CredentialStanding, workshops: readonly BandView[], now: Date): CredentialLine {
  const { credential, ends, status, have, ask } = standing;
  const { name, about, renewed, broken } = credential;
  const endsIn =
    status !== 'ok' && ends instanceof Date
      ? workshops.find(({ from, outlast }) => from <= ends && ends < outlast)?.mark
      : undefined;
  return {
    name,
    status,
    left: leftWords(standing, now),
    have,
    ...(about !== undefined && { about }),
    ...(ends !== undefined && { ends }),
    ...(endsIn !== undefined && { endsIn }),
    ...(broken !== undefined && { broken: true as const }),
    ...(renewed && { renewed: renewed.by }),
    ...(ask !== undefined && { ask }),
  };
}

/** `2026-12-08 10:40`, `never`, `unknown`; with a question mark where it was only seen before. */
export function endWords({ ends, credential }: Pick<CredentialStanding, 'ends' | 'credential'>): string {
  if (ends === undefined) return 'unknown';
  const said = ends === 'never' ? 'never' : ends.toISOString().slice(0, 16).replace('T', ' ');
  return credential.expires.seen ? said : `${said} ?`;
}

/** How long it lives, and by whom that is prolonged. */
export function leftWords({ ends, credential }: Pick<CredentialStanding, 'ends' | 'credential'>, now: Date): string {
  if (!(ends instanceof Date)) return '';
  const left = ends <= now ? 'over' : spokenDuration(between(now, ends));
  return credential.renewed?.by === 'use' ? `${left}, by use` : left;
}

/** `Fri 27 Nov 19:30, for Agents 101` */
export const spellOutlasting = (outlasting: Outlasting | undefined): string =>
  outlasting ? `${dayOf(outlasting.until)} ${clockOf(outlasting.until)}, for ${outlasting.workshop.title}` : '';

import { days, minus, plus } from '../core/time.ts';
import type { Issuers } from '../ports.ts';
import { readPrivate, writePrivate } from './secrets.ts';

/** What ends by itself, and is renewed in time by whoever renews it: how much is left of it when a world begins. */
interface Issued {
  readonly leftDays: number;
  readonly lastsDays: number;
  /** How much is left when it is renewed. */
  readonly renewedDays: number;
}

export const REHEARSED_DOMAINS = ['rehearsal.example', '*.rehearsal.example'] as const;
export const REHEARSED_TOKENS = [
  { name: 'cloudflare', issuer: 'cloudflare', secret: 'rehearsal/cloudflare' },
  { name: 'github', issuer: 'github', secret: 'rehearsal/github' },
] as const;
const DATED = ['rehearsal/bedrock'] as const;

const ISSUED: Readonly<Record<string, Issued>> = {
  'rehearsal.example': { leftDays: 61, lastsDays: 90, renewedDays: 30 },
  '*.rehearsal.example': { leftDays: 47, lastsDays: 90, renewedDays: 30 },
  github: { leftDays: 75, lastsDays: 90, renewedDays: 14 },
  'rehearsal/bedrock': { leftDays: 112, lastsDays: 180, renewedDays: 21 },
};

interface Kept {
  readonly begins: string;
  /** What nobody renews, by name: it ends when this says. */
  readonly stuck: Readonly<Record<string, string>>;
}

export interface RehearsedIssuers extends Issuers {
  /** Nobody renews this one, and it ends then. */
  stick(name: string, ends: Date): void;
  /** Everything is renewed again. */
  renew(): void;
}

/** Whoever issued what ends in an embedded world, by a file that its processes share. */
export function fileIssuers(file: string, now: () => Date): RehearsedIssuers {
  const read = (): Kept => {
    const known = readPrivate(file) as Kept | undefined;
    if (known) return known;
    const fresh: Kept = { begins: now().toISOString(), stuck: {} };
    writePrivate(file, fresh);
    return fresh;
  };
  const endOf = (name: string): Date | 'never' => {
    const { begins, stuck } = read();
    const issued = ISSUED[name];
    if (stuck[name] !== undefined) return new Date(stuck[name]);
    return issued ? renewedInTime(issued, new Date(begins), now()) : 'never';
  };
  const dateOf = (name: string): Date => {
    const end = endOf(name);
    if (end === 'never') throw new Error(`nobody issued ${name} here`);
    return end;
  };
  return {
    certificate: async (domain) => ({ expires: dateOf(domain) }),
    token: async (issuer) => endOf(issuer),
    dated: async () => DATED.map((name) => ({ name, expires: dateOf(name).toISOString().slice(0, 10) })),
    stick: (name, ends) => {
      const { begins, stuck } = read();
      writePrivate(file, { begins, stuck: { ...stuck, [name]: ends.toISOString() } } satisfies Kept);
    },
    renew: () => writePrivate(file, { begins: read().begins, stuck: {} } satisfies Kept),
  };
}

function renewedInTime({ leftDays, lastsDays, renewedDays }: Issued, begins: Date, now: Date): Date {
  let ends = plus(begins, days(leftDays));
  while (minus(ends, days(renewedDays)) <= now) ends = plus(ends, days(lastsDays - renewedDays));
  return ends;
}

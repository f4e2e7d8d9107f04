import { generationOf, type GatewayKey } from '../core/gateway-key.ts';
import { spellConsumer, type KeySighting } from '../core/keys.ts';
import { between, spoken, spokenDuration } from '../core/time.ts';
import { listing, type Cell, type Column, type TableStyle } from './table.ts';

/** One key of the gateway as people may see it: everything but the key. */
export interface KeyRow {
  readonly key: string;
  readonly alias: string;
  /** As much of the hash as tells it from the others. Nobody can make a key of it. */
  readonly fingerprint: string;
  readonly expires: Date | 'never';
  readonly spend: number;
  readonly budget?: number;
  /** The secret that publishes it, and the Kubernetes secrets that hold it. */
  readonly where: readonly string[];
  readonly state: 'published' | 'held' | 'leaving' | 'expired' | 'blocked';
}

export const fingerprintOf = (hash: string): string => hash.slice(0, 12);

/** Every generation that the gateway knows, the newest first. */
export function keyRows({ key, published, known, consumers }: KeySighting, now: Date): KeyRow[] {
  const keys = known.seen ? known.value : [];
  return keys
    .toSorted((a, b) => (generationOf(key.name, b.alias) ?? 0) - (generationOf(key.name, a.alias) ?? 0))
    .map((each): KeyRow => {
      const isPublished = published.seen && published.value === each.hash;
      const holders = consumers.filter(({ holds }) => holds.seen && holds.value === each.hash);
      const where = [...(isPublished ? [key.secret] : []), ...holders.map(({ consumer }) => spellConsumer(consumer))];
      return {
        key: key.name,
        alias: each.alias ?? '',
        fingerprint: fingerprintOf(each.hash),
        expires: each.expires,
        spend: each.spend,
        ...(each.budget !== undefined && { budget: each.budget }),
        where,
        state: stateOf(each, isPublished, holders.length > 0, now),
      };
    });
}

function stateOf({ expires, blocked }: GatewayKey, isPublished: boolean, isHeld: boolean, now: Date): KeyRow['state'] {
  if (blocked) return 'blocked';
  if (expires !== 'never' && expires <= now) return 'expired';
  if (isPublished) return 'published';
  return isHeld ? 'held' : 'leaving';
}

const COLUMNS: readonly Column[] = [
  { title: 'alias' },
  { title: 'fingerprint' },
  { title: 'expires' },
  { title: 'spend', align: 'right' },
  { title: 'state' },
  { title: 'where', yields: true },
];

const TONES = { published: 'good', held: 'caution', leaving: 'quiet', expired: 'quiet', blocked: 'bad' } as const;

export const keysLines = (rows: readonly KeyRow[], now: Date, style: TableStyle = {}): string[] =>
  rows.length === 0
    ? ['The gateway knows none of these keys.']
    : listing(
        COLUMNS,
        rows.map((row) => cells(row, now)),
        style,
      );

const cells = ({ alias, fingerprint, expires, spend, budget, where, state }: KeyRow, now: Date): Cell[] => [
  alias,
  { text: fingerprint, tone: 'quiet' },
  endOf(expires, now),
  budget === undefined ? String(spend) : `${spend} of ${budget}`,
  { text: state, tone: TONES[state] },
  where.join(', '),
];

function endOf(expires: Date | 'never', now: Date): string {
  if (expires === 'never') return 'never';
  return expires <= now ? spoken(expires) : `${spoken(expires)}, in ${spokenDuration(between(now, expires))}`;
}

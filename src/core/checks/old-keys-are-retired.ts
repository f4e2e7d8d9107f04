import type { Check } from '../check.ts';
import type { Judgement } from '../finding.ts';
import { aliasOf } from '../gateway-key.ts';
import { heldHashes, noGateway, type KeySighting } from '../keys.ts';
import { fateOf } from '../rotation.ts';
import { closedAt } from '../windows.ts';

/** Of each key only the generations that somebody holds live on. */
export const oldKeysAreRetired: Check<'keys' | 'windows'> = {
  name: 'old-keys-are-retired',
  needs: ['keys', 'windows'],
  judge: ({ keys: { gateway, keys }, windows }, now) =>
    gateway ? keys.map((sighting) => judge(sighting, closedAt(windows, now) !== undefined, now)) : [noGateway],
};

function judge(sighting: KeySighting, isClosed: boolean, now: Date): Judgement {
  const { key, published, known, consumers } = sighting;
  const subject = `generations of ${key.name}`;
  const want = 'none that nobody holds';
  const blind = [published, known, ...consumers.map(({ holds }) => holds)].flatMap((seen) =>
    seen.seen ? [] : [seen.why],
  )[0];
  if (blind !== undefined || !known.seen) {
    // Because a key whose holder cannot be seen may be held: nothing is retired in doubt.
    const ask = `Let Greenroom see who holds ${key.name}; until then no old key is taken away.`;
    return { subject, status: 'unknown', evidence: { want, have: blind ?? '' }, remedy: { by: 'person', ask } };
  }
  const used = heldHashes(sighting);
  const idle = known.value.filter((each) => fateOf(each, { base: key.name, used }, now).do !== 'keep');
  const evidence = { want, have: idle.map(({ alias }) => alias ?? aliasOf(key.name, 0)).join(', ') || 'none' };
  // In a window nothing is touched: somebody whom nobody knows may hold one of them.
  if (idle.length === 0 || isClosed) return { subject, status: 'ok', evidence };
  const step = { kind: 'retire-keys', key: key.name, held: [...used] } as const;
  return { subject, status: 'warn', evidence, remedy: { by: 'greenroom', step } };
}

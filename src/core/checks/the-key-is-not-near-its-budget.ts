import type { Check } from '../check.ts';
import type { Judgement } from '../finding.ts';
import type { GatewayKey } from '../gateway-key.ts';
import { heldHashes, noGateway, type KeySighting } from '../keys.ts';

/** From this part of its budget on, a key is near it. */
const NEAR = 0.8;

/** No key that somebody holds is about to be turned away because its budget is spent. */
export const theKeyIsNotNearItsBudget: Check<'keys'> = {
  name: 'the-key-is-not-near-its-budget',
  needs: ['keys'],
  judge: ({ keys }) => (keys.gateway ? keys.keys.flatMap((sighting) => judge(sighting)) : [noGateway]),
};

function judge(sighting: KeySighting): Judgement[] {
  const { key, published, known } = sighting;
  const subject = `LiteLLM key ${key.name}`;
  const blind = [published, known].flatMap((seen) => (seen.seen ? [] : [seen.why]))[0];
  if (blind !== undefined || !known.seen) {
    const evidence = { want: WANT, have: blind ?? '' };
    return [{ subject, status: 'unknown', evidence, remedy: { by: 'person', ask: 'Check that the gateway answers.' } }];
  }
  const held = heldHashes(sighting);
  const used = known.value.filter(({ hash }) => held.has(hash));
  const nearest = used.toSorted((a, b) => partOf(b) - partOf(a))[0];
  return nearest ? [judgeKey(subject, key.name, nearest)] : [];
}

const WANT = `less than ${NEAR * 100} % of its budget spent`;
const partOf = ({ spend, budget }: GatewayKey): number => (budget === undefined ? 0 : budget > 0 ? spend / budget : 1);

function judgeKey(subject: string, name: string, key: GatewayKey): Judgement {
  const part = partOf(key);
  if (key.budget === undefined) return { subject, status: 'ok', evidence: { want: WANT, have: 'no budget' } };
  const gauge = { value: Math.floor(part * 100), unit: '% spent' };
  const have = `${key.spend.toFixed(2)} of ${key.budget} spent by ${key.alias ?? key.hash.slice(0, 12)}`;
  const evidence = { want: WANT, have, gauge };
  if (part < NEAR) return { subject, status: 'ok', evidence };
  const ask = `Raise max_budget of ${key.alias ?? name} in LiteLLM (/key/update), or wait until budget_duration sets it back.`;
  return { subject, status: part >= 1 ? 'fail' : 'warn', evidence, remedy: { by: 'person', ask } };
}

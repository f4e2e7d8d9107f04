import type { Check } from '../check.ts';
import type { Judgement } from '../finding.ts';
import type { Probe } from '../gateway-key.ts';
import type { LiteLlmGateway, PublishedKey } from '../estate.ts';
import {
  listedReplicas,
  noGateway,
  podsPort,
  spellConsumer,
  unasked,
  type KeyHolder,
  type KeySighting,
  type ServingPod,
} from '../keys.ts';
import type { Seen } from '../sighting.ts';
import { spoken } from '../time.ts';

/** The key that is published is the one that works: in the secret, in every copy of it, on every replica. */
export const publishedKeysWork: Check<'keys'> = {
  name: 'published-keys-work',
  needs: ['keys'],
  judge: ({ keys: { gateway, keys, bogus, serving } }, now) =>
    gateway
      ? [
          ...judgeStranger(bogus),
          ...keys.flatMap((sighting) => [
            judgePublished(sighting, now),
            ...judgeReplicas(sighting),
            ...sighting.consumers.map((holder) => judgeHolder(sighting, holder, now)),
          ]),
          ...(serving ? [judgeAsked(gateway, serving)] : []),
        ]
      : [noGateway],
};

const person = (ask: string) => ({ by: 'person', ask }) as const;
const REACH = 'Check that the gateway’s replicas answer: kubectl get pods -n litellm';

/** A gateway that lets everybody in, as when its database is away, would pass every other statement. */
function judgeStranger(bogus: Seen<readonly Probe[]>): Judgement[] {
  const subject = 'a key that nobody has';
  const want = 'refused by every replica';
  if (!bogus.seen) return [{ subject, status: 'unknown', evidence: { want, have: bogus.why }, remedy: person(REACH) }];
  const open = bogus.value.filter(({ answer }) => answer === 'accepted').map(({ replica }) => replica);
  if (open.length > 0) {
    const ask = `Take allow_requests_on_db_unavailable out of LiteLLM's general_settings, and see to its database.`;
    return [{ subject, status: 'fail', evidence: { want, have: `let in by ${open.join(', ')}` }, remedy: person(ask) }];
  }
  const silent = bogus.value.filter(({ answer }) => answer === 'unreachable');
  if (silent.length === 0) return [{ subject, status: 'ok', evidence: { want, have: 'refused' } }];
  const have = silent.map(({ replica, why = 'unreachable' }) => `${replica}: ${why}`).join('; ');
  return [{ subject, status: 'unknown', evidence: { want, have }, remedy: person(REACH) }];
}

/** The very same key lives again, and nobody who has it has to restart. */
const revive = ({ name }: PublishedKey): string => `Run: greenroom keys extend ${name}`;

function judgePublished({ key, published, known }: KeySighting, now: Date): Judgement {
  const subject = `${key.name} in secret ${key.secret}`;
  const want = 'a key that lives';
  const blind = [published, known].flatMap((seen) => (seen.seen ? [] : [seen.why]))[0];
  if (blind !== undefined || !published.seen || !known.seen) {
    const ask = `Check that Greenroom may read ${key.secret} and the gateway’s list of keys.`;
    return { subject, status: 'unknown', evidence: { want, have: blind ?? '' }, remedy: person(ask) };
  }
  const fail = (have: string, ask = `Run: greenroom keys rotate ${key.name}`): Judgement => {
    return { subject, status: 'fail', evidence: { want, have }, remedy: person(ask) };
  };
  if (published.value === undefined) return fail('no key in it');
  const found = known.value.find(({ hash }) => hash === published.value);
  if (!found) return fail('a key that the gateway does not know');
  if (found.blocked) return fail('a key that is blocked');
  if (found.expires !== 'never' && found.expires <= now)
    return fail(`a key that ended ${spoken(found.expires)}`, revive(key));
  return { subject, status: 'ok', evidence: { want, have: found.alias ?? 'a key without an alias' } };
}

function judgeReplicas({ key, probes }: KeySighting): Judgement[] {
  const on = `${key.name} on `;
  const subject = `${on}every replica`;
  const want = 'accepted';
  if (!probes.seen)
    return [{ subject, status: 'unknown', hides: on, evidence: { want, have: probes.why }, remedy: person(REACH) }];
  return probes.value.map(({ replica, answer, why }): Judgement => {
    const looked = { subject: `${on}${replica}`, evidence: { want, have: why ?? answer } };
    if (answer === 'accepted') return { ...looked, status: 'ok' };
    if (answer === 'unreachable') return { ...looked, status: 'unknown', remedy: person(REACH) };
    const ask = answer === 'expired' ? revive(key) : `Run: greenroom keys rotate ${key.name}`;
    return { ...looked, status: 'fail', remedy: person(ask) };
  });
}

/** A replica that nobody asks may say anything to a key: that the others take it is no proof. */
function judgeAsked(gateway: LiteLlmGateway, serving: Seen<readonly ServingPod[]>): Judgement {
  const subject = 'replicas of the model gateway';
  const want = 'each is asked by itself';
  if (!serving.seen)
    return { subject, status: 'unknown', evidence: { want, have: serving.why }, remedy: person(REACH) };
  const left = unasked(gateway, serving.value);
  const names = typeof left === 'number' ? '' : `: nobody asks ${left.join(', ')}`;
  const count = typeof left === 'number' ? left : left.length;
  const have = `${serving.value.length} serve, ${whoIsAsked(gateway)}`;
  // Whoever finds pods and finds none has asked nobody.
  if (serving.value.length === 0 && podsPort(gateway) !== undefined)
    return { subject, status: 'unknown', evidence: { want, have: 'no pod serves' }, remedy: person(REACH) };
  if (count === 0) return { subject, status: 'ok', evidence: { want, have } };
  const ask = 'Say in gateway.replicas of the estate on which port its pods answer, { port: 4000 }, or each address.';
  return { subject, status: 'warn', evidence: { want, have: `${have}${names}` }, remedy: person(ask) };
}

function whoIsAsked(gateway: LiteLlmGateway): string {
  const [port, { length }] = [podsPort(gateway), listedReplicas(gateway)];
  if (port !== undefined) return `each is asked on port ${port}`;
  return length > 0 ? `${length} addresses are asked` : 'only the common address is asked';
}

function judgeHolder({ key, published, known }: KeySighting, { consumer, holds }: KeyHolder, now: Date): Judgement {
  const subject = `${key.name} in ${spellConsumer(consumer)}`;
  const want = `the key of ${key.secret}`;
  if (!holds.seen) {
    const ask = `Let Greenroom read the secret ${consumer.secret} in ${consumer.namespace} (deploy/rbac.yaml).`;
    return { subject, status: 'unknown', evidence: { want, have: holds.why }, remedy: person(ask) };
  }
  const looked = (have: string) => ({ subject, evidence: { want, have } });
  const remedy = person(`See to what copies ${key.secret} into ${spellConsumer(consumer)}.`);
  if (holds.value === undefined) return { ...looked('no key in it'), status: 'fail', remedy };
  if (published.seen && holds.value === published.value) return { ...looked('the same'), status: 'ok' };
  if (!known.seen) return { ...looked(known.why), status: 'unknown', remedy };
  const other = known.value.find(({ hash }) => hash === holds.value);
  if (!other || other.blocked) return { ...looked('another key, which does not work'), status: 'fail', remedy };
  if (other.expires === 'never') return { ...looked('an older key, which works'), status: 'warn', remedy };
  const ended = other.expires <= now;
  const have = `an older key, which ${ended ? 'ended' : 'works until'} ${spoken(other.expires)}`;
  return { ...looked(have), status: ended ? 'fail' : 'warn', remedy };
}

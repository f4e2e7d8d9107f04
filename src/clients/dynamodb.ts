import type { Lease } from '../core/lease.ts';
import { OutsideError } from '../core/outside-error.ts';
import { holdOver, type Hold, type Promotion } from '../core/promotion.ts';
import { keyOfRelease, readEntry, readHold, readLease, readMinute, readPin, readPromotion } from '../core/record.ts';
import type { Minute, News } from '../core/report.ts';
import { days, plus } from '../core/time.ts';
import type { Claim, Journal, ReleaseKey } from '../ports.ts';
import {
  expressed,
  tableOf,
  type Attributes,
  type DynamoSettings,
  type Item,
  type Key,
  type Table,
  type Transaction,
} from './dynamodb/table.ts';

/** A look every five minutes for ever would otherwise only grow. */
const MINUTES_ARE_KEPT = days(90);
/** Somebody who asks why something stands as it does, asks about this season's workshops. */
const ENTRIES_ARE_KEPT = days(365);

/** The journal in one DynamoDB table. Every read is consistent: what a run does next hangs on it. */
export function dynamoJournal(settings: DynamoSettings): Journal {
  const table = tableOf(settings);
  return {
    ...releases(table),
    ...beginning(table),
    ...holds(table),
    ...leases(table),
    ...claims(table),
    ...notebook(table),
  };
}

/** Whole seconds, rounded up: DynamoDB may take an item away from then on, and only then. It takes days over it. */
const expiresAt = (until: Date): number => Math.ceil(until.getTime() / 1_000);

const releaseOf = (release: ReleaseKey): string => `release#${keyOfRelease(release)}`;
const pinOf = (release: ReleaseKey): Key => ({ pk: releaseOf(release), sk: 'pin' });
const claimOf = (name: string): Key => ({ pk: `claim#${name}`, sk: 'claim' });
const keptAs = (key: string): Key => ({ pk: `kept#${key}`, sk: 'kept' });
const automationOf = (name: string): string => `automation#${name}`;
const untoldOf = (road: string): Key => ({ pk: `road#${road}`, sk: 'untold' });
const HOLDS = 'holds';
const holdOf = (id: string): Key => ({ pk: HOLDS, sk: `hold#${id}` });
const LEASES = 'leases';
const leaseOf = (target: string): Key => ({ pk: LEASES, sk: `lease#${target}` });
const storyOf = (target: string): string => `story#${target}`;
const EDITION: Key = { pk: HOLDS, sk: 'edition' };

const bodyOf = (item: Attributes): string => String(item['body']);

const written = (promotion: Promotion): Item => ({
  pk: releaseOf(promotion),
  sk: `promotion#${promotion.id}`,
  body: JSON.stringify(promotion),
});

function releases(table: Table) {
  return {
    promotions: async (release, limit) =>
      (await table.list('read promotions', releaseOf(release), 'promotion#', limit)).map((item) =>
        readPromotion(bodyOf(item)),
      ),
    conclude: (promotion) => table.put(`conclude promotion ${promotion.id}`, written(promotion)),
    pin: async (release) => {
      const item = await table.get('read a pin', pinOf(release));
      return item && readPin(bodyOf(item));
    },
    setPin: (pin) => table.put('write a pin', { ...pinOf(pin), body: JSON.stringify(pin) }),
    unpin: async (release) => {
      const item = await table.remove('lift a pin', pinOf(release));
      return item && readPin(bodyOf(item));
    },
  } satisfies Partial<Journal>;
}

const CURRENT = '#owner = :owner and #token = :token and #until > :now';

/** How often begin looks again because somebody changed the holds meanwhile. */
const LOOKS = 10;

function beginning(table: Table) {
  return {
    begin: async (promotion, claim, now) => {
      for (let look = 0; look < LOOKS; look += 1) {
        const edition = (await table.get('read the holds’ edition', EDITION))?.['edition'];
        const refusal = await refusalOf(table, promotion, claim, now);
        if (refusal) return refusal;
        const intention = intentionTo(table.name, { promotion, claim, now, edition });
        if (await table.transact(`begin promotion ${promotion.id}`, intention)) return 'begun';
      }
      const operation = `begin promotion ${promotion.id}`;
      const detail = `the holds changed ${LOOKS} times meanwhile`;
      throw new OutsideError({ service: `dynamodb table ${table.name}`, operation, trouble: 'timeout', detail });
    },
  } satisfies Partial<Journal>;
}

async function refusalOf(
  table: Table,
  { image, kind }: Promotion,
  { name, owner, token }: Claim,
  now: Date,
): Promise<'held' | 'outlived' | undefined> {
  const [held, holds] = await Promise.all([
    table.get('read a claim', claimOf(name)),
    kind === 'forward' ? holdsAt(table, now) : [],
  ]);
  const isCurrent = held?.['owner'] === owner && held['token'] === token && Number(held['until']) > now.getTime();
  if (!isCurrent) return 'outlived';
  return holdOver(image, holds, now) && 'held';
}

interface Intention {
  readonly promotion: Promotion;
  readonly claim: Claim;
  readonly now: Date;
  readonly edition: unknown;
}

/** What was looked at must still be so when the promotion is written: the claim ours, the holds the same edition. */
function intentionTo(TableName: string, { promotion, claim, now, edition }: Intention): Transaction {
  const ours = { ':owner': claim.owner, ':token': claim.token, ':now': now.getTime() };
  const same =
    edition === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : { ConditionExpression: '#edition = :edition', ...expressed('#edition', { ':edition': edition }) };
  return [
    {
      ConditionCheck: {
        TableName,
        Key: claimOf(claim.name),
        ConditionExpression: CURRENT,
        ...expressed(CURRENT, ours),
      },
    },
    ...(promotion.kind === 'forward' ? [{ ConditionCheck: { TableName, Key: EDITION, ...same } }] : []),
    { Put: { TableName, Item: written(promotion) } },
  ];
}

function holds(table: Table) {
  return {
    holds: (now) => holdsAt(table, now),
    // In this order, because begin reads the edition first and the holds after it: whoever sees the new edition sees
    // the hold, and whoever began with the old one is refused.
    hold: async (hold) => {
      const { id, until } = hold;
      const item = { ...holdOf(id), expires: expiresAt(until), body: JSON.stringify(hold) };
      await table.put(`write hold ${id}`, item);
      await table.update(`write hold ${id}`, EDITION, { update: 'add #edition :one', values: { ':one': 1 } });
    },
    release: async (holdId) => {
      await table.remove(`release hold ${holdId}`, holdOf(holdId));
    },
  } satisfies Partial<Journal>;
}

async function holdsAt(table: Table, now: Date): Promise<readonly Hold[]> {
  const items = await table.list('read holds', HOLDS, 'hold#');
  return items.map((item) => readHold(bodyOf(item))).filter(({ until }) => now < until);
}

/** An ended lease stays behind for a while, marked: deleting is a power that no function has. */
const [LIVE, ENDED] = [0, 1] as const;

function leases(table: Table) {
  const write = (operation: string, { target }: Lease, condition: string, values: Attributes) =>
    table.update(operation, leaseOf(target), {
      update: 'set #body = :body, #edition = :edition, #ended = :state, #expires = :expires',
      condition,
      values,
    });
  return {
    leases: async () =>
      (await table.list('read leases', LEASES, 'lease#')).flatMap((item) =>
        item['ended'] === LIVE ? [readLease(bodyOf(item))] : [],
      ),
    // The very lease is a success too: a retry whose first answer was lost would otherwise be refused by itself.
    setLease: async (lease, over) => {
      const free = over === 0 ? 'attribute_not_exists(pk) or #ended = :ended' : '#edition = :over and #ended = :live';
      const written = await write(`write lease ${lease.target}`, lease, `${free} or #body = :body and #ended = :live`, {
        ...valuesOf(lease, LIVE),
        ':live': LIVE,
        ...(over === 0 ? { ':ended': ENDED } : { ':over': over }),
      });
      return written !== undefined;
    },
    endLease: async (lease) => {
      const ended = await write(
        `end lease ${lease.target}`,
        lease,
        'attribute_not_exists(pk) or #edition = :edition or #ended = :state',
        valuesOf(lease, ENDED),
      );
      return ended !== undefined;
    },
    record: async (entry) => {
      const { target, at, line } = entry;
      const key = { pk: storyOf(target), sk: `entry#${at.toISOString()} ${line}`.slice(0, 900) };
      const expires = expiresAt(plus(at, ENTRIES_ARE_KEPT));
      await table.put(`record ${target}`, { ...key, expires, body: JSON.stringify(entry) });
    },
    entries: async (target, limit) =>
      (await table.list(`read the story of ${target}`, storyOf(target), 'entry#', limit)).map((item) =>
        readEntry(bodyOf(item)),
      ),
  } satisfies Partial<Journal>;
}

/** A lease that nobody lifts must not be forgotten: it expires long after its end. */
const leaseExpires = ({ until }: Lease): number => expiresAt(plus(until, ENTRIES_ARE_KEPT));

const valuesOf = (lease: Lease, state: 0 | 1): Attributes => ({
  ':body': JSON.stringify(lease),
  ':edition': lease.edition,
  ':state': state,
  ':expires': leaseExpires(lease),
});

function claims(table: Table) {
  return {
    // Whoever has it may claim it again: a retry whose first answer was lost would otherwise be refused by itself.
    claim: async (name, owner, now, until) => {
      const item = await table.update(`claim ${name}`, claimOf(name), {
        update: 'set #owner = :owner, #until = :until add #token :one',
        condition: 'attribute_not_exists(pk) or #owner = :owner or #until <= :now',
        values: { ':owner': owner, ':until': until.getTime(), ':now': now.getTime(), ':one': 1 },
      });
      return item && { name, owner, token: Number(item['token']), until };
    },
    renew: async (claim, now, until) => {
      const { name, owner, token } = claim;
      const item = await table.update(`renew claim ${name}`, claimOf(name), {
        update: 'set #until = :until',
        condition: CURRENT,
        values: { ':owner': owner, ':token': token, ':until': until.getTime(), ':now': now.getTime() },
      });
      return item && { ...claim, until };
    },
    // The item stays behind with its token: the next claim must get a greater one.
    yield: async ({ name, owner, token }) => {
      await table.update(`yield claim ${name}`, claimOf(name), {
        update: 'set #until = :never',
        condition: '#owner = :owner and #token = :token',
        values: { ':owner': owner, ':token': token, ':never': 0 },
      });
    },
    claimant: async (name, now) => {
      const item = await table.get(`read claim ${name}`, claimOf(name));
      if (!item || Number(item['until']) <= now.getTime()) return undefined;
      const { owner, token, until } = item;
      return { name, owner: String(owner), token: Number(token), until: new Date(Number(until)) };
    },
  } satisfies Partial<Journal>;
}

function notebook(table: Table) {
  return {
    keep: (key, value, until) =>
      table.put(`keep ${key}`, { ...keptAs(key), value, until: until.getTime(), expires: expiresAt(until) }),
    kept: async (key, now) => {
      const item = await table.get(`read ${key}`, keptAs(key));
      return item && Number(item['until']) > now.getTime() ? String(item['value']) : undefined;
    },
    last: async (automation) => {
      const [newest] = await table.list(
        `read the last minute of ${automation}`,
        automationOf(automation),
        'minute#',
        1,
      );
      return newest && readMinute(bodyOf(newest));
    },
    append: (minute) => {
      const { automation, at } = minute;
      const key = { pk: automationOf(automation), sk: `minute#${at.toISOString()}` };
      const expires = expiresAt(plus(at, MINUTES_ARE_KEPT));
      return table.put(`append a minute of ${automation}`, { ...key, expires, ...cut(minute) });
    },
    untold: async (road) => {
      const item = await table.get(`read untold news of ${road}`, untoldOf(road));
      return item ? (JSON.parse(bodyOf(item)) as News[]) : [];
    },
    setUntold: (road, news) =>
      table.put(`write untold news of ${road}`, { ...untoldOf(road), body: JSON.stringify(latest(news)) }),
  } satisfies Partial<Journal>;
}

/** An item may have 400 KB, names and keys included. */
const ROOM = 380_000;

/** Counts say how many findings there were, so how many were cut can be told; what was cut of each is noted beside it. */
function cut(minute: Minute): Attributes {
  const taken = fitting(minute.taken, ROOM / 4);
  const amiss = fitting(minute.amiss, ROOM - sizeOf({ ...minute, amiss: [], taken }));
  const lost = { amiss: minute.amiss.length - amiss.length, taken: minute.taken.length - taken.length };
  return { body: JSON.stringify({ ...minute, amiss, taken }), ...(lost.amiss + lost.taken > 0 && { cut: lost }) };
}

/** The newest news, with a word where older had to go: it is told to people who have heard nothing for days. */
function latest(news: readonly News[]): readonly News[] {
  const kept = fitting(news.toReversed(), ROOM).toReversed();
  const gap: News = { kind: 'failed', subject: 'news', line: 'Older news could neither be told nor all be kept.' };
  return kept.length === news.length ? news : [gap, ...kept];
}

/** As many as fit, from the first one on. `room` is in bytes. */
function fitting<T>(all: readonly T[], room: number): readonly T[] {
  let left = room;
  for (const [index, one] of all.entries()) {
    left -= sizeOf(one) + 1;
    if (left < 0) return all.slice(0, index);
  }
  return all;
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

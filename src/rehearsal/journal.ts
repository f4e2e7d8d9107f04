import type { Entry, Lease } from '../core/lease.ts';
import { holdOver, type Hold, type Pin, type Promotion } from '../core/promotion.ts';
import { keyOfRelease } from '../core/record.ts';
import type { Minute, News } from '../core/report.ts';
import type { Claim, Journal } from '../ports.ts';

/** The journal in this process. Copies what it is given, so that a rehearsal cannot change its past by accident. */
export function memoryJournal(): Journal {
  const claims = rivalries();
  const holds = new Map<string, Hold>();
  const history = releases();

  return {
    ...claims.verbs,
    ...history.verbs,
    ...leases(),
    ...notebook(),
    begin: async (promotion, claim, now) => {
      if (!claims.isCurrent(claim, now)) return 'outlived';
      if (promotion.kind === 'forward' && holdOver(promotion.image, [...holds.values()], now)) return 'held';
      history.write(promotion);
      return 'begun';
    },
    holds: async (now) => [...holds.values()].filter(({ until }) => now < until).map((hold) => structuredClone(hold)),
    hold: async (hold) => {
      holds.set(hold.id, structuredClone(hold));
    },
    release: async (holdId) => {
      holds.delete(holdId);
    },
  };
}

function releases() {
  const promotions = new Map<string, Map<string, Promotion>>();
  const pins = new Map<string, Pin>();

  const write = (promotion: Promotion): void => {
    const key = keyOfRelease(promotion);
    promotions.set(key, (promotions.get(key) ?? new Map()).set(promotion.id, structuredClone(promotion)));
  };
  const verbs = {
    promotions: async (release, limit) =>
      [...(promotions.get(keyOfRelease(release))?.values() ?? [])]
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit)
        .map((promotion) => structuredClone(promotion)),
    conclude: async (promotion) => write(promotion),
    pin: async (release) => structuredClone(pins.get(keyOfRelease(release))),
    setPin: async (pin) => {
      pins.set(keyOfRelease(pin), structuredClone(pin));
    },
    unpin: async (release) => {
      const lifted = pins.get(keyOfRelease(release));
      pins.delete(keyOfRelease(release));
      return lifted;
    },
  } satisfies Partial<Journal>;
  return { verbs, write };
}

function rivalries() {
  const claims = new Map<string, Claim>();

  const isCurrent = ({ name, owner, token }: Claim, now: Date): boolean => {
    const held = claims.get(name);
    return held !== undefined && held.owner === owner && held.token === token && now < held.until;
  };
  const write = (claim: Claim): Claim => {
    claims.set(claim.name, structuredClone(claim));
    return structuredClone(claim);
  };
  const verbs = {
    claim: async (name, owner, now, until) => {
      const held = claims.get(name);
      if (held && held.owner !== owner && now < held.until) return undefined;
      return write({ name, owner, token: (held?.token ?? 0) + 1, until });
    },
    renew: async (claim, now, until) => (isCurrent(claim, now) ? write({ ...claim, until }) : undefined),
    // The token stays behind: the next claim must get a greater one.
    yield: async (claim) => {
      if (isCurrent(claim, new Date(0))) write({ ...claim, until: new Date(0) });
    },
    claimant: async (name, now) => {
      const held = claims.get(name);
      return held && now < held.until ? structuredClone(held) : undefined;
    },
  } satisfies Partial<Journal>;
  return { verbs, isCurrent };
}

function leases() {
  const live = new Map<string, Lease>();
  const stories = new Map<string, Entry[]>();
  return {
    leases: async () => [...live.values()].map((lease) => structuredClone(lease)),
    setLease: async (lease, over) => {
      if ((live.get(lease.target)?.edition ?? 0) !== over) return false;
      live.set(lease.target, structuredClone(lease));
      return true;
    },
    endLease: async ({ target, edition }) => {
      if ((live.get(target)?.edition ?? edition) !== edition) return false;
      live.delete(target);
      return true;
    },
    record: async (entry) => {
      const story = stories.get(entry.target) ?? [];
      const isKnown = story.some(({ at, line }) => at.getTime() === entry.at.getTime() && line === entry.line);
      if (!isKnown) stories.set(entry.target, [structuredClone(entry), ...story]);
    },
    entries: async (target, limit) =>
      (stories.get(target) ?? [])
        .toSorted((a, b) => b.at.getTime() - a.at.getTime())
        .slice(0, limit)
        .map((entry) => structuredClone(entry)),
  } satisfies Partial<Journal>;
}

function notebook() {
  const kept = new Map<string, { readonly value: string; readonly until: Date }>();
  const minutes = new Map<string, Minute>();
  const untold = new Map<string, readonly News[]>();

  return {
    keep: async (key, value, until) => {
      kept.set(key, { value, until: new Date(until) });
    },
    kept: async (key, now) => {
      const entry = kept.get(key);
      return entry && now < entry.until ? entry.value : undefined;
    },
    last: async (automation) => structuredClone(minutes.get(automation)),
    append: async (minute) => {
      const newest = minutes.get(minute.automation);
      if (!newest || newest.at <= minute.at) minutes.set(minute.automation, structuredClone(minute));
    },
    untold: async (road) => structuredClone(untold.get(road) ?? []),
    setUntold: async (road, news) => {
      untold.set(road, structuredClone(news));
    },
  } satisfies Partial<Journal>;
}

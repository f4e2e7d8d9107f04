import { describe, expect, it, onTestFinished } from 'vitest';
import { digest } from '../../src/core/digest.ts';
import type { Entry, Lease } from '../../src/core/lease.ts';
import type { Hold, Pin, Promotion } from '../../src/core/promotion.ts';
import type { Minute, News } from '../../src/core/report.ts';
import { minutes, plus } from '../../src/core/time.ts';
import type { Claim, Journal } from '../../src/ports.ts';

/** One record, opened twice: what one handle writes, the other one sees. */
export interface OpenJournal {
  readonly ours: Journal;
  readonly theirs: Journal;
  close(): void | Promise<void>;
}

export interface Occasion {
  /** How often two run for the same thing. */
  readonly races: number;
}

const NOON = new Date('2026-09-14T12:00:00.000Z');
const after = (count: number): Date => plus(NOON, minutes(count));
const RELEASE = { image: 'coder-preview', tag: 'latest' };
const OLD = digest(`sha256:${'a'.repeat(64)}`);
const NEW = digest(`sha256:${'b'.repeat(64)}`);

/** What every journal promises, whatever it is made of. */
export function promisesOfAJournal(open: () => OpenJournal | Promise<OpenJournal>, { races }: Occasion): void {
  const opened = async (): Promise<OpenJournal> => {
    const journal = await open();
    onTestFinished(() => journal.close());
    return journal;
  };
  describe('promotions', () => promisesAboutPromotions(opened));
  describe('beginning', () => promisesAboutBeginning(opened));
  describe('pins', () => promisesAboutPins(opened));
  describe('holds', () => promisesAboutHolds(opened));
  describe('leases', () => promisesAboutLeases(opened));
  describe('claims', () => promisesAboutClaims(opened));
  describe('what is kept', () => promisesAboutWhatIsKept(opened));
  describe('minutes and news', () => promisesAboutMinutes(opened));
  describe('races', () => promisesAboutRaces(opened, races));
}

type Opened = () => Promise<OpenJournal>;

function promisesAboutPromotions(opened: Opened): void {
  it('gives back a whole promotion as it was written, its instants as Dates', async () => {
    const { ours, theirs } = await opened();
    const whole: Promotion = {
      ...promotion('1'),
      state: 'done',
      regions: [
        { region: 'us-east-2', before: OLD, servedAt: after(1) },
        { region: 'us-west-2', error: 'refused' },
      ],
      skewMs: 41,
      copied: { blobs: 12, bytesRead: 249_000_000, bytesWritten: 747_000_000, healed: 1, tookMs: 8_200 },
    };
    await ours.begin(promotion('1'), await claimed(ours), NOON);
    await ours.conclude(whole);
    expect(await theirs.promotions(RELEASE, 10)).toStrictEqual([whole]);
  });

  it('tells the newest first and no more than was asked for', async () => {
    const { ours, theirs } = await opened();
    const claim = await claimed(ours);
    for (const id of ['2026-09-14T12:02', '2026-09-14T12:01', '2026-09-14T12:03']) {
      await ours.begin(promotion(id), claim, NOON);
    }
    expect(idsOf(await theirs.promotions(RELEASE, 2))).toEqual(['2026-09-14T12:03', '2026-09-14T12:02']);
    expect(idsOf(await theirs.promotions(RELEASE, 10))).toHaveLength(3);
  });

  it('keeps the releases of an image apart, and has none of one it never heard of', async () => {
    const { ours } = await opened();
    await ours.begin(promotion('1'), await claimed(ours), NOON);
    expect(await ours.promotions({ ...RELEASE, tag: 'v2' }, 10)).toEqual([]);
    expect(await ours.promotions({ image: 'coder', tag: 'latest' }, 10)).toEqual([]);
  });

  it('replaces what was begun by how it ended, and nothing else', async () => {
    const { ours, theirs } = await opened();
    const claim = await claimed(ours);
    await ours.begin(promotion('1'), claim, NOON);
    await ours.begin(promotion('2'), claim, NOON);
    await ours.conclude({ ...promotion('1'), state: 'undone' });
    const states = (await theirs.promotions(RELEASE, 10)).map(({ id, state }) => [id, state]);
    expect(states).toEqual([
      ['2', 'begun'],
      ['1', 'undone'],
    ]);
  });
}

function promisesAboutBeginning(opened: Opened): void {
  it('refuses a claim that has run out, and writes nothing', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours, 'run-1', after(5));
    expect(await ours.begin(promotion('1'), claim, after(5))).toBe('outlived');
    expect(await ours.promotions(RELEASE, 10)).toEqual([]);
    expect(await ours.begin(promotion('1'), claim, plus(after(5), -1))).toBe('begun');
  });

  it('refuses a claim that somebody else has taken since', async () => {
    const { ours, theirs } = await opened();
    const dead = await claimed(ours, 'run-1', after(5));
    const successor = await theirs.claim('release', 'run-2', after(5), after(10));
    expect(await ours.begin(promotion('1'), dead, after(6))).toBe('outlived');
    expect(await theirs.begin(promotion('2'), sure(successor), after(6))).toBe('begun');
  });

  it('refuses a claim that was yielded, and one that was never made', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours);
    await ours.yield(claim);
    expect(await ours.begin(promotion('1'), claim, NOON)).toBe('outlived');
    expect(await ours.begin(promotion('1'), { ...claim, name: 'another' }, NOON)).toBe('outlived');
  });

  it('goes by the renewed end of a claim, not by the one in the hand', async () => {
    const { ours, theirs } = await opened();
    const claim = await claimed(ours, 'run-1', after(5));
    await theirs.renew(claim, after(4), after(20));
    expect(await ours.begin(promotion('1'), claim, after(15))).toBe('begun');
  });

  it('refuses a forward promotion under a hold over the image or over every image, and writes nothing', async () => {
    for (const scope of ['coder-preview', '*']) {
      const { ours, theirs } = await opened();
      const claim = await claimed(ours);
      await theirs.hold(hold('workshop', { scope }));
      expect(await ours.begin(promotion('1'), claim, after(1))).toBe('held');
      expect(await ours.promotions(RELEASE, 10)).toEqual([]);
    }
  });

  it('lets a rollback through a hold', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours);
    await ours.hold(hold('workshop', { scope: '*' }));
    expect(await ours.begin({ ...promotion('1'), kind: 'rollback' }, claim, after(1))).toBe('begun');
  });

  it('lets a promotion through a hold over another image', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours);
    await ours.hold(hold('workshop', { scope: 'coder' }));
    expect(await ours.begin(promotion('1'), claim, after(1))).toBe('begun');
  });

  it('holds from the first instant of a hold until just before its last', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours);
    await ours.hold(hold('workshop', { since: after(10), until: after(20) }));
    const instants = [plus(after(10), -1), after(10), plus(after(20), -1), after(20)];
    const said = [];
    for (const [index, now] of instants.entries()) said.push(await ours.begin(promotion(`${index}`), claim, now));
    expect(said).toEqual(['begun', 'held', 'held', 'begun']);
  });

  it('says outlived where both stand in the way: whose turn it is comes first', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours, 'run-1', after(5));
    await ours.hold(hold('workshop'));
    expect(await ours.begin(promotion('1'), claim, after(5))).toBe('outlived');
  });

  it('lets a promotion through once the hold is released', async () => {
    const { ours, theirs } = await opened();
    const claim = await claimed(ours);
    await theirs.hold(hold('workshop'));
    expect(await ours.begin(promotion('1'), claim, NOON)).toBe('held');
    await theirs.release('workshop');
    expect(await ours.begin(promotion('1'), claim, NOON)).toBe('begun');
  });

  it('may be repeated by the same run', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours);
    expect(await ours.begin(promotion('1'), claim, NOON)).toBe('begun');
    expect(await ours.begin(promotion('1'), claim, NOON)).toBe('begun');
    expect(await ours.promotions(RELEASE, 10)).toHaveLength(1);
  });
}

function promisesAboutPins(opened: Opened): void {
  const pin: Pin = { ...RELEASE, digest: OLD, since: NOON, by: 'Ada', why: 'the new one loses sessions' };

  it('gives back the pin of a release, and only of that one', async () => {
    const { ours, theirs } = await opened();
    await ours.setPin(pin);
    expect(await theirs.pin(RELEASE)).toStrictEqual(pin);
    expect(await theirs.pin({ ...RELEASE, tag: 'v2' })).toBeUndefined();
  });

  it('lets the later pin stand', async () => {
    const { ours } = await opened();
    await ours.setPin(pin);
    await ours.setPin({ ...pin, digest: NEW });
    expect((await ours.pin(RELEASE))?.digest).toBe(NEW);
  });

  it('hands over the pin that it lifts, once', async () => {
    const { ours, theirs } = await opened();
    await ours.setPin(pin);
    expect(await theirs.unpin(RELEASE)).toStrictEqual(pin);
    expect(await ours.unpin(RELEASE)).toBeUndefined();
    expect(await ours.pin(RELEASE)).toBeUndefined();
  });
}

function promisesAboutHolds(opened: Opened): void {
  it('tells holds that last and holds to come, whole, and none that has ended', async () => {
    const { ours, theirs } = await opened();
    const now = hold('now', { until: after(30) });
    const later = hold('later', { scope: '*', since: after(60), until: after(90) });
    await ours.hold(now);
    await ours.hold(later);
    await ours.hold(hold('ended', { until: after(5) }));
    expect(sorted(await theirs.holds(after(5)))).toStrictEqual([later, now]);
    expect(sorted(await theirs.holds(after(30)))).toStrictEqual([later]);
    expect(await theirs.holds(after(90))).toEqual([]);
  });

  it('replaces a hold by its id, also where the scope or the end changed', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours);
    await ours.hold(hold('workshop', { scope: 'coder-preview' }));
    const moved = hold('workshop', { scope: 'coder', until: after(20) });
    await ours.hold(moved);
    expect(await ours.holds(NOON)).toStrictEqual([moved]);
    expect(await ours.begin(promotion('1'), claim, NOON)).toBe('begun');
  });

  it('goes on holding until the last of several has ended', async () => {
    const { ours } = await opened();
    const claim = await claimed(ours);
    await ours.hold(hold('one', { until: after(40) }));
    await ours.hold(hold('other', { scope: '*', until: after(20) }));
    await ours.release('one');
    expect(await ours.begin(promotion('1'), claim, after(19))).toBe('held');
    expect(await ours.begin(promotion('1'), claim, after(20))).toBe('begun');
  });

  it('does not mind releasing a hold that it does not know', async () => {
    const { ours } = await opened();
    await ours.release('never-heard-of');
    expect(await ours.holds(NOON)).toEqual([]);
  });
}

function promisesAboutLeases(opened: Opened): void {
  it('gives back a whole lease as it was written, its instants as Dates, until it is ended', async () => {
    const { ours, theirs } = await opened();
    const [floor, pause] = [lease('provisioners'), lease('rotator', { kind: 'pause', was: false, sets: [true] })];
    expect(await ours.setLease(floor, 0)).toBe(true);
    expect(await theirs.setLease(pause, 0)).toBe(true);
    expect(byTarget(await theirs.leases())).toStrictEqual([floor, pause]);
    expect(await theirs.endLease(floor)).toBe(true);
    expect(await ours.leases()).toStrictEqual([pause]);
  });

  it('lets only one of two have a knob that is free', async () => {
    const { ours, theirs } = await opened();
    await ours.setLease(lease('provisioners'), 0);
    expect(await theirs.setLease(lease('provisioners', { why: 'another workshop' }), 0)).toBe(false);
    expect(await ours.leases()).toStrictEqual([lease('provisioners')]);
  });

  it('is written over only by whoever has seen the edition that is there', async () => {
    const { ours, theirs } = await opened();
    await ours.setLease(lease('provisioners'), 0);
    const higher = lease('provisioners', { sets: [10, 15], edition: 2 });
    expect(await theirs.setLease(higher, 1)).toBe(true);
    expect(await ours.setLease(lease('provisioners', { sets: [10, 12], edition: 2 }), 1)).toBe(false);
    expect(await ours.endLease(lease('provisioners'))).toBe(false);
    expect(await ours.leases()).toStrictEqual([higher]);
  });

  it('takes the same lease twice and ends it twice, because an answer may have been lost', async () => {
    const { ours } = await opened();
    await ours.setLease(lease('provisioners'), 0);
    expect(await ours.endLease(lease('provisioners'))).toBe(true);
    expect(await ours.endLease(lease('provisioners'))).toBe(true);
    expect(await ours.setLease(lease('provisioners', { since: after(9) }), 0)).toBe(true);
    expect(await ours.leases()).toStrictEqual([lease('provisioners', { since: after(9) })]);
  });

  it('writes nothing over a lease that was ended meanwhile', async () => {
    const { ours, theirs } = await opened();
    await ours.setLease(lease('provisioners'), 0);
    await theirs.endLease(lease('provisioners'));
    expect(await ours.setLease(lease('provisioners', { edition: 2 }), 1)).toBe(false);
    expect(await ours.leases()).toEqual([]);
  });

  it('tells a knob’s story, the newest line first, each line once, and no other knob’s', async () => {
    const { ours, theirs } = await opened();
    for (const minute of [1, 3, 2, 3]) await ours.record(entry('provisioners', minute));
    await ours.record(entry('rotator', 9));
    const story = await theirs.entries('provisioners', 10);
    expect(story).toStrictEqual([3, 2, 1].map((minute) => entry('provisioners', minute)));
    expect(await theirs.entries('provisioners', 2)).toHaveLength(2);
  });
}

const entry = (target: string, minute: number): Entry => ({
  target,
  at: after(minute),
  by: 'calendar',
  line: `set to ${minute}`,
});

const byTarget = (leases: readonly Lease[]): Lease[] => leases.toSorted((a, b) => (a.target < b.target ? -1 : 1));

function lease(target: string, changes: Partial<Lease> = {}): Lease {
  const because = { by: 'calendar', why: 'Intro to Coder, 18 people' };
  const lever = { kind: 'StatefulSet', namespace: 'coder', name: target } as const;
  const knob = { target, cluster: 'ohio', lever, kind: 'floor', was: 3, sets: [10] } as const;
  return { ...knob, since: NOON, until: after(240), edition: 1, ...because, ...changes };
}

function promisesAboutClaims(opened: Opened): void {
  it('gives a name to one owner at a time', async () => {
    const { ours, theirs } = await opened();
    expect(await ours.claim('release', 'run-1', NOON, after(5))).toMatchObject({
      name: 'release',
      owner: 'run-1',
      until: after(5),
    });
    expect(await theirs.claim('release', 'run-2', after(1), after(6))).toBeUndefined();
    expect(await theirs.claim('another', 'run-2', after(1), after(6))).toBeDefined();
  });

  it('gives the name away once it has run out, at that very instant and not before', async () => {
    const { ours, theirs } = await opened();
    await ours.claim('release', 'run-1', NOON, after(5));
    expect(await theirs.claim('release', 'run-2', plus(after(5), -1), after(10))).toBeUndefined();
    expect(await theirs.claim('release', 'run-2', after(5), after(10))).toBeDefined();
  });

  it('lets the same owner claim again, which outdates its earlier claim', async () => {
    const { ours, theirs } = await opened();
    const first = sure(await ours.claim('release', 'run-1', NOON, after(5)));
    const second = sure(await theirs.claim('release', 'run-1', after(1), after(6)));
    expect(second.token).toBeGreaterThan(first.token);
    expect(await ours.begin(promotion('1'), first, after(1))).toBe('outlived');
    expect(await ours.begin(promotion('1'), second, after(1))).toBe('begun');
  });

  it('never gives a token twice: it grows across yields, expiries and renewals', async () => {
    const { ours, theirs } = await opened();
    const tokens: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const journal = round % 2 === 0 ? ours : theirs;
      const claim = sure(await journal.claim('release', `run-${round}`, after(round), after(round + 1)));
      tokens.push(claim.token);
      if (round % 3 === 0) await journal.yield(claim);
      if (round % 3 === 1) await journal.renew(claim, after(round), plus(after(round + 1), -1));
    }
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
  });

  it('prolongs a claim that is still ours, under the same token', async () => {
    const { ours, theirs } = await opened();
    const claim = await claimed(ours, 'run-1', after(5));
    expect(await ours.renew(claim, after(4), after(9))).toStrictEqual({ ...claim, until: after(9) });
    expect(await theirs.claim('release', 'run-2', after(8), after(12))).toBeUndefined();
  });

  it('does not prolong what has run out, was yielded or belongs to a successor', async () => {
    const { ours, theirs } = await opened();
    const claim = await claimed(ours, 'run-1', after(5));
    expect(await ours.renew(claim, after(5), after(9))).toBeUndefined();
    expect(await ours.renew({ ...claim, owner: 'run-2' }, NOON, after(9))).toBeUndefined();
    expect(await ours.renew({ ...claim, token: claim.token + 1 }, NOON, after(9))).toBeUndefined();

    const successor = sure(await theirs.claim('release', 'run-2', after(5), after(10)));
    expect(await ours.renew(claim, after(5), after(9))).toBeUndefined();
    await theirs.yield(successor);
    expect(await theirs.renew(successor, after(6), after(9))).toBeUndefined();
    expect(await theirs.renew({ ...successor, name: 'never-claimed' }, after(6), after(9))).toBeUndefined();
  });

  it('is free at once when yielded', async () => {
    const { ours, theirs } = await opened();
    await ours.yield(await claimed(ours));
    expect(await theirs.claim('release', 'run-2', NOON, after(1))).toBeDefined();
  });

  it('says who has a name, until it has run out or is yielded', async () => {
    const { ours, theirs } = await opened();
    expect(await ours.claimant('release', NOON)).toBeUndefined();
    const claim = await claimed(ours, 'run-1', after(5));
    expect(await theirs.claimant('release', after(1))).toStrictEqual(claim);
    expect(await theirs.claimant('another', after(1))).toBeUndefined();
    expect(await theirs.claimant('release', after(5))).toBeUndefined();
    await ours.yield(claim);
    expect(await theirs.claimant('release', NOON)).toBeUndefined();
  });

  it('lets nobody give away what is no longer theirs', async () => {
    const { ours, theirs } = await opened();
    const dead = await claimed(ours, 'run-1', after(5));
    const successor = sure(await theirs.claim('release', 'run-2', after(5), after(10)));
    await ours.yield(dead);
    await ours.yield({ ...dead, token: successor.token });
    await ours.yield({ ...dead, name: 'never-claimed' });
    expect(await ours.claim('release', 'run-3', after(6), after(11))).toBeUndefined();
    expect(await theirs.renew(successor, after(6), after(11))).toBeDefined();
  });
}

function promisesAboutWhatIsKept(opened: Opened): void {
  it('keeps a value until just before its end', async () => {
    const { ours, theirs } = await opened();
    await ours.keep('shards/run-1', '{"shards":3}', after(5));
    expect(await theirs.kept('shards/run-1', plus(after(5), -1))).toBe('{"shards":3}');
    expect(await theirs.kept('shards/run-1', after(5))).toBeUndefined();
    expect(await theirs.kept('never-kept', NOON)).toBeUndefined();
  });

  it('keeps the later value, and the later end', async () => {
    const { ours } = await opened();
    await ours.keep('place', 'one', after(5));
    await ours.keep('place', 'two', after(9));
    expect(await ours.kept('place', after(6))).toBe('two');
    await ours.keep('place', '', after(7));
    expect(await ours.kept('place', after(6))).toBe('');
    expect(await ours.kept('place', after(8))).toBeUndefined();
  });

  it('keeps the plan of a very large image: 300 kB', async () => {
    const { ours, theirs } = await opened();
    const plan = 'äx9'.repeat(75_000);
    await ours.keep('plan', plan, after(5));
    expect(await theirs.kept('plan', NOON)).toBe(plan);
  });
}

function promisesAboutMinutes(opened: Opened): void {
  it('gives back the newest minute of each automation, whole', async () => {
    const { ours, theirs } = await opened();
    await ours.append(minute({ at: after(1) }));
    await ours.append(minute({ at: after(2) }));
    await ours.append(minute({ automation: 'images', at: after(3) }));
    expect(await theirs.last('parity')).toStrictEqual(minute({ at: after(2) }));
    expect(await theirs.last('images')).toStrictEqual(minute({ automation: 'images', at: after(3) }));
    expect(await theirs.last('never-ran')).toBeUndefined();
  });

  it('is not fooled by a minute that arrives late', async () => {
    const { ours } = await opened();
    await ours.append(minute({ at: after(2) }));
    await ours.append(minute({ at: after(1) }));
    expect((await ours.last('parity'))?.at).toStrictEqual(after(2));
  });

  it('takes a minute with thousands of findings amiss: what is cut can be told from the counts', async () => {
    const { ours } = await opened();
    const amiss = Array.from({ length: 4_000 }, (_, index) => finding(`v${index} in us-west-2 ${'ö'.repeat(150)}`));
    await ours.append(minute({ counts: { ok: 1, warn: 0, fail: 4_000, unknown: 0 }, amiss }));
    const last = await ours.last('parity');
    expect(last?.counts.fail).toBe(4_000);
    expect(last?.amiss.length).toBeGreaterThan(300);
    expect(last?.amiss).toStrictEqual(amiss.slice(0, last?.amiss.length));
    expect(last?.taken).toStrictEqual(minute({}).taken);
  });

  it('keeps the news that could not be told, and forgets it when told', async () => {
    const { ours, theirs } = await opened();
    const news: News[] = [{ kind: 'amiss', subject: 'coder-preview:latest', line: 'fail: …' }];
    expect(await ours.untold('slack')).toEqual([]);
    await ours.setUntold('slack', news);
    expect(await theirs.untold('slack')).toStrictEqual(news);
    expect(await theirs.untold('e-mail')).toEqual([]);
    await theirs.setUntold('slack', []);
    expect(await ours.untold('slack')).toEqual([]);
  });

  it('takes the news of a week in which nobody could be told', async () => {
    const { ours } = await opened();
    const line = 'fail: coder-preview:latest in us-west-2: regions-agree: want bbbbbbbbbbbb, have aaaaaaaaaaaa';
    const news = Array.from({ length: 6_000 }, (_, index): News => ({ kind: 'amiss', subject: `${index}`, line }));
    await ours.setUntold('slack', news);
    const untold = await ours.untold('slack');
    expect(untold.length).toBeGreaterThan(1_000);
    expect(untold.at(-1)).toStrictEqual(news.at(-1));
  });
}

function promisesAboutRaces(opened: Opened, races: number): void {
  it(`lets exactly one of two have a name, in ${races} races`, async () => {
    const { ours, theirs } = await opened();
    const winners = await eachOf(races, async (race) => {
      const both = await Promise.all([
        ours.claim(`race-${race}`, 'ours', NOON, after(5)),
        theirs.claim(`race-${race}`, 'theirs', NOON, after(5)),
      ]);
      return both.filter((claim) => claim !== undefined).length;
    });
    expect(winners).toEqual(Array.from({ length: races }, () => 1));
  });

  it(`lets nothing begin under a claim once its successor has looked, in ${races} races`, async () => {
    const { ours, theirs } = await opened();
    const surprises = await eachOf(races, async (race) => {
      const release = { ...RELEASE, tag: `v${race}` };
      const claim = sure(await ours.claim(`race-${race}`, 'ours', NOON, after(5)));
      const [begun, seen] = await Promise.all([
        // A slow run's clock: it believes that the claim is still its own.
        ours.begin({ ...promotion('1'), ...release }, claim, after(4)),
        theirs.claim(`race-${race}`, 'theirs', after(5), after(10)).then(() => theirs.promotions(release, 5)),
      ]);
      const written = await ours.promotions(release, 5);
      return written.length !== seen.length || (begun === 'begun') !== (written.length === 1);
    });
    expect(surprises.filter(Boolean)).toEqual([]);
  });

  it(`lets nothing begin once somebody was told that it is held and has looked, in ${races} races`, async () => {
    const { ours, theirs } = await opened();
    const surprises = await eachOf(races, async (race) => {
      const release = { image: `image-${race}`, tag: 'latest' };
      const claim = sure(await ours.claim(release.image, 'run-1', NOON, after(60)));
      const [begun, seen] = await Promise.all([
        ours.begin({ ...promotion('1'), ...release }, claim, after(1)),
        theirs.hold(hold(release.image, { scope: release.image })).then(() => theirs.promotions(release, 5)),
      ]);
      const again = await ours.begin({ ...promotion('2'), ...release }, claim, after(1));
      const written = await ours.promotions(release, 5);
      await theirs.release(release.image);
      return again !== 'held' || written.length !== seen.length || (begun === 'begun') !== (written.length === 1);
    });
    expect(surprises.filter(Boolean)).toEqual([]);
  });
}

async function eachOf<T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let index = lane; index < count; index += 8) results[index] = await run(index);
  });
  await Promise.all(lanes);
  return results;
}

function promotion(id: string): Promotion {
  return {
    ...RELEASE,
    id,
    digest: NEW,
    at: NOON,
    state: 'begun',
    by: 'schedule',
    why: 'the source moved on',
    kind: 'forward',
    regions: [],
  };
}

function hold(id: string, changes: Partial<Hold> = {}): Hold {
  const because = { by: 'calendar', why: 'Intro to Coder, 18 people' };
  return { id, scope: 'coder-preview', since: NOON, until: after(30), ...because, ...changes };
}

const finding = (subject: string) => ({
  check: 'regions-agree',
  subject,
  status: 'fail' as const,
  evidence: { want: 'bbbbbbbbbbbb', have: 'aaaaaaaaaaaa', gauge: { value: 3, unit: 'regions' } },
  remedy: { by: 'greenroom' as const, step: { kind: 'mirror-image' as const, ...RELEASE } },
});

function minute(changes: Partial<Minute>): Minute {
  return {
    automation: 'parity',
    at: NOON,
    counts: { ok: 4, warn: 0, fail: 1, unknown: 0 },
    amiss: [finding('coder-preview:latest in us-west-2')],
    taken: [{ step: { kind: 'mirror-image', ...RELEASE }, result: 'promoted' }],
    ...changes,
  };
}

async function claimed(journal: Journal, owner = 'run-1', until = after(60)): Promise<Claim> {
  return sure(await journal.claim('release', owner, NOON, until));
}

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the claim was refused');
  return value;
}

const idsOf = (promotions: readonly Promotion[]): string[] => promotions.map(({ id }) => id);
const sorted = (holds: readonly Hold[]): Hold[] => [...holds].sort((a, b) => (a.id < b.id ? -1 : 1));

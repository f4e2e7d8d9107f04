import { once } from 'node:events';
import { sqliteJournal } from '../../src/clients/sqlite.ts';
import { digest } from '../../src/core/digest.ts';
import type { Promotion } from '../../src/core/promotion.ts';
import { minutes, plus } from '../../src/core/time.ts';
import type { Journal } from '../../src/ports.ts';

/** One of several processes that have the same file open. Told what to do over the process's own channel. */
export interface Task {
  readonly file: string;
  readonly name: string;
  readonly rival: string;
  readonly play: 'claim' | 'promote' | 'hold';
  readonly races: number;
  /** Walks the races in its own order, so that neither is ahead of the other everywhere. Coprime with `races`. */
  readonly stride?: number;
}

const NOON = new Date('2026-09-14T12:00:00.000Z');
const LATER = plus(NOON, minutes(30));

const plays = {
  /** The races that this one won. */
  async claim(journal: Journal, { name, races, stride = 1 }: Task): Promise<number[]> {
    const won: number[] = [];
    for (let turn = 0; turn < races; turn += 1) {
      const race = (turn * stride) % races;
      if (await journal.claim(`race-${race}`, name, NOON, LATER)) won.push(race);
    }
    return won;
  },

  /** Promotes one image after another until each is held; gives back those begun although the hold was known. */
  async promote(journal: Journal, { name, races }: Task): Promise<number[]> {
    const wrong: number[] = [];
    for (let race = 0; race < races; race += 1) {
      const claim = await journal.claim(`image-${race}`, name, NOON, LATER);
      let answer = 'begun';
      for (let attempt = 0; answer === 'begun'; attempt += 1) {
        const known = await journal.kept(`held-${race}`, NOON);
        answer = claim ? await journal.begin(promotion(race, attempt), claim, NOON) : 'outlived';
        if (known !== undefined && answer !== 'held') wrong.push(race);
      }
    }
    return wrong;
  },

  /** Holds one image after another, and says so only when the journal has said that it is held. */
  async hold(journal: Journal, { races }: Task): Promise<number[]> {
    for (let race = 0; race < races; race += 1) {
      const id = `image-${race}`;
      await journal.hold({ id, scope: id, since: NOON, until: LATER, by: 'calendar', why: 'a workshop' });
      await journal.keep(`held-${race}`, 'yes', LATER);
    }
    return [];
  },
};

const promotion = (race: number, attempt: number): Promotion => ({
  id: String(attempt),
  image: `image-${race}`,
  tag: 'latest',
  digest: digest(`sha256:${'b'.repeat(64)}`),
  at: NOON,
  state: 'begun',
  by: 'schedule',
  why: 'the source moved on',
  kind: 'forward',
  regions: [],
});

/** Both have the file open before either plays: otherwise the first might be done when the second one comes. */
async function meet(journal: Journal, { name, rival }: Task): Promise<void> {
  await journal.keep(`here/${name}`, 'yes', LATER);
  while ((await journal.kept(`here/${rival}`, NOON)) === undefined);
}

process.send?.('ready');
const [task] = (await once(process, 'message')) as [Task];
const journal = sqliteJournal(task.file);
await meet(journal, task);
process.send?.(await plays[task.play](journal, task));
journal.close();
process.disconnect();

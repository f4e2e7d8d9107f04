import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { OutsideError, whyOf } from '../core/outside-error.ts';
import type { Promotion } from '../core/promotion.ts';
import { keyOfRelease, readEntry, readHold, readLease, readMinute, readPin, readPromotion } from '../core/record.ts';
import type { News } from '../core/report.ts';
import { days, minus, seconds } from '../core/time.ts';
import type { Claim, Journal } from '../ports.ts';
import { makeDirectory } from './directory.ts';

/** Each brings a file one version on. A file on somebody's laptop is at any of them: append, never edit. */
const MIGRATIONS: readonly string[] = [
  `create table promotion (release text, id text, body text not null, primary key (release, id)) strict, without rowid;
   create table pin (release text primary key, body text not null) strict, without rowid;
   create table hold (id text primary key, scope text not null, since integer not null, until integer not null,
     body text not null) strict, without rowid;
   create table claim (name text primary key, owner text not null, token integer not null, until integer not null)
     strict, without rowid;
   create table kept (key text primary key, value text not null, until integer not null) strict;
   create index kept_until on kept (until);
   create table minute (automation text, at integer, body text not null, primary key (automation, at)) strict;
   create table untold (automation text primary key, body text not null) strict`,
  `create table lease (target text primary key, edition integer not null, body text not null) strict, without rowid;
   create table entry (target text, at integer, line text, body text not null, primary key (target, at, line))
     strict, without rowid;
   create index entry_at on entry (at)`,
];

/** How long one process waits while another writes, which takes it a millisecond or two. */
const PATIENCE = seconds(10);
const BUSY_PAUSE = 5;

/** A look every five minutes for ever would otherwise only grow. */
const MINUTES_ARE_KEPT = days(90);
/** Somebody who asks why something stands as it does, asks about this season's workshops. */
const ENTRIES_ARE_KEPT = days(365);

/** The journal in one file (or `:memory:`), safe to open from several processes at once. */
export function sqliteJournal(file: string): Journal & { close(): void } {
  const store = open(file);
  return {
    ...releases(store),
    ...holds(store),
    ...leases(store),
    ...claims(store),
    ...notebook(store),
    begin: async (promotion, claim, now) =>
      store.atomically(() => {
        if (!isCurrent(store, claim, now)) return 'outlived';
        if (promotion.kind === 'forward' && isHeld(store, promotion.image, now)) return 'held';
        write(store, promotion);
        return 'begun';
      }),
    close: store.close,
  };
}

type Row = Record<string, SQLOutputValue>;

interface Statement {
  readonly text: TemplateStringsArray;
  readonly values: readonly SQLInputValue[];
}

const sql = (text: TemplateStringsArray, ...values: SQLInputValue[]): Statement => ({ text, values });

/** One connection. Every failure comes out under its one name. */
interface Store {
  readonly run: (statement: Statement) => void;
  readonly get: (statement: Statement) => Row | undefined;
  readonly all: (statement: Statement) => readonly Row[];
  /** Takes the write lock first, so that what is read inside is still true when it is written. */
  readonly atomically: <T>(work: () => T) => T;
  readonly close: () => void;
}

function open(file: string): Store {
  const attempt = <T>(operation: string, work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof OutsideError) throw cause;
      throw new OutsideError({ service: `journal ${file}`, operation, ...diagnosis(cause), cause });
    }
  };
  return attempt('open the file', () => {
    if (file !== ':memory:') makeDirectory(dirname(file));
    const db = new DatabaseSync(file, { timeout: PATIENCE });
    patiently(() => db.exec('pragma journal_mode = wal'));
    const prepared = db.createTagStore();
    const store: Store = {
      run: ({ text, values }) => void attempt('write', () => prepared.run(text, ...values)),
      get: ({ text, values }) => attempt('read', () => prepared.get(text, ...values)),
      all: ({ text, values }) => attempt('read', () => prepared.all(text, ...values)),
      atomically: (work) => attempt('write', () => transact(db, work)),
      close: () => db.close(),
    };
    transact(db, () => migrate(db, file));
    return store;
  });
}

/**
 * Tries again while the file is busy, for as long as `PATIENCE`.
 *
 * Because the change to WAL wants the file alone and does not wait for it: SQLite calls no busy handler there, so two
 * processes that both found no file would fail one of them.
 */
function patiently(work: () => void): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; ; waited += BUSY_PAUSE) {
    try {
      return work();
    } catch (error) {
      if (codeOf(error) !== SQLITE_BUSY || waited >= PATIENCE) throw error;
      Atomics.wait(pause, 0, 0, BUSY_PAUSE);
    }
  }
}

function transact<T>(db: DatabaseSync, work: () => T): T {
  db.exec('begin immediate');
  try {
    const result = work();
    db.exec('commit');
    return result;
  } finally {
    if (db.isTransaction) db.exec('rollback');
  }
}

function migrate(db: DatabaseSync, file: string): void {
  const version = Number(db.prepare('pragma user_version').get()?.['user_version']);
  if (version > MIGRATIONS.length) throw new Error(`${file} was written by a newer Greenroom (version ${version})`);
  for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
  db.exec(`pragma user_version = ${MIGRATIONS.length}`);
}

const SQLITE_BUSY = 5;
/** SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL and SQLITE_CANTOPEN, without what their higher bytes say more. */
const NO_ROOM: ReadonlySet<number> = new Set([8, 10, 13, 14]);

const codeOf = (cause: unknown): number | undefined =>
  cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) : undefined;

function diagnosis(cause: unknown) {
  const code = codeOf(cause);
  const trouble = code === SQLITE_BUSY ? ('timeout' as const) : ('broken' as const);
  const remedy = code !== undefined && NO_ROOM.has(code & 0xff) ? ': is its disk full, or not to be written to?' : '';
  return { trouble, detail: `${whyOf(cause)}${remedy}`, ...(code !== undefined && { code: `SQLITE ${code}` }) };
}

function write({ run }: Store, promotion: Promotion): void {
  const { id } = promotion;
  run(sql`replace into promotion values (${keyOfRelease(promotion)}, ${id}, ${JSON.stringify(promotion)})`);
}

function releases(store: Store) {
  const { run, get, all } = store;
  return {
    promotions: async (release, limit) =>
      all(sql`select body from promotion where release = ${keyOfRelease(release)} order by id desc limit ${limit}`).map(
        (row) => readPromotion(String(row['body'])),
      ),
    conclude: async (promotion) => write(store, promotion),
    pin: async (release) => {
      const row = get(sql`select body from pin where release = ${keyOfRelease(release)}`);
      return row && readPin(String(row['body']));
    },
    setPin: async (pin) => run(sql`replace into pin values (${keyOfRelease(pin)}, ${JSON.stringify(pin)})`),
    unpin: async (release) => {
      const row = get(sql`delete from pin where release = ${keyOfRelease(release)} returning body`);
      return row && readPin(String(row['body']));
    },
  } satisfies Partial<Journal>;
}

function holds({ run, all }: Store) {
  return {
    holds: async (now) =>
      all(sql`select body from hold where until > ${now.getTime()} order by until`).map((row) =>
        readHold(String(row['body'])),
      ),
    hold: async (hold) => {
      const { id, scope, since, until } = hold;
      run(
        sql`replace into hold values (${id}, ${scope}, ${since.getTime()}, ${until.getTime()}, ${JSON.stringify(hold)})`,
      );
    },
    release: async (holdId) => run(sql`delete from hold where id = ${holdId}`),
  } satisfies Partial<Journal>;
}

const isHeld = ({ get }: Store, image: string, now: Date): boolean =>
  get(sql`select 1 from hold
    where scope in ('*', ${image}) and since <= ${now.getTime()} and until > ${now.getTime()}`) !== undefined;

const isCurrent = ({ get }: Store, { name, owner, token }: Claim, now: Date): boolean =>
  get(
    sql`select 1 from claim where name = ${name} and owner = ${owner} and token = ${token} and until > ${now.getTime()}`,
  ) !== undefined;

function leases({ run, get, all }: Store) {
  return {
    leases: async () => all(sql`select body from lease`).map((row) => readLease(String(row['body']))),
    setLease: async (lease, over) => {
      const { target, edition } = lease;
      const body = JSON.stringify(lease);
      const row =
        over === 0
          ? get(sql`insert into lease values (${target}, ${edition}, ${body}) on conflict do nothing returning 1`)
          : get(sql`update lease set edition = ${edition}, body = ${body}
              where target = ${target} and edition = ${over} returning 1`);
      return row !== undefined;
    },
    endLease: async ({ target, edition }) => {
      run(sql`delete from lease where target = ${target} and edition = ${edition}`);
      return get(sql`select 1 from lease where target = ${target}`) === undefined;
    },
    record: async (entry) => {
      const { target, at, line } = entry;
      run(sql`replace into entry values (${target}, ${at.getTime()}, ${line}, ${JSON.stringify(entry)})`);
      run(sql`delete from entry where at < ${minus(at, ENTRIES_ARE_KEPT).getTime()}`);
    },
    entries: async (target, limit) =>
      all(sql`select body from entry where target = ${target} order by at desc limit ${limit}`).map((row) =>
        readEntry(String(row['body'])),
      ),
  } satisfies Partial<Journal>;
}

function claims({ run, get }: Store) {
  return {
    claim: async (name, owner, now, until) => {
      run(sql`delete from kept where until <= ${now.getTime()}`);
      const row = get(sql`
        insert into claim values (${name}, ${owner}, 1, ${until.getTime()})
        on conflict (name) do update set owner = excluded.owner, token = token + 1, until = excluded.until
        where claim.owner = excluded.owner or claim.until <= ${now.getTime()}
        returning token`);
      return row && { name, owner, token: Number(row['token']), until };
    },
    renew: async (claim, now, until) => {
      const row = get(sql`
        update claim set until = ${until.getTime()}
        where name = ${claim.name} and owner = ${claim.owner} and token = ${claim.token} and until > ${now.getTime()}
        returning 1`);
      return row && { ...claim, until };
    },
    // The row stays behind with its token: the next claim must get a greater one.
    yield: async ({ name, owner, token }) =>
      run(sql`update claim set until = 0 where name = ${name} and owner = ${owner} and token = ${token}`),
    claimant: async (name, now) => {
      const row = get(sql`select owner, token, until from claim where name = ${name} and until > ${now.getTime()}`);
      return (
        row && { name, owner: String(row['owner']), token: Number(row['token']), until: new Date(Number(row['until'])) }
      );
    },
  } satisfies Partial<Journal>;
}

function notebook({ run, get }: Store) {
  return {
    keep: async (key, value, until) => run(sql`replace into kept values (${key}, ${value}, ${until.getTime()})`),
    kept: async (key, now) => {
      const row = get(sql`select value from kept where key = ${key} and until > ${now.getTime()}`);
      return row && String(row['value']);
    },
    last: async (automation) => {
      const row = get(sql`select body from minute where automation = ${automation} order by at desc limit 1`);
      return row && readMinute(String(row['body']));
    },
    append: async (minute) => {
      const { automation, at } = minute;
      run(sql`replace into minute values (${automation}, ${at.getTime()}, ${JSON.stringify(minute)})`);
      run(sql`delete from minute where automation = ${automation} and at < ${minus(at, MINUTES_ARE_KEPT).getTime()}`);
    },
    // The column is called as it was when each automation had news of its own.
    untold: async (road) => {
      const row = get(sql`select body from untold where automation = ${road}`);
      return row ? (JSON.parse(String(row['body'])) as News[]) : [];
    },
    setUntold: async (road, news) => run(sql`replace into untold values (${road}, ${JSON.stringify(news)})`),
  } satisfies Partial<Journal>;
}

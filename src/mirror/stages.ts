import { digest, type Digest } from '../core/digest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Outcome } from '../core/progress.ts';
import type { Copied } from '../core/promotion.ts';
import { between, days, plus } from '../core/time.ts';
import type { Claim, Repository, Upload } from '../ports.ts';
import { busy, claimFor, giveBack, keeping, STAGE_LEASE_MS } from './claim.ts';
import { bring } from './mirror.ts';
import { planFor } from './plan.ts';
import { everywhere } from './pool.ts';
import { ClaimLost, ended, guarded, tell, type Run } from './run.ts';
import { legOf, shardsOf, SITTING, type Shard, type Sitting } from './shards.ts';
import { holderOf, isInStep, originOf, standingOf } from './standing.ts';
import { countCopied, noneCopied, together } from './tally.ts';
import { transfer, type Wanted } from './transfer.ts';

/** The pipeline cut where a state machine needs it cut. What one stage learns waits in the journal for the next. */
export interface PlannedRun {
  /** Nothing to copy and nothing to promote: the state machine goes straight to parity. */
  readonly idle: boolean;
  /** Idle because another run has the release: it looks afterwards, and what one would see meanwhile is half done. */
  readonly busy: boolean;
  readonly digest?: Digest;
  /** One item per worker; each is done in `legs` sittings of one Lambda each, one after another. */
  readonly shards: readonly { readonly shard: number; readonly legs: number }[];
}

const KEPT_MS = days(1);

interface Notes {
  readonly digest: string;
  /** The digest is somebody's pin: a region may have it and the source not. */
  readonly pinned: boolean;
  readonly since: string;
  readonly claim: { readonly name: string; readonly owner: string; readonly token: number; readonly until: string };
  readonly shards: PlannedRun['shards'];
}

/** Looks, claims the release, and cuts the work into shards. Safe to repeat: the claim is its own. */
export async function planStage(run: Run, sitting: Sitting = SITTING): Promise<PlannedRun> {
  const { endpoints, now, signal } = run;
  const standing = await standingOf(run);
  const origin = await originOf(run, standing);
  const { wanted, pin } = standing;
  if (origin === undefined || wanted === undefined) return { idle: true, busy: false, shards: [] };
  if (run.depth !== 'content' && isInStep(standing)) return { idle: true, busy: false, digest: wanted, shards: [] };
  const [claim, since] = [await claimFor(run, STAGE_LEASE_MS), now()];
  if (!claim) return { idle: true, busy: true, digest: wanted, shards: [] };

  await everywhere(endpoints.copies, (copy) => copy.ensure(signal));
  const plan = await planFor(origin, endpoints.copies, signal);
  const cut = shardsOf(plan.wanted, sitting);
  const shards = cut.map(({ legs }, shard) => ({ shard, legs }));
  await Promise.all(cut.map((shard, i) => keep(run, `shard ${i}`, shard)));
  await keep(run, 'notes', { digest: wanted, pinned: pin !== undefined, since, claim, shards });
  return { idle: false, busy: false, digest: wanted, shards };
}

/**
 * One sitting of one shard: finite, and safe to repeat, since what has arrived is not sent again.
 *
 * Prolongs the run's claim while it sits, and stops when somebody else has taken the release over: then there is
 * nothing left to do for this run, and promoting says so.
 */
export async function transferStage(run: Run, shard: number, leg: number, sitting: Sitting = SITTING): Promise<void> {
  const notes = await kept<Notes>(run, 'notes');
  const claim = await run.journal.renew(claimIn(notes), run.now(), plus(run.now(), STAGE_LEASE_MS));
  if (!claim) return;
  const keeper = keeping(run, claim, STAGE_LEASE_MS);
  const [counting, copied] = countCopied(run);
  try {
    await sit({ ...counting, signal: keeper.signal }, notes, { shard, leg }, sitting);
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error;
  } finally {
    keeper.stop();
    await keepCopied(run, movedBy(shard, leg), copied());
  }
}

const movedBy = (shard: number, leg: number): string => `moved ${shard} ${leg}`;

/** A sitting that is repeated adds to what it moved before. Its figures are not worth failing for. */
async function keepCopied(run: Run, name: string, copied: Copied): Promise<void> {
  try {
    await keep(run, name, together([copied, (await recall<Copied>(run, name)) ?? noneCopied]));
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
  }
}

interface Seat {
  readonly shard: number;
  readonly leg: number;
}

async function sit(run: Run, notes: Notes, { shard, leg }: Seat, sitting: Sitting): Promise<void> {
  const { wanted, legs } = await kept<Shard>(run, `shard ${shard}`);
  const { endpoints, signal, waits } = run;
  const from = notes.pinned ? await holderOf(run, digest(notes.digest)) : endpoints.source;
  const [only] = wanted;
  if (legs > 1 && only) return carryLeg(run, only, from, { shard, leg, last: leg === legs - 1 }, sitting);
  const moved = await transfer({
    source: from,
    copies: endpoints.copies,
    wanted: await stillWanted(run, wanted),
    tell: (event) => tell(run, event),
    ...(signal && { signal }),
    ...(waits && { waits }),
  });
  const [failed] = moved.failed;
  if (failed) throw failed[1];
}

/** After a sitting that broke off, only what it left. */
async function stillWanted({ endpoints, signal }: Run, wanted: readonly Wanted[]): Promise<Wanted[]> {
  const blobs = wanted.map(({ blob }) => blob);
  const lacking = await everywhere(endpoints.copies, (copy) => copy.lacking(blobs, signal));
  return wanted
    .map(({ blob, lacking: before }) => ({
      blob,
      lacking: before.filter((region) => lacking.get(region)?.has(blob.digest)),
    }))
    .filter((one) => one.lacking.length > 0);
}

interface Place extends Seat {
  readonly last: boolean;
}

/**
 * One sitting of a layer that outlasts a Lambda: a part of one upload, whose place waits in the journal.
 *
 * The hash cannot be carried from one process to the next; here it is the registry that checks the digest, when the
 * last part is in. A place that is lost ends the run, and the next one begins that layer again.
 */
async function carryLeg(
  run: Run,
  { blob, lacking: [region = ''] }: Wanted,
  origin: Repository,
  place: Place,
  sitting: Sitting,
): Promise<void> {
  const { signal } = run;
  const copy = run.endpoints.copies.get(region);
  if (!copy) throw new Error(`no such region: ${region}`);
  if ((await copy.lacking([blob], signal)).size === 0) return;

  const { from, until } = legOf(blob.size, place.leg, sitting);
  const name = `upload ${place.shard}`;
  const upload = place.leg === 0 ? await copy.uploads.begin(signal) : await kept<Upload>(run, name);
  if (upload.offset < from) throw lost(copy, `${upload.offset} bytes are there, ${from} were expected`);
  const rest = until - upload.offset;
  const part = told(run, region, origin.read(blob, { from: upload.offset, until }, signal));
  const grown = rest > 0 ? await copy.uploads.append(upload, part, rest, signal) : upload;
  await keep(run, name, grown);
  if (!place.last) return;
  await copy.uploads.finish(grown, blob.digest, signal);
  tell(run, { kind: 'landed', region, digest: blob.digest, healed: false });
}

async function* told(run: Run, region: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    tell(run, { kind: 'read', bytes: chunk.length });
    yield chunk;
    tell(run, { kind: 'wrote', region, bytes: chunk.length });
  }
}

const lost = ({ name }: Repository, detail: string): OutsideError =>
  new OutsideError({ service: name, operation: 'go on with an upload', trouble: 'absent', detail });

/**
 * Stages the manifests and moves the tag, if what was planned is still what is wanted.
 *
 * Safe to repeat: the release is claimed anew, so that an earlier attempt that is not as dead as it looks can no
 * longer begin anything. The claim is given back when there is an outcome; after an error it waits for the repetition
 * or for `abandonStage`.
 */
export async function promoteStage(run: Run): Promise<Outcome> {
  const notes = await kept<Notes>(run, 'notes');
  const claim = await claimFor(run, STAGE_LEASE_MS);
  const outcome = claim ? await guarded(run, () => bringPlanned(run, notes, claim)) : await busy(run);
  if (claim) await giveBack(run.journal, claim);
  tell(run, { kind: 'finished', outcome });
  return outcome;
}

async function bringPlanned(run: Run, notes: Notes, claim: Claim): Promise<Outcome> {
  const keeper = keeping(run, claim, STAGE_LEASE_MS);
  try {
    const standing = await standingOf(run);
    if (standing.wanted !== notes.digest)
      return ended(run, 'superseded', { why: `${standing.wanted ?? 'nothing'} is wanted by now` });
    return await bring({ ...run, signal: keeper.signal }, standing, keeper.current, await movedSoFar(run, notes));
  } finally {
    keeper.stop();
  }
}

/** What all sittings moved, and how long it has taken since it was planned. */
async function movedSoFar(run: Run, { shards, since }: Notes): Promise<Copied> {
  const seats = shards.flatMap(({ shard, legs }) => Array.from({ length: legs }, (_, leg) => movedBy(shard, leg)));
  const moved = await Promise.all(seats.map((name) => recall<Copied>(run, name)));
  const all = together(moved.map((one) => one ?? noneCopied));
  return { ...all, tookMs: between(new Date(since), run.now()) };
}

/**
 * Gives the release back, so that the next run need not wait for the claim to run out.
 *
 * Claims it first, which is only granted while it is ours or nobody's: a run that died before it wrote anything down
 * has its claim taken back too.
 */
export async function abandonStage(run: Run): Promise<void> {
  const claim = await claimFor(run, STAGE_LEASE_MS);
  if (claim) await giveBack(run.journal, claim);
}

const claimIn = ({ claim }: Notes): Claim => ({ ...claim, until: new Date(claim.until) });

const keep = ({ journal, id, now }: Run, name: string, value: unknown): Promise<void> =>
  journal.keep(`run ${id} ${name}`, JSON.stringify(value), plus(now(), KEPT_MS));

async function recall<T>({ journal, id, now }: Run, name: string): Promise<T | undefined> {
  const text = await journal.kept(`run ${id} ${name}`, now());
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

async function kept<T>(run: Run, name: string): Promise<T> {
  const value = await recall<T>(run, name);
  if (value === undefined) throw new Error(`run ${run.id} has no ${name} in the journal: was it planned?`);
  return value;
}

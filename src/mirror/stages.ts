import { digest, type Digest } from '../core/digest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Outcome } from '../core/progress.ts';
import { days, minutes, plus } from '../core/time.ts';
import type { Claim, Repository, Upload } from '../ports.ts';
import { claimName } from './claim.ts';
import { bring } from './mirror.ts';
import { planFor } from './plan.ts';
import { everywhere } from './pool.ts';
import { ended, guarded, tell, type Run } from './run.ts';
import { legOf, shardsOf, SITTING, type Shard, type Sitting } from './shards.ts';
import { holderOf, isInStep, originOf as wantedFrom, standingOf } from './standing.ts';
import { transfer, type Wanted } from './transfer.ts';

/** The pipeline cut where a state machine needs it cut. What one stage learns waits in the journal for the next. */
export interface PlannedRun {
  /** Nothing to copy and nothing to promote: the state machine goes straight to parity. */
  readonly idle: boolean;
  readonly digest?: Digest;
  /** One item per worker; each is done in `legs` sittings of one Lambda each, one after another. */
  readonly shards: readonly { readonly shard: number; readonly legs: number }[];
}

/** A stage that died may be repeated for this long before another run may take the release over. */
const CLAIM_MS = minutes(60);
const KEPT_MS = days(1);

interface Notes {
  readonly digest: string;
  readonly claim: { readonly name: string; readonly owner: string; readonly token: number; readonly until: string };
}

/** Looks, claims the release, and cuts the work into shards. Safe to repeat: the claim is its own. */
export async function planStage(run: Run, sitting: Sitting = SITTING): Promise<PlannedRun> {
  const { endpoints, journal, now, signal } = run;
  const standing = await standingOf(run);
  const { wanted } = standing;
  const origin = await wantedFrom(run, standing);
  if (origin === undefined || wanted === undefined) return { idle: true, shards: [] };
  if (!run.deep && isInStep(standing)) return { idle: true, shards: [] };
  const claim = await journal.claim(claimName(run.release), run.id, now(), plus(now(), CLAIM_MS));
  if (!claim) return { idle: true, digest: wanted, shards: [] };

  await everywhere(endpoints.copies, (copy) => copy.ensure(signal));
  const plan = await planFor(origin, endpoints.copies, signal);
  const shards = shardsOf(plan.wanted, sitting);
  await Promise.all(shards.map((shard, i) => keep(run, `shard ${i}`, shard)));
  await keep(run, 'notes', { digest: wanted, claim });
  return { idle: false, digest: wanted, shards: shards.map(({ legs }, shard) => ({ shard, legs })) };
}

/** One sitting of one shard: finite, and safe to repeat, since what has arrived is not sent again. */
export async function transferStage(run: Run, shard: number, leg: number, sitting: Sitting = SITTING): Promise<void> {
  const { wanted, legs } = await kept<Shard>(run, `shard ${shard}`);
  const [only] = wanted;
  if (legs > 1 && only) return carryLeg(run, only, { shard, leg, last: leg === legs - 1 }, sitting);

  const { endpoints, signal } = run;
  const moved = await transfer({
    source: await originOf(run),
    copies: endpoints.copies,
    wanted: await stillWanted(run, wanted),
    tell: (event) => tell(run, event),
    ...(signal && { signal }),
  });
  const [failed] = moved.failed;
  if (failed) throw failed[1];
}

async function originOf(run: Run): Promise<Repository> {
  const { digest: wanted } = await kept<Notes>(run, 'notes');
  const source = run.endpoints.source;
  return (await source.head(wanted, run.signal)) ? source : holderOf(run, digest(wanted));
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

interface Place {
  readonly shard: number;
  readonly leg: number;
  readonly last: boolean;
}

/**
 * One sitting of a layer that outlasts a Lambda: a part of one upload, whose place waits in the journal.
 *
 * The hash cannot be carried from one process to the next; here it is the registry that checks the digest, when the
 * last part is in. A place that is lost ends the run, and the next one begins that layer again.
 */
async function carryLeg(run: Run, { blob, lacking }: Wanted, place: Place, sitting: Sitting): Promise<void> {
  const [region = ''] = lacking;
  const copy = run.endpoints.copies.get(region);
  if (!copy) throw new Error(`no such region: ${region}`);
  if ((await copy.lacking([blob], run.signal)).size === 0) return;

  const { from, until } = legOf(blob.size, place.leg, sitting);
  const name = `upload ${place.shard}`;
  const upload = place.leg === 0 ? await copy.uploads.begin(run.signal) : await kept<Upload>(run, name);
  if (upload.offset < from) throw lost(copy, `${upload.offset} bytes are there, ${from} were expected`);
  const origin = await originOf(run);
  const rest = until - upload.offset;
  const grown =
    rest > 0
      ? await copy.uploads.append(
          upload,
          origin.read(blob, { from: upload.offset, until }, run.signal),
          rest,
          run.signal,
        )
      : upload;
  await keep(run, name, grown);
  if (place.last) await copy.uploads.finish(grown, blob.digest, run.signal);
}

const lost = ({ name }: Repository, detail: string): OutsideError =>
  new OutsideError({ service: name, operation: 'go on with an upload', trouble: 'absent', detail });

/** Stages the manifests and moves the tag, if the source still means what was planned. */
export async function promoteStage(run: Run): Promise<Outcome> {
  const notes = await kept<Notes>(run, 'notes');
  const outcome = await guarded(run, async () => {
    const claim = await run.journal.renew(claimOf(notes), run.now(), plus(run.now(), CLAIM_MS));
    if (!claim) return ended(run, 'busy', { why: 'another run has taken over' });
    const standing = await standingOf(run);
    if (standing.wanted !== notes.digest)
      return ended(run, 'superseded', { why: `the source now means ${standing.source ?? 'nothing'}` });
    return bring(run, standing, () => claim);
  });
  await run.journal.yield(claimOf(notes));
  tell(run, { kind: 'finished', outcome });
  return outcome;
}

/** Yields the claim of a run that failed, so that the next one need not wait for it to run out. */
export async function abandonStage(run: Run): Promise<void> {
  const text = await run.journal.kept(`run ${run.id} notes`, run.now());
  if (text !== undefined) await run.journal.yield(claimOf(JSON.parse(text) as Notes));
}

const claimOf = ({ claim }: Notes): Claim => ({ ...claim, until: new Date(claim.until) });

const keep = ({ journal, id, now }: Run, name: string, value: unknown): Promise<void> =>
  journal.keep(`run ${id} ${name}`, JSON.stringify(value), plus(now(), KEPT_MS));

async function kept<T>({ journal, id, now }: Run, name: string): Promise<T> {
  const text = await journal.kept(`run ${id} ${name}`, now());
  if (text === undefined) throw new Error(`run ${id} has no ${name} in the journal: was it planned?`);
  return JSON.parse(text) as T;
}

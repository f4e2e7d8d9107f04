import { short, type Digest } from '../src/core/digest.ts';
import { spellRelease } from '../src/core/estate.ts';
import type { ImageSighting } from '../src/core/sighting.ts';
import { spoken } from '../src/core/time.ts';
import type { Surroundings } from '../src/reconcile.ts';
import type { Call } from './command.ts';
import { look } from './look.ts';

/** What the next look will do about a release that nobody holds back any more. */
export interface NextLook {
  readonly release: string;
  readonly does: 'nothing' | 'promote' | 'unknown';
  readonly say: string;
  readonly digest?: Digest;
}

/** Looks at every release of a world, and tells what the next look will make of each. */
export async function nextLooks(
  world: Surroundings,
  { terminal, now, signal }: Pick<Call, 'terminal' | 'now' | 'signal'>,
): Promise<NextLook[]> {
  const { sightings } = await look(world, { depth: 'tag', now: now(), log: terminal.trouble, signal, history: 0 });
  return sightings.map(nextLook);
}

export function nextLook(sighting: ImageSighting): NextLook {
  const release = spellRelease(sighting.release);
  const { source, pin, hold, copies } = sighting;
  if (pin) return { release, does: 'nothing', say: `It is pinned to ${short(pin.digest)}, and stays there.` };
  if (!source.seen)
    return { release, does: 'unknown', say: 'The source cannot be asked now; the next look will try again.' };
  const wanted = source.value;
  if (wanted === undefined)
    return {
      release,
      does: 'nothing',
      say: 'The source has no such tag: the next look leaves the regions as they are.',
    };
  const behind = copies.filter(({ serves }) => !serves.seen || serves.value !== wanted);
  if (behind.length === 0)
    return { release, does: 'nothing', say: 'Every region serves what the source serves: there is nothing to do.' };
  if (hold) {
    const say = `Held by ${hold.by} until ${spoken(hold.until)} (${hold.why}): ${short(wanted)} is promoted after that.`;
    return { release, does: 'nothing', digest: wanted, say };
  }
  const regions = behind.map(({ region }) => region).join(', ');
  return { release, does: 'promote', digest: wanted, say: `The next look promotes ${short(wanted)} in ${regions}.` };
}

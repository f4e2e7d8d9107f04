import type { Release } from '../core/estate.ts';
import { holdOver, type Pin } from '../core/promotion.ts';
import { saw, type CopySighting, type Depth, type ImageSighting, type Seen } from '../core/sighting.ts';
import { each } from '../mirror/pool.ts';
import type { Endpoints } from '../mirror/run.ts';
import { offerOf, type Offer } from '../mirror/standing.ts';
import type { Journal } from '../ports.ts';
import { copySights, tryTo, type Aim } from './behind.ts';

export interface Look {
  readonly depth: Depth;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** How one release stands at its source and in every region. A side that cannot be read is `unseen`, never thrown. */
export async function sightRelease(
  release: Release,
  endpoints: Endpoints,
  journal: Journal,
  { depth, now, signal }: Look,
): Promise<ImageSighting> {
  const { image, tag } = release;
  const [pin, holds, offer] = await Promise.all([
    journal.pin({ image: image.name, tag }),
    journal.holds(now),
    tryTo(() => offerOf(endpoints.source, tag, image.platforms, signal), signal),
  ]);
  const hold = holdOver(image.name, holds, now);
  const aim = aimOf(release, offer, pin);
  const sightCopy = copySights({ tag, aim, isHeld: hold !== undefined && !pin }, endpoints, depth, signal);
  const copies = await each(
    [...endpoints.copies],
    endpoints.copies.size,
    async ([region, copy]): Promise<CopySighting> => ({ region, ...(await sightCopy(copy)) }),
  );
  const source = offer.seen ? saw(offer.value?.digest) : offer;
  return { release, source, copies, ...(pin && { pin }), ...(hold && { hold }) };
}

/** What the regions should have all of: a pinned digest as it is, or what the source has for the wanted platforms. */
function aimOf({ image }: Release, offer: Seen<Offer | undefined>, pin: Pin | undefined): Aim | undefined {
  if (pin) return { wanted: pin.digest, origin: pin.digest };
  if (!offer.seen || !offer.value) return undefined;
  const { digest, source } = offer.value;
  return { wanted: digest, origin: source, ...(image.platforms && { platforms: image.platforms }) };
}

import type { Release } from '../core/estate.ts';
import type { ImageSighting } from '../core/sighting.ts';
import type { Endpoints } from '../mirror/mirror.ts';
import type { Journal } from '../ports.ts';

export interface Look {
  /** `tag`: one request to the source and one to each region. `content`: everything behind the tag as well. */
  readonly depth: 'tag' | 'content';
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** How one release stands at its source and in every region. A side that cannot be read is `unseen`, never thrown. */
export function sightRelease(
  _release: Release,
  _endpoints: Endpoints,
  _journal: Journal,
  _look: Look,
): Promise<ImageSighting> {
  return Promise.reject(new Error('being written'));
}

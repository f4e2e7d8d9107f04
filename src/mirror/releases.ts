import type { Image, Release } from '../core/estate.ts';
import type { Repository } from '../ports.ts';

/** The releases that an image's tags stand for now: exact tags as they are, patterns matched against the source's tags. */
export function releasesOf(_image: Image, _source: Repository, _signal?: AbortSignal): Promise<readonly Release[]> {
  return Promise.reject(new Error('being written'));
}

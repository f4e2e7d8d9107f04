import { listed } from '../board/words.ts';

const IN = ' in ';

/**
 * Things that say the same of one release in several regions, as one thing.
 *
 * Three regions that are behind are one fact to a person: the first of them stands for all, with every region in
 * its subject.
 */
export function together<T extends { readonly subject: string }>(
  things: readonly T[],
  sameOf: (thing: T) => string,
): T[] {
  const groups = Map.groupBy(things, (thing) => `${releaseOf(thing.subject)}\n${sameOf(thing)}`);
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const regions = [first, ...others].flatMap(({ subject }) => regionOf(subject) ?? []);
    return [others.length === 0 ? first : { ...first, subject: `${releaseOf(first.subject)}${IN}${listed(regions)}` }];
  });
}

const releaseOf = (subject: string): string => subject.split(IN, 1)[0] ?? subject;
const regionOf = (subject: string): string | undefined => subject.split(IN)[1];

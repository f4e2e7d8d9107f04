/**
 * Runs `work` on every item, at most `width` at a time, in order. After a failure nothing new is begun; what runs is
 * waited for, so that nothing goes on behind the caller's back, and then the first failure is thrown.
 */
export async function each<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}

/** The same for every entry of a map, all at once: there are only a handful of regions. All have ended when it throws. */
export async function everywhere<T, R>(
  places: ReadonlyMap<string, T>,
  work: (place: T, name: string) => Promise<R>,
): Promise<Map<string, R>> {
  return new Map(
    await each([...places], places.size, async ([name, place]) => [name, await work(place, name)] as const),
  );
}

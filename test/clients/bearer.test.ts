import { afterEach, describe, expect, it } from 'vitest';
import { hours } from '../../src/core/time.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { makeBed, NAME, type Bed } from '../mirror/bed.ts';

describe('a token that runs out', () => {
  let bed: Bed;
  let skewMs = 0;
  afterEach(() => bed.close());

  const tokensAsked = () => bed.source.traffic.countOf('GET', /^\/token/);

  it('is replaced, and what was asked for with it is asked again', async () => {
    bed = await makeBed({ source: { auth: 'bearer' }, clock: () => Date.now() + skewMs });
    await seedImage(bed.source, { repository: NAME, tag: 'latest', version: 'v1' });
    const { source } = bed.run().endpoints;
    await source.head('latest');
    skewMs += hours(1);
    expect(await source.head('latest')).toBeDefined();
    expect(tokensAsked()).toBe(2);
  });

  it('is replaced once for all who are refused with it at the same time', async () => {
    bed = await makeBed({ source: { auth: 'bearer' }, clock: () => Date.now() + skewMs });
    await seedImage(bed.source, { repository: NAME, tag: 'latest', version: 'v1' });
    const { source } = bed.run().endpoints;
    await source.head('latest');
    skewMs += hours(1);
    const looks = await Promise.all(Array.from({ length: 8 }, () => source.head('latest')));
    expect(looks.every((head) => head !== undefined)).toBe(true);
    expect(tokensAsked()).toBe(2);
  });
});

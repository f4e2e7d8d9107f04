import { clustersOf } from '../cluster.ts';
import type { Digest } from '../core/digest.ts';
import type { EksCluster, Estate, Image } from '../core/estate.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { News } from '../core/report.ts';
import { plus } from '../core/time.ts';
import { mirroringHere } from '../mirroring.ts';
import type { Journal, Road, World } from '../ports.ts';
import type { RehearsedCoder } from './coder.ts';
import { memoryJournal } from './journal.ts';
import { RehearsedCluster } from './kubernetes/cluster.ts';
import { memoryRepository, type MemoryRepository } from './repository.ts';
import { smallImage } from './small-image.ts';
import { rehearsedWakeups } from './wakeups.ts';

/** What a rehearsal is set in. */
export interface Scenery {
  readonly begins: Date;
  readonly images?: readonly Image[];
  /** A journal that is there already, such as one in SQLite. */
  readonly journal?: Journal;
  readonly clusters?: readonly EksCluster[];
  /** A Coder in front of them. */
  readonly coder?: RehearsedCoder;
  /** What the estate has besides: pools, rotators, a policy. */
  readonly estate?: Partial<Estate>;
}

/** A whole world in this process: everything is where a story can look at it and lay hands on it. */
export interface Rehearsal extends World {
  /** The only clock there is. */
  now(): Date;
  pass(milliseconds: number): void;
  readonly image: Image;
  /** The repository that an image comes from. */
  sourceOf(image?: Image): MemoryRepository;
  copyIn(region: string, image?: Image): MemoryRepository;
  /** Releases a word at the source. The same word is the same image. */
  publish(word: string, tag?: string, image?: Image): Digest;
  /** What each region's tag means now, in the order of the estate. */
  served(tag?: string, image?: Image): (Digest | undefined)[];
  /** Everything named and not there, behind every tag of every region. */
  torn(): string[];
  /** A cluster of the scenery, where a story can lay hands on it. */
  clusterCalled(name: string): RehearsedCluster;
  readonly wakeups: ReturnType<typeof rehearsedWakeups>;
  /** Every line that reached the crew. */
  readonly said: readonly News[];
  /** Whether the crew can be reached. */
  crewIsAway: boolean;
  /** Everything that was logged: what failed, and the whole error. */
  readonly logged: { readonly what: string; readonly error: unknown }[];
}

export const CODER_PREVIEW: Image = {
  name: 'coder-preview',
  source: 'ghcr.io/coder/coder-preview',
  repository: 'coder-preview',
  tags: ['latest'],
  moving: ['latest'],
};

const REGIONS = [
  { name: 'us-east-2', city: 'Ohio' },
  { name: 'us-west-2', city: 'Oregon' },
  { name: 'eu-west-2', city: 'London' },
] as const;

export function rehearse(scenery: Scenery): Rehearsal {
  const { begins, images = [CODER_PREVIEW], journal = memoryJournal(), coder } = scenery;
  const estate = estateOf(scenery, images);
  const rehearsed = new Map((estate.clusters ?? []).map(({ name }) => [name, new RehearsedCluster({ name, begins })]));
  const clock = { now: begins };
  const pass = (milliseconds: number): void => {
    clock.now = plus(clock.now, milliseconds);
    for (const cluster of rehearsed.values()) cluster.advance(clock.now);
  };
  const now = (): Date => clock.now;
  const clusterCalled = (name: string): RehearsedCluster => {
    const found = rehearsed.get(name);
    if (!found) throw new Error(`the rehearsal has no cluster ${name}`);
    return found;
  };
  const shelves = shelvesOf(estate, pass);
  const registries = {
    source: shelves.sourceOf,
    copy: (image: Image, region: string) => shelves.copyIn(region, image),
  };
  const said: News[] = [];
  const [image = CODER_PREVIEW] = images;
  const world: Rehearsal = {
    ...shelves,
    estate,
    registries,
    clusters: clustersOf(estate, ({ name }) => clusterCalled(name).port),
    ...(coder && { coder: coder.port }),
    clusterCalled,
    journal,
    image,
    now,
    pass,
    said,
    logged: [],
    crewIsAway: false,
    crew: [roadTo(said, () => world.crewIsAway)],
    wakeups: rehearsedWakeups(),
    mirroring: mirroringHere({ estate, registries, journal }, { now }),
  };
  return world;
}

const roadTo = (said: News[], isAway: () => boolean): Road => ({
  name: 'crew',
  say: async (news) => {
    if (isAway()) throw new OutsideError({ service: 'crew', operation: 'tell the crew', trouble: 'timeout' });
    said.push(...news);
  },
});

const estateOf = ({ clusters, coder, estate }: Scenery, images: readonly Image[]): Estate => ({
  name: 'rehearsal',
  home: 'us-east-2',
  regions: REGIONS,
  images,
  people: { emails: [] },
  ...(clusters && { clusters }),
  ...(coder && { coder: { url: 'https://coder.example.com', token: 'coder' } }),
  ...estate,
});

type Shelves = Pick<Rehearsal, 'sourceOf' | 'copyIn' | 'publish' | 'served' | 'torn'>;

function shelvesOf({ images, regions }: Estate, pass: (milliseconds: number) => void): Shelves {
  const [first = CODER_PREVIEW] = images;
  const open = new Map<string, MemoryRepository>();
  for (const image of images) {
    open.set(image.source, memoryRepository(image.source, { pass, referrersApi: false }));
    for (const { name } of regions) {
      const copy = memoryRepository(`${name}/${image.repository}`, { pass, moving: image.moving });
      open.set(copy.name, copy);
    }
  }
  const at = (name: string): MemoryRepository => {
    const found = open.get(name);
    if (!found) throw new Error(`the rehearsal has no ${name}`);
    return found;
  };
  const sourceOf = (image = first): MemoryRepository => at(image.source);
  const copyIn = (region: string, image = first): MemoryRepository => at(`${region}/${image.repository}`);
  const everyCopy = (image: Image): MemoryRepository[] => regions.map(({ name }) => copyIn(name, image));
  return {
    sourceOf,
    copyIn,
    publish: (word, tag = 'latest', image = first) => sourceOf(image).shelve(smallImage(word), tag),
    served: (tag = 'latest', image = first) => everyCopy(image).map(({ tagged }) => tagged.get(tag)),
    torn: () => images.flatMap(everyCopy).flatMap((copy) => copy.torn()),
  };
}

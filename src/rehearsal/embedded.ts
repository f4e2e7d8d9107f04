import { join } from 'node:path';
import type { Digest } from '../core/digest.ts';
import type { Estate, Image } from '../core/estate.ts';
import type { Descriptor } from '../core/manifest.ts';
import { pushPublished, type PublishedPlatform } from './github.ts';
import { onPort } from './on-port.ts';
import { startRegistry, type Fault, type Manners, type RegistryServer, type Shape } from './registry.ts';
import { seedImage } from './seed-image.ts';
import type { Secrets } from './secrets.ts';

/** Where each registry listens, by region, and `source`. */
export type Ports = Readonly<Record<string, number>>;

export interface EmbeddedSettings {
  /** Content lives in here and outlives the process. */
  readonly directory: string;
  readonly secrets: Secrets;
  /** Where registries listened before; a port that is taken by now is replaced by a free one. */
  readonly ports?: Ports;
  /** A real image to mirror instead of a seeded one: then there is no embedded source. */
  readonly image?: Image;
  /** As fast as the machine can, instead of at the pace of a wire between continents. */
  readonly fullSpeed?: boolean;
}

/** How a region can be made to fail. */
export const WAYS_TO_BREAK = ['offline', 'disk-full', 'slow', 'refuse-tags'] as const;
export type WayToBreak = (typeof WAYS_TO_BREAK)[number];

/** A source and three regions in this process, speaking the registries' own protocol over loopback. */
export interface Embedded {
  readonly estate: Estate;
  readonly ports: Ports;
  /** `127.0.0.1:41000`, by region, and `source`. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Versions at the embedded source, the oldest first. */
  versions(): readonly string[];
  /** Puts a version at the embedded source, and `latest` with it. Without a name: the one after the newest. */
  publish(version?: string): Promise<Published>;
  break(region: string, how: WayToBreak): void;
  mend(region: string): void;
  /** What a tag of the image means in a region. */
  served(region: string, tag: string): Digest | undefined;
  close(): Promise<void>;
}

export interface Published {
  readonly version: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** What GitHub would send about it, in its order. */
  readonly deliveries: readonly unknown[];
}

const OWNER = 'coder';
const NAME = 'coder-preview';
const SOURCE_REPOSITORY = `${OWNER}/${NAME}`;
const MOVING = 'latest';
const FIRST_VERSION = 'v2.31.0';

/** The regions of ai.coder.com, each at the pace at which a copy in Virginia would reach it. */
export const REGIONS = [
  { name: 'us-east-2', city: 'Ohio', latencyMs: 12, bytesPerSecond: 8e6 },
  { name: 'us-west-2', city: 'Oregon', latencyMs: 22, bytesPerSecond: 7.4e6 },
  { name: 'eu-west-2', city: 'London', latencyMs: 34, bytesPerSecond: 6.8e6 },
] as const;

const LAYERS_IN_BYTES = [4_700_000, 1_300_000, 6_900_000, 310_000];
const TEN_YEARS_IN_SECONDS = 315_360_000;

export async function startEmbedded(settings: EmbeddedSettings): Promise<Embedded> {
  const { secrets, image } = settings;
  const source = image ? undefined : await open('source', settings, sourceManners(secrets), { latencyMs: 18 });
  const regions = new Map<string, RegistryServer>();
  for (const { name, latencyMs, bytesPerSecond } of REGIONS) {
    const shape = { latencyMs, bytesPerSecondPerConnection: bytesPerSecond };
    const registry = await open(name, settings, regionManners(name, secrets, image), shape);
    registry.createRepository(image?.repository ?? NAME);
    regions.set(name, registry);
  }
  const all = new Map([...(source ? [['source', source] as const] : []), ...regions]);
  const hosts = Object.fromEntries([...all].map(([name, { host }]) => [name, host]));
  return {
    estate: estateOf(image ?? seededImage(hosts['source'] ?? '')),
    hosts,
    ports: Object.fromEntries(Object.entries(hosts).map(([name, host]) => [name, Number(host.split(':')[1])])),
    versions: () => (source ? versionsAt(source) : []),
    publish: (version) => publish(source, version),
    ...breaking(regions),
    served: (region, tag) =>
      regions
        .get(region)
        ?.tagsOf(image?.repository ?? NAME)
        .get(tag),
    close: async () => {
      await Promise.all([...all.values()].map((registry) => registry.close()));
    },
  };
}

async function open(
  name: string,
  { directory, ports = {}, fullSpeed = false }: EmbeddedSettings,
  manners: Manners,
  shape: Shape,
): Promise<RegistryServer> {
  const options = { directory: join(directory, name), manners, shape: fullSpeed ? {} : shape };
  return onPort(ports[name], (port) => startRegistry({ ...options, port }));
}

const sourceManners = ({ logins }: Secrets): Manners => ({
  kind: 'ghcr',
  ...(logins['source'] && { credentials: logins['source'] }),
});

const regionManners = (name: string, { logins }: Secrets, image?: Image): Manners => ({
  kind: 'ecr',
  immutableTags: true,
  mutableTagPatterns: [...(image?.moving ?? [MOVING])],
  // Because a world that is left running overnight must still open to a command that read its password before.
  tokenSeconds: TEN_YEARS_IN_SECONDS,
  ...(logins[name] && { credentials: logins[name] }),
});

const seededImage = (host: string): Image => ({
  name: NAME,
  source: `${host}/${SOURCE_REPOSITORY}`,
  repository: NAME,
  tags: [MOVING, 'v*'],
  newest: 4,
  moving: [MOVING],
});

const estateOf = (image: Image): Estate => ({
  name: 'rehearsal',
  home: REGIONS[0].name,
  regions: REGIONS.map(({ name, city }) => ({ name, city })),
  images: [image],
  people: { emails: [] },
});

const numbersIn = (version: string): number[] => (version.match(/\d+/g) ?? []).map(Number);

const versionsAt = (source: RegistryServer): string[] =>
  [...source.tagsOf(SOURCE_REPOSITORY).keys()]
    .filter((tag) => /^v\d/.test(tag))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

function versionAfter(newest: string | undefined): string {
  if (newest === undefined) return FIRST_VERSION;
  const [major = 0, minor = 0, patch = 0] = numbersIn(newest);
  return `v${major}.${minor}.${patch + 1}`;
}

async function publish(source: RegistryServer | undefined, wanted?: string): Promise<Published> {
  if (!source) throw new Error('this world mirrors a real image: nothing can be published here');
  const version = wanted ?? versionAfter(versionsAt(source).at(-1));
  const { digest, bytes } = await seedImage(source, {
    repository: SOURCE_REPOSITORY,
    tag: version,
    version,
    extraTags: [MOVING],
    layerBytes: LAYERS_IN_BYTES,
    signature: 'both',
    sbom: true,
  });
  return { version, digest, bytes, deliveries: deliveriesOf(source, version, digest) };
}

function deliveriesOf(source: RegistryServer, tag: string, index: Digest): readonly unknown[] {
  const stored = source.manifestOf(SOURCE_REPOSITORY, index);
  const { manifests = [] } = JSON.parse(stored?.bytes.toString('utf8') ?? '{}') as { manifests?: Descriptor[] };
  const platformOf = ({ digest, platform }: Descriptor): PublishedPlatform => ({
    digest,
    os: platform?.os ?? 'unknown',
    architecture: platform?.architecture ?? 'unknown',
  });
  const listed = manifests.map(platformOf);
  return pushPublished({
    owner: OWNER,
    name: NAME,
    registry: source.host,
    tag,
    index,
    platforms: listed.filter(({ os }) => os !== 'unknown'),
    attestations: listed.filter(({ os }) => os === 'unknown').map(({ digest }) => digest),
  });
}

const SLOW_BYTES_PER_SECOND = 400_000;

const FAULTS: Record<Exclude<WayToBreak, 'offline'>, Fault> = {
  'disk-full': { on: {}, do: { kind: 'diskFull' } },
  slow: { on: { minBytes: 1 }, do: { kind: 'slow', bytesPerSecond: SLOW_BYTES_PER_SECOND } },
  'refuse-tags': {
    on: { method: 'PUT', path: /\/manifests\/(?!sha256|gr-)/ },
    do: { kind: 'status', status: 403, code: 'DENIED', message: 'this registry refuses tags for now' },
  },
};

function breaking(regions: ReadonlyMap<string, RegistryServer>): Pick<Embedded, 'break' | 'mend'> {
  const set = (region: string, how: WayToBreak | undefined): void => {
    const registry = regions.get(region);
    if (!registry) throw new Error(`there is no region "${region}", only ${[...regions.keys()].join(', ')}`);
    registry.offline = how === 'offline';
    registry.faults = how === undefined || how === 'offline' ? [] : [FAULTS[how]];
  };
  return { break: set, mend: (region) => set(region, undefined) };
}

export const isWayToBreak = (text: unknown): text is WayToBreak => WAYS_TO_BREAK.some((way) => way === text);

import { type Estate, matches } from './core/estate.ts';
import { isObject } from './core/json.ts';
import { aCalendar } from './estate/calendar.ts';
import { aCluster, aPool, aRotator, aVpc } from './estate/clusters.ts';
import { aCoder, aDomain, aGateway, aToken } from './estate/credentials.ts';
import { anImage } from './estate/images.ts';
import { aChannel, anEmail, quietHours, severities } from './estate/people.ts';
import { aPolicy } from './estate/policy.ts';
import {
  type Rule,
  aRegion,
  all,
  distinct,
  field,
  list,
  listOf,
  optional,
  record,
  text,
  textsOf,
  wants,
} from './estate/rules.ts';

/** The estate is wrong, and here is everything that is wrong with it. */
export class EstateError extends Error {
  readonly faults: readonly string[];

  constructor(name: string, faults: readonly string[]) {
    super(`${name} is not an estate that can be looked after:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'EstateError';
    this.faults = faults;
  }
}

/** Reads an estate, from TypeScript, JSON or YAML alike. Throws all its faults together: field, value, and what is allowed. */
export function readEstate(estate: unknown): Estate {
  const faults = faultsIn(estate);
  if (faults.length === 0) return estate as Estate;
  const name = isObject(estate) && typeof estate['name'] === 'string' ? estate['name'] : 'this';
  throw new EstateError(name, faults);
}

/** Everything that is wrong with an estate, for whoever has more faults to tell with them. */
export const faultsIn = (estate: unknown): readonly string[] => anEstate(estate, '');

const anAccount: Rule = (value, path) =>
  typeof value === 'number'
    ? wants(value, path, 'twelve digits in quotes: as a number, YAML and JSON drop a leading zero')
    : text((digits) => /^\d{12}$/.test(digits), 'twelve digits')(value, path);

/** Whoever names a cluster or an image means one that is there. */
const namesAreThere: Rule = (estate, path) => {
  if (!isObject(estate)) return [];
  const clusters = listOf(estate['clusters']);
  const known = { cluster: clusters.map(field('name')), image: listOf(estate['images']).map(field('name')) };
  const missing = (what: keyof typeof known, list: unknown, at: string): string[] =>
    listOf(list).flatMap((each, i) => {
      const name = field(what)(each);
      return typeof name !== 'string' || known[what].includes(name)
        ? []
        : wants(name, `${path}${at}[${i}].${what}`, `one of the ${what}s here: ${known[what].join(', ') || 'none'}`);
    });
  const keys = listOf(field('keys')(estate['gateway']));
  return [
    ...keys.flatMap((key, i) => missing('cluster', field('consumers')(key), `gateway.keys[${i}].consumers`)),
    ...missing('cluster', estate['pools'], 'pools'),
    ...missing('cluster', estate['rotators'], 'rotators'),
    ...clusters.flatMap((cluster, i) => missing('image', field('runs')(cluster), `clusters[${i}].runs`)),
  ];
};

/** A rotator that replaces a key nobody publishes would pause for nothing. */
const rotatedKeysAreThere: Rule = (estate) => {
  const names = listOf(field('keys')(field('gateway')(estate))).map(field('name'));
  return listOf(field('rotators')(estate)).flatMap((rotator, i) =>
    listOf(field('keys')(rotator)).flatMap((name, j) =>
      typeof name !== 'string' || names.includes(name)
        ? []
        : wants(name, `rotators[${i}].keys[${j}]`, `one of the keys here: ${names.join(', ') || 'none'}`),
    ),
  );
};

/** Pods are found by the workload that they belong to: without one nobody would be asked. */
const podsHaveAPool: Rule = (estate) => {
  const replicas = field('replicas')(field('gateway')(estate));
  if (!isObject(replicas) || listOf(field('pools')(estate)).some((pool) => field('kind')(pool) === 'gateway'))
    return [];
  return wants(
    replicas,
    'gateway.replicas',
    'a pool of kind "gateway" in pools, whose pods are asked; or a list of addresses',
  );
};

/** What runs is measured against what is mirrored, so its tag has to be. */
const runningTagsAreMirrored: Rule = (estate) => {
  if (!isObject(estate)) return [];
  const tagsOf = new Map(
    listOf(estate['images']).map((image) => [field('name')(image), textsOf(field('tags')(image))]),
  );
  return listOf(estate['clusters']).flatMap((cluster, i) =>
    listOf(field('runs')(cluster)).flatMap((run, j) => {
      const [tag, tags] = [field('tag')(run), tagsOf.get(field('image')(run))];
      if (typeof tag !== 'string' || tags === undefined || tags.some((each) => matches(each, tag))) return [];
      return wants(tag, `clusters[${i}].runs[${j}].tag`, `one that is mirrored: ${tags.join(', ')}`);
    }),
  );
};

const aWholeEstate = record({
  name: text((name) => /^[a-z0-9][a-z0-9.-]{0,62}$/.test(name), 'lower-case letters, digits, . and -, at most 63'),
  account: optional(anAccount),
  home: aRegion,
  regions: all(
    list(
      record({ name: aRegion, city: text((city) => city.trim() !== '', 'what people call the region') }),
      1,
      'at least one region that keeps copies',
    ),
    distinct('name', field('name')),
  ),
  images: all(
    list(anImage, 1, 'at least one image'),
    distinct('name', field('name')),
    distinct('repository', field('repository')),
  ),
  people: record({
    emails: all(list(anEmail, 0, 'a list of addresses; [] for nobody'), distinct('address')),
    hear: optional(severities),
    slack: optional(all(list(aChannel, 0, 'a list of channels'), distinct('name', field('name')))),
    quiet: optional(quietHours),
    board: optional(text((value) => URL.parse(value)?.protocol === 'https:', 'the https:// address of a page')),
  }),
  clusters: optional(all(list(aCluster, 0, 'a list of clusters'), distinct('name', field('name')))),
  pools: optional(all(list(aPool, 0, 'a list of pools'), distinct('name', field('name')))),
  rotators: optional(all(list(aRotator, 0, 'a list of rotators'), distinct('name', field('name')))),
  coder: optional(aCoder),
  gateway: optional(aGateway),
  vpc: optional(aVpc),
  domains: optional(all(list(aDomain, 0, 'a list of domains'), distinct('domain'))),
  tokens: optional(all(list(aToken, 0, 'a list of tokens'), distinct('name', field('name')))),
  policy: optional(aPolicy),
  calendar: optional(aCalendar),
});

const anEstate = all(aWholeEstate, namesAreThere, rotatedKeysAreThere, podsHaveAPool, runningTagsAreMirrored);

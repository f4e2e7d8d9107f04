import {
  HISTORY_PREFIX,
  isReferrerTag,
  matches,
  type Estate,
  type EstateCalendar,
  type EstateVpc,
} from './core/estate.ts';
import { isObject } from './core/json.ts';
import { policyOf, type PolicyChange, type Reminders, type Resource } from './core/policy.ts';
import type { QuietHours } from './core/quiet-hours.ts';
import { s3Object } from './core/s3-object.ts';
import { isLoopback, isRepository, isTag, parseReference, spell } from './core/reference.ts';

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

/** What is wrong with a value at a path: nothing, or sentences. */
type Rule = (value: unknown, path: string) => string[];
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textsOf = (value: unknown): string[] => listOf(value).filter((each) => typeof each === 'string');

const wants = (value: unknown, path: string, want: string): string[] => [
  `${path || 'the estate'}: ${value === undefined ? 'left out' : JSON.stringify(value)}; want ${want}`,
];

const text =
  (allowed: (value: string) => boolean, want: string): Rule =>
  (value, path) =>
    typeof value === 'string' && allowed(value) ? [] : wants(value, path, want);

const optional =
  (rule: Rule): Rule =>
  (value, path) =>
    value === undefined ? [] : rule(value, path);

const all =
  (...rules: readonly Rule[]): Rule =>
  (value, path) =>
    rules.flatMap((rule) => rule(value, path));

const list =
  (of: Rule, atLeast: number, want: string): Rule =>
  (value, path) =>
    Array.isArray(value) && value.length >= atLeast
      ? value.flatMap((each, i) => of(each, `${path}[${i}]`))
      : wants(value, path, want);

/** A misspelt optional field would otherwise be a wish that nobody hears. */
const record =
  (rules: Readonly<Record<string, Rule>>): Rule =>
  (value, path) => {
    if (!isObject(value)) return wants(value, path, `an object with ${Object.keys(rules).join(', ')}`);
    const under = (field: string): string => (path === '' ? field : `${path}.${field}`);
    const unknown = Object.keys(value).filter((field) => !(field in rules));
    return [
      ...Object.entries(rules).flatMap(([field, rule]) => rule(value[field], under(field))),
      ...unknown.map((field) => `${under(field)}: no such field; allowed are ${Object.keys(rules).join(', ')}`),
    ];
  };

const distinct =
  (what: string, by: (each: unknown) => unknown = (each) => each): Rule =>
  (value, path) => {
    const keys = listOf(value).map(by);
    return keys.flatMap((key, i) => {
      const first = keys.indexOf(key);
      return key === undefined || first === i
        ? []
        : [`${path}[${i}]: ${JSON.stringify(key)} is also the ${what} of ${path}[${first}]; want each only once`];
    });
  };

const field =
  (name: string) =>
  (each: unknown): unknown =>
    isObject(each) ? each[name] : undefined;

const aRegion = text(
  (value) => /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(value),
  'the name of an AWS region, such as us-east-2',
);

const anAccount: Rule = (value, path) =>
  typeof value === 'number'
    ? wants(value, path, 'twelve digits in quotes: as a number, YAML and JSON drop a leading zero')
    : text((digits) => /^\d{12}$/.test(digits), 'twelve digits')(value, path);

const aSource: Rule = (value, path) => {
  const want = 'a registry and a repository in full, without a tag, such as ghcr.io/coder/coder-preview';
  if (typeof value !== 'string') return wants(value, path, want);
  const read = parseReference(value);
  if (!read.ok) return [`${path}: ${read.fault}; want ${want}`];
  const { registry, repository, tag, digest } = read.value;
  if (tag !== undefined) return wants(value, path, `it without ":${tag}": tags have a field of their own`);
  if (digest !== undefined) return wants(value, path, 'it without a digest: what a tag means is for the source to say');
  const full = spell({ registry, repository });
  return full === value ? [] : wants(value, path, `it in full: ${full}`);
};

const isOurs = (tag: string): boolean => tag.startsWith(HISTORY_PREFIX) || isReferrerTag(tag);
const isTagPattern = (tag: string): boolean => isTag(tag.replaceAll('*', 'x'));

const aTag: Rule = (value, path) => {
  if (typeof value !== 'string' || !isTagPattern(value)) {
    return wants(value, path, 'a tag (letters, digits, _ . -, at most 128) or a pattern of those with *');
  }
  return isOurs(value) ? wants(value, path, `another one: ${HISTORY_PREFIX}… and sha256-… are written by tools`) : [];
};

/** ECR takes at most five exceptions from immutability, each with at most two stars. */
const MAX_MOVING = 5;

const movingTags: Rule = all(
  list(
    all(
      aTag,
      text((tag) => tag.split('*').length <= 3, 'at most two *: ECR takes no more'),
    ),
    0,
    'a list of tags or patterns; [] where none may move',
  ),
  distinct('tag'),
  (value, path) =>
    listOf(value).length > MAX_MOVING ? wants(value, path, `at most ${MAX_MOVING}: ECR takes no more`) : [],
);

/** Whether two tags or patterns can mean the same tag, as far as either is an instance of the other. */
const meet = (a: string, b: string): boolean => matches(a, b) || matches(b, a);

const movingIsMirrored: Rule = (image, path) => {
  if (!isObject(image)) return [];
  const [tags, moving] = [textsOf(image['tags']), textsOf(image['moving'])];
  return [
    ...moving.flatMap((each, i) =>
      tags.some((tag) => meet(each, tag))
        ? []
        : wants(each, `${path}.moving[${i}]`, `one that is mirrored: ${tags.join(', ')}`),
    ),
    ...(tags.includes('latest') && !moving.some((each) => matches(each, 'latest'))
      ? wants(image['moving'], `${path}.moving`, '"latest" among them: the copies could never follow it')
      : []),
  ];
};

const MISTAKEN = new Map([
  ['x86_64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
]);

const aPlatform: Rule = (value, path) => {
  const want = 'os/architecture or os/architecture/variant, such as linux/amd64 or linux/arm/v7';
  if (typeof value !== 'string' || !/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/.test(value)) {
    return wants(value, path, want);
  }
  const meant = MISTAKEN.get(value.split('/')[1] ?? '');
  return meant === undefined ? [] : wants(value, path, `"${meant}", as container images call that architecture`);
};

const aRepository = text(
  (value) => value.length >= 2 && value.length <= 256 && isRepository(value),
  'the name of an ECR repository: 2 to 256 lower-case letters and digits, with single . _ - and / between them',
);

const aCount: Rule = (value, path) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100 ? [] : wants(value, path, '1 to 100');

/** The value is not repeated: what stands here by mistake is likely a secret. */
const aSecretName: Rule = (value, path) =>
  typeof value === 'string' && /^(?!gh[a-z]_|github_pat_)[A-Za-z0-9/_+=.@-]{1,512}$/.test(value)
    ? []
    : [`${path}: not the name of a secret; want letters, digits and / _ + = . @ -, and never the secret itself`];

const aName = text(
  (value) => /^[a-z0-9][a-z0-9._-]{0,63}$/.test(value),
  'lower-case letters, digits, . _ -, at most 64',
);

const anImage = all(
  record({
    name: aName,
    source: aSource,
    repository: aRepository,
    tags: all(list(aTag, 1, 'at least one tag or pattern'), distinct('tag')),
    newest: optional(aCount),
    moving: movingTags,
    platforms: optional(
      all(list(aPlatform, 1, 'at least one platform, or leave it out to copy all'), distinct('platform')),
    ),
    credentials: optional(aSecretName),
  }),
  movingIsMirrored,
);

/** As Kubernetes names objects and namespaces. Source: RFC 1123. */
const aKubernetesName = text(
  (value) => value.length <= 63 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(value),
  'a Kubernetes name: lower-case letters, digits, - and ., at most 63',
);

const aPlace = { namespace: aKubernetesName, workload: aKubernetesName };

const aCluster = record({
  name: aName,
  eks: optional(
    text((value) => /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(value), 'letters, digits, - and _, at most 100'),
  ),
  region: aRegion,
  role: text((value) => value === 'control-plane' || value === 'proxy', '"control-plane" or "proxy"'),
  proxy: optional(aName),
  runs: optional(
    list(record({ ...aPlace, image: aName, tag: aTag }), 0, 'a list of workloads; leave it out where none is watched'),
  ),
  nodePools: optional(all(list(aKubernetesName, 0, 'a list of node pools'), distinct('name'))),
  argocd: optional(aKubernetesName),
});

const aPool = record({
  name: aName,
  kind: text((value) => value === 'provisioners' || value === 'gateway', '"provisioners" or "gateway"'),
  cluster: aName,
  ...aPlace,
  organization: optional(text((value) => /^[a-zA-Z0-9-]{1,64}$/.test(value), "an organization by Coder's name for it")),
});

const aRotator = record({
  name: aName,
  cluster: aName,
  ...aPlace,
  keys: optional(all(list(aName, 0, 'a list of keys; leave it out for all of them'), distinct('name'))),
});

/** What stands before an @ is a password: not repeated. */
const anAddress: Rule = (value, path) => {
  const want = 'https:// and a host, and nothing behind it, such as https://ai.coder.com';
  if (typeof value === 'string' && isRootOf(value)) return [];
  return typeof value === 'string' && value.includes('@')
    ? [`${path}: not an address but one with a password in it; want ${want}`]
    : wants(value, path, want);
};

const aKeyConsumer = record({
  cluster: aName,
  namespace: aKubernetesName,
  secret: aKubernetesName,
  entry: text((value) => /^[-._a-zA-Z0-9]{1,253}$/.test(value), 'letters, digits, - _ .'),
});

/** The name of a field in a secret's JSON. */
const aField = text((value) => /^[A-Za-z0-9_.-]{1,64}$/.test(value), 'letters, digits, _ . -, at most 64');

const aPublishedKey = record({
  name: aName,
  secret: aSecretName,
  field: optional(aField),
  consumers: optional(list(aKeyConsumer, 0, 'a list of Kubernetes secrets')),
});

const aGateway: Rule = (value, path) =>
  field('kind')(value) === 'none'
    ? record({ kind: text((kind) => kind === 'none', '"none"') })(value, path)
    : aLiteLlm(value, path);

const aLiteLlm = record({
  kind: text((kind) => kind === 'litellm', '"litellm" or "none"'),
  url: anAddress,
  masterKey: aSecretName,
  replicas: optional(all(list(anAddress, 1, 'at least one address, or leave it out'), distinct('address'))),
  renews: optional(text((how) => how === 'extend' || how === 'rotate', '"extend" or "rotate"')),
  longestMinutes: optional((value, path) =>
    aWholeNumber(1, 10 * 366 * 24 * 60, 'minutes that the gateway lets a key last')(value, path),
  ),
  keys: all(
    list(aPublishedKey, 1, 'at least one key'),
    distinct('name', field('name')),
    distinct('secret', (key) => [field('secret')(key), field('field')(key)].join(' ')),
  ),
});

/** As certificates name them: in lower case, with a star for the first label at most. */
const aDomain = text(
  (value) =>
    value.length <= 253 &&
    /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(value),
  'a domain in lower case, such as ai.coder.com or *.ai.coder.com',
);

const aToken = record({
  name: aName,
  issuer: text((who) => who === 'cloudflare' || who === 'github', '"cloudflare" or "github"'),
  secret: aSecretName,
  field: optional(aField),
});

const aCoder = record({
  url: anAddress,
  token: aSecretName,
});

/** In the clear only to this machine. */
function isRootOf(value: string): boolean {
  const url = URL.parse(value);
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.host));
  return secure && url?.pathname === '/' && url.search === '' && url.username === '';
}

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

/** Lambda takes sixteen subnets and five security groups. */
const aVpc = record({
  subnets: all(
    list(
      text((id) => /^subnet-[0-9a-f]{8,17}$/.test(id), 'the id of a subnet, such as subnet-0123456789abcdef0'),
      1,
      'at least one subnet of the home region',
    ),
    distinct('subnet'),
    (value, path) => (listOf(value).length > 16 ? wants(value, path, 'at most 16: Lambda takes no more') : []),
  ),
  securityGroups: all(
    list(
      text((id) => /^sg-[0-9a-f]{8,17}$/.test(id), 'the id of a security group, such as sg-0123456789abcdef0'),
      1,
      'at least one security group',
    ),
    distinct('security group'),
    (value, path) => (listOf(value).length > 5 ? wants(value, path, 'at most 5: Lambda takes no more') : []),
  ),
} satisfies Record<keyof EstateVpc, Rule>);

const anEmail = text((value) => /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(value), 'an e-mail address');

const aNumber =
  (least: number, most: number, unit: string): Rule =>
  (value, path) =>
    typeof value === 'number' && value >= least && value <= most
      ? []
      : wants(value, path, `a number from ${least} to ${most}: ${unit}`);

const aWholeNumber = (least: number, most: number, unit: string): Rule =>
  all(aNumber(least, most, unit), (value, path) =>
    typeof value !== 'number' || Number.isInteger(value) ? [] : wants(value, path, `a whole number: ${unit}`),
  );

const FOUR_WEEKS = 4 * 7 * 24 * 60;
const aLead = aWholeNumber(0, FOUR_WEEKS, 'minutes before a workshop starts');
const aRate = aWholeNumber(5, FOUR_WEEKS, 'minutes between reminders');
const aYesOrNo: Rule = (value, path) => (typeof value === 'boolean' ? [] : wants(value, path, 'true or false'));

const aRange = (most: number, unit: string): Rule =>
  all(list(aNumber(0, most, unit), 2, `the least and the most, such as [2, 4]: ${unit}`), (value, path) => {
    const [low, high, ...more] = listOf(value).filter((each) => typeof each === 'number');
    if (low === undefined || high === undefined) return [];
    return low <= high && more.length === 0 ? [] : wants(value, path, 'the least first, then the most, and no more');
  });

const aSizing = record({
  showRate: optional(aNumber(0.05, 1, 'of those who are expected, how many come')),
  arrivalSeconds: optional(aWholeNumber(0, 7_200, 'seconds over which people start; 0 for all at once')),
  buildSeconds: optional(aWholeNumber(1, 7_200, 'seconds for one workspace')),
  claimSeconds: optional(aWholeNumber(1, 7_200, 'seconds for one prebuilt workspace')),
  waitSeconds: optional(aWholeNumber(0, 3_600, 'seconds that nineteen in twenty may wait')),
  workspace: optional(
    record({
      cpus: aRange(256, 'vCPU for one workspace'),
      memoryGb: aRange(4_096, 'GB for one workspace'),
      ephemeralGb: aRange(16_384, 'GB on the node for one workspace'),
    } satisfies Record<Resource, Rule>),
  ),
});

const POLICY: Readonly<Record<keyof PolicyChange, Rule>> = {
  checkLeadMinutes: optional(all(list(aLead, 1, 'at least one lead in minutes'), distinct('lead'))),
  raiseLeadMinutes: optional(aLead),
  rotateLeadMinutes: optional(aLead),
  closeLeadMinutes: optional(aLead),
  graceMinutes: optional(aWholeNumber(0, FOUR_WEEKS, 'minutes after a workshop ends')),
  freezeNodes: optional(aYesOrNo),
  sizing: optional(aSizing),
  reminders: optional(
    record({
      failMinutes: optional(aRate),
      unknownMinutes: optional(aRate),
      warnMinutes: optional(aRate),
      nearMinutes: optional(aRate),
    } satisfies Record<keyof Reminders, Rule>),
  ),
};

/** Looked at with the defaults in place, because one field that is changed can fall behind one that is not. */
const leadsInOrder: Rule = (value, path) => {
  const { checkLeadMinutes, raiseLeadMinutes, rotateLeadMinutes, closeLeadMinutes } = policyOf({
    policy: value as PolicyChange,
  });
  const leads: readonly (readonly [name: string, minutes: number])[] = [
    ['checkLeadMinutes', Math.max(...checkLeadMinutes)],
    ['raiseLeadMinutes', raiseLeadMinutes],
    ['rotateLeadMinutes', rotateLeadMinutes],
    ['closeLeadMinutes', closeLeadMinutes],
  ];
  return leads.flatMap(([name, minutes], i) => {
    const [before, most] = leads[i - 1] ?? ['', Number.POSITIVE_INFINITY];
    return minutes <= most ? [] : wants(minutes, `${path}.${name}`, `at most ${most}, which is ${path}.${before}`);
  });
};

const aPolicy: Rule = (value, path) => {
  const faults = record(POLICY)(value, path);
  return faults.length > 0 ? faults : leadsInOrder(value, path);
};

/** `Intl` has no list of older names such as `US/Eastern`: they are refused here, where the newer one can be typed. */
const aZone = text(
  (zone) => zone === 'UTC' || Intl.supportedValuesOf('timeZone').includes(zone),
  'the IANA name of a time zone, such as America/New_York',
);

/** The value is not repeated: a feed's address that stands here by mistake is a secret. */
const aFile: Rule = (value, path) =>
  typeof value === 'string' && value.trim() !== '' && !value.includes(':')
    ? []
    : [`${path}: not the path of a file; an address belongs into a secret, and an object of S3 into object`];

/** Not repeated either. */
const anObject: Rule = (value, path) =>
  typeof value === 'string' && s3Object(value)
    ? []
    : [
        `${path}: want s3://bucket/key, the key of letters, digits, / . _ ~ and -: a role is let read exactly that object`,
      ];

const aCalendar = all(
  record({
    secret: optional(aSecretName),
    object: optional(anObject),
    file: optional(aFile),
    zone: aZone,
    marks: list(
      text((mark) => /^[\p{L}\p{N}][\p{L}\p{N} _-]{0,63}$/u.test(mark), 'a word'),
      1,
      'at least one word that makes an event a workshop',
    ),
    attendance: aWholeNumber(1, 1_000, 'people to expect where nobody says'),
    sharedWith: optional(
      list(
        text((name) => /^[a-z0-9][a-z0-9.-]*$/.test(name), 'the name of an estate'),
        0,
        'a list',
      ),
    ),
  } satisfies Record<keyof EstateCalendar, Rule>),
  (value, path) =>
    isObject(value) && ['secret', 'object', 'file'].filter((where) => value[where] !== undefined).length !== 1
      ? [
          `${path}: want secret, the name of the secret with the feed's address, or object, or else file; and only one of them`,
        ]
      : [],
);

const severities = list(
  text((value) => /^(?:fail|unknown|warn|done)$/.test(value), '"fail", "unknown", "warn" or "done"'),
  1,
  'at least one of "fail", "unknown", "warn" and "done"; leave it out for all of them',
);

const anHour = text((value) => /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(value), 'a time of day, such as 22:00');

const quietHours: Rule = all(
  record({ zone: aZone, from: anHour, until: anHour } satisfies Record<keyof QuietHours, Rule>),
  (value, path) =>
    field('from')(value) === field('until')(value)
      ? wants(field('until')(value), `${path}.until`, 'another time than from: a whole day is no quiet hours')
      : [],
);

const aChannel = record({
  name: aName,
  secret: aSecretName,
  channel: optional(text((value) => /^[CG][A-Z0-9]{8,}$/.test(value), "a channel's id, such as C0123456789")),
  hears: optional(severities),
});

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

const anEstate = all(aWholeEstate, namesAreThere, rotatedKeysAreThere, runningTagsAreMirrored);

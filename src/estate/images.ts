import { HISTORY_PREFIX, isReferrerTag, matches } from '../core/estate.ts';
import { isObject } from '../core/json.ts';
import { isRepository, isTag, parseReference, spell } from '../core/reference.ts';
import {
  type Rule,
  aCount,
  aName,
  aSecretName,
  all,
  distinct,
  list,
  listOf,
  optional,
  record,
  text,
  textsOf,
  wants,
} from './rules.ts';

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

export const aTag: Rule = (value, path) => {
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

export const anImage = all(
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

/** How a wake-up is labelled on the bus. The rule that listens and the client that publishes must say the same. */
export const LOOK = { source: 'greenroom', detailType: 'look at this image' } as const;

/**
 * What a delivery from GitHub means to us: which of our sources it touches, if any.
 *
 * Tag and digest are left where they are: one push makes a delivery for every manifest, in any order, often with the
 * wrong tag or none, so a delivery can say when to look and never what is there.
 */
export type Delivery =
  | { readonly kind: 'touched'; readonly sources: readonly string[]; readonly why: string }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'ping'; readonly hook: number | undefined; readonly why: string };

export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a delivery by the name of its event. `sources` are the estate's, without tags: `ghcr.io/coder/coder-preview`. */
export function readDelivery(event: string, payload: Json, sources: readonly string[]): Delivery {
  switch (event) {
    case 'ping':
      return readPing(payload);
    case 'package':
    case 'registry_package':
      return readPackage(payload, sources);
    case 'release':
      return readRelease(payload, sources);
    default:
      return ignored(`${quoted(event)} events say nothing about images`);
  }
}

/** Every source once, in the order of first mention: what a burst of looks comes to for whoever sits behind the bus. */
export function uniqueSources(looks: readonly { readonly source: string }[]): string[] {
  return [...new Set(looks.map(({ source }) => source))];
}

const ignored = (why: string): Delivery => ({ kind: 'ignored', why });

const TELLING = ['registry_package', 'package'];

function readPing(payload: Json): Delivery {
  const hook = payload['hook_id'];
  const events = jsonAt(payload, 'hook')['events'];
  const deaf = Array.isArray(events) && !events.includes('*') && !TELLING.some((event) => events.includes(event));
  return {
    kind: 'ping',
    hook: Number.isSafeInteger(hook) ? (hook as number) : undefined,
    why: deaf
      ? 'the hook is signed as it should be, but hears of no packages: subscribe it to registry_package, or to package'
      : 'the hook is signed as it should be',
  };
}

const CONTAINERS = ['container', 'docker'];

function readPackage(payload: Json, sources: readonly string[]): Delivery {
  const published = isJson(payload['registry_package']) ? payload['registry_package'] : jsonAt(payload, 'package');
  const kinds = [published['ecosystem'], published['package_type'], jsonAt(published, 'registry')['type']].map(folded);
  if (!kinds.some((kind) => CONTAINERS.includes(kind))) return ignored('not a container package');

  const named = new Set(repositoriesOf(published));
  const touched = uniqueSources(sources.filter((source) => named.has(folded(source))).map((source) => ({ source })));
  return touched.length > 0
    ? { kind: 'touched', sources: touched, why: 'a container package of ours was published' }
    : ignored(`${quoted([...named][0] ?? '')} is none of our sources`);
}

/**
 * Every repository that the package may stand for.
 *
 * GitHub writes the owner as `owner` or as `owner/repo`, and a package's own name may have slashes; a wrong guess
 * matches no source of ours, or costs one look.
 */
function repositoriesOf(published: Json): string[] {
  const name = folded(published['name']);
  const namespace = folded(published['namespace']);
  const owners = [namespace.split('/')[0] ?? '', namespace, folded(jsonAt(published, 'owner')['login'])];
  const url = untagged(folded(jsonAt(published, 'package_version')['package_url']));
  return [
    ...owners.filter((owner) => owner !== '' && name !== '').map((owner) => `ghcr.io/${owner}/${name}`),
    ...(url === '' ? [] : [url]),
  ];
}

/** `ghcr.io/coder/coder-preview:` is how GitHub writes an image without a tag. */
function untagged(url: string): string {
  const slash = url.lastIndexOf('/');
  const last = url.slice(slash + 1);
  const end = last.search(/[:@]/);
  return end < 0 ? url : url.slice(0, slash + 1 + end);
}

function readRelease(payload: Json, sources: readonly string[]): Delivery {
  const repository = folded(jsonAt(payload, 'repository')['full_name']);
  if (payload['action'] !== 'published') return ignored('a release counts once, when it is published');
  if (repository === '') return ignored('the release names no repository');

  const touched = uniqueSources(
    sources.filter((source) => isReleasedFrom(folded(source), repository)).map((source) => ({ source })),
  );
  return touched.length > 0
    ? { kind: 'touched', sources: touched, why: `${quoted(repository)} published a release` }
    : ignored(`${quoted(repository)} releases none of our sources`);
}

/** `coder/coder` releases `coder/coder`, `coder/coder/envbuilder` and `coder/coder-preview`, in whatever registry. */
function isReleasedFrom(source: string, repository: string): boolean {
  const path = source.slice(source.indexOf('/') + 1);
  return path === repository || path.startsWith(`${repository}/`) || path.startsWith(`${repository}-`);
}

const jsonAt = (json: Json, key: string): Json => {
  const value = json[key];
  return isJson(value) ? value : {};
};

const folded = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');

/** A word from outside, short enough for a line and unable to break out of it. */
const quoted = (word: string): string => `“${word.slice(0, 80).replace(/[^\w./@:-]/g, '?')}”`;

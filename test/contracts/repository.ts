import { describe, expect, it, onTestFinished } from 'vitest';
import { parseManifest, type Descriptor } from '../../src/core/manifest.ts';
import type { Trouble } from '../../src/core/outside-error.ts';
import { sure } from '../../src/core/parsed.ts';
import type { Repository, StoredManifest, Upload } from '../../src/ports.ts';
import { digestOf, smallImage, smallSignature, type SmallImage } from '../../src/rehearsal/small-image.ts';
import { aDigest } from '../builders.ts';
import { failureOf } from '../failure.ts';

/** A repository, and the shelves behind it. */
export interface OpenRepository {
  readonly repository: Repository;
  /** Puts an image there as if it had always been there. */
  shelve(image: SmallImage, ...tags: readonly string[]): void | Promise<void>;
  close(): void | Promise<void>;
}

export interface Occasion {
  /** Tags that may come to mean another digest; left out, all of them. */
  readonly moving?: readonly string[];
  /** There is nothing there until somebody calls `ensure`. */
  readonly unmade?: boolean;
}

/** In what honest repositories differ. */
export interface Differences {
  readonly referrersApi: boolean;
  /** Whether a tag can be taken away: where another one keeps its image, also its last one, or never. */
  readonly untags: 'with another left' | 'always' | 'never';
  /** Whether a repository has to be made before anything is written to it. */
  readonly mustBeMade: boolean;
}

type Open = (occasion?: Occasion) => Promise<OpenRepository>;

/** What every repository promises, whoever runs it. */
export function promisesOfARepository(
  open: (occasion: Occasion) => OpenRepository | Promise<OpenRepository>,
  differences: Differences,
): void {
  const opened: Open = async (occasion = {}) => {
    const one = await open(occasion);
    onTestFinished(() => one.close());
    return one;
  };
  describe('a look', () => promisesAboutLooks(opened));
  describe('a manifest', () => promisesAboutManifests(opened));
  describe('a tag', () => promisesAboutTags(opened, differences));
  describe('what is lacking', () => promisesAboutWhatIsLacking(opened));
  describe('a blob that is read', () => promisesAboutReading(opened));
  describe('a blob that is written', () => promisesAboutWriting(opened));
  describe('an upload in several sittings', () => promisesAboutUploads(opened));
  describe('referrers', () => promisesAboutReferrers(opened, differences));
  describe('a repository that is not there', () => promisesAboutMaking(opened, differences));
  describe('a signal', () => promisesAboutSignals(opened));
}

const ONE = smallImage('one');
const TWO = smallImage('two');
const ABSENT = aDigest('0');

const blobOf = (text: string | Uint8Array): Descriptor & { readonly bytes: Uint8Array } => {
  const bytes = Buffer.from(text);
  return { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.length, bytes };
};

const troubleOf = async (work: Promise<unknown>): Promise<Trouble> => (await failureOf(work)).trouble;

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function push(repository: Repository, bytes: Uint8Array, named: Descriptor = blobOf(bytes)): Promise<void> {
  const writer = await repository.write(named);
  for (let at = 0; at < bytes.length; at += 5) await writer.write(bytes.subarray(at, at + 5));
  await writer.finish();
}

async function pushImage(repository: Repository, { blobs, manifests }: SmallImage): Promise<void> {
  for (const blob of blobs) await push(repository, blob.bytes, blob);
  for (const manifest of manifests) await repository.putManifest(manifest.digest, manifest);
}

async function tagsOf(repository: Repository, signal?: AbortSignal): Promise<string[]> {
  const all: string[] = [];
  for await (const page of repository.tags(signal)) all.push(...page);
  return all;
}

const isThere = async (repository: Repository, blob: Descriptor): Promise<boolean> =>
  !(await repository.lacking([blob])).has(blob.digest);

function promisesAboutLooks(opened: Open): void {
  it('says what a tag stands for, and the same by digest', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE, 'latest');
    const { digest, mediaType, size } = ONE.root;
    expect(await repository.head('latest')).toEqual({ digest, mediaType, size });
    expect(await repository.head(digest)).toEqual({ digest, mediaType, size });
  });

  it('answers undefined for what is not there, and does not fail', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE, 'latest');
    expect(await repository.head('other')).toBeUndefined();
    expect(await repository.head(ABSENT)).toBeUndefined();
    expect(await repository.manifest('other')).toBeUndefined();
    expect(await repository.manifest(ABSENT)).toBeUndefined();
  });
}

/** The same image in other words: no two JSON writers agree about spaces. */
function respelled({ manifest: { mediaType }, bytes }: StoredManifest, gap: string): StoredManifest {
  const json = { ...(JSON.parse(Buffer.from(bytes).toString('utf8')) as object), 'x-unknown': 'é\u2028' };
  const text = `${JSON.stringify(json, undefined, gap)}\n`;
  const manifest = sure(parseManifest(text, mediaType));
  return {
    mediaType,
    digest: digestOf(Buffer.from(text)),
    size: Buffer.byteLength(text),
    bytes: Buffer.from(text),
    manifest,
  };
}

function promisesAboutManifests(opened: Open): void {
  it('comes back byte for byte, by digest and by tag, and says what it points at', async () => {
    const { repository } = await opened();
    await pushImage(repository, ONE);
    for (const odd of [respelled(ONE.root, '\t'), respelled(ONE.root, '')]) {
      await repository.putManifest(odd.digest, odd);
      await repository.putManifest('latest', odd);
      for (const ref of [odd.digest, 'latest']) {
        const back = await repository.manifest(ref);
        expect(Buffer.from(back?.bytes ?? []).equals(odd.bytes)).toBe(true);
        expect(back).toMatchObject({
          digest: odd.digest,
          mediaType: odd.mediaType,
          size: odd.size,
          manifest: odd.manifest,
        });
      }
    }
  });

  it('may be written again', async () => {
    const { repository } = await opened();
    await pushImage(repository, ONE);
    await pushImage(repository, ONE);
    await repository.putManifest('latest', ONE.root);
    await repository.putManifest('latest', ONE.root);
    expect((await repository.head('latest'))?.digest).toBe(ONE.root.digest);
  });

  it('is refused while anything that it lists is missing, and is not there then', async () => {
    const { repository } = await opened();
    const [child] = ONE.manifests;
    if (!child) throw new Error('an image without children');
    expect(await troubleOf(repository.putManifest(child.digest, child))).toBe('refused');
    for (const blob of ONE.blobs) await push(repository, blob.bytes, blob);
    expect(await troubleOf(repository.putManifest('latest', ONE.root))).toBe('refused');
    expect(await repository.head('latest')).toBeUndefined();
    expect(await repository.head(child.digest)).toBeUndefined();
    await pushImage(repository, ONE);
    await repository.putManifest('latest', ONE.root);
    expect((await repository.head('latest'))?.digest).toBe(ONE.root.digest);
  });

  it('is refused under a digest that is not its own', async () => {
    const { repository } = await opened();
    await pushImage(repository, ONE);
    expect(await troubleOf(repository.putManifest(ABSENT, ONE.root))).toBe('refused');
    expect(await repository.head(ABSENT)).toBeUndefined();
  });
}

function promisesAboutTags(opened: Open, { untags }: Differences): void {
  it('moves from one digest to another, and what it meant before stays', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE, 'latest');
    await pushImage(repository, TWO);
    await repository.putManifest('latest', TWO.root);
    expect((await repository.head('latest'))?.digest).toBe(TWO.root.digest);
    expect((await repository.head(ONE.root.digest))?.digest).toBe(ONE.root.digest);
  });

  it('that may not move is refused another digest, and granted the one that it has', async () => {
    const { repository, shelve } = await opened({ moving: ['latest'] });
    await shelve(ONE, 'v1', 'latest');
    await shelve(TWO);
    await repository.putManifest('v1', ONE.root);
    expect(await troubleOf(repository.putManifest('v1', TWO.root))).toBe('refused');
    expect((await repository.head('v1'))?.digest).toBe(ONE.root.digest);
    await repository.putManifest('latest', TWO.root);
    await repository.putManifest('v2', TWO.root);
    expect((await repository.head('latest'))?.digest).toBe(TWO.root.digest);
  });

  it('is taken away without what it pointed at, or that is refused', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE, 'latest', 'kept');
    const removed = repository.removeTag('latest');
    if (untags === 'never') expect(await troubleOf(removed)).toBe('refused');
    else await removed;
    expect((await tagsOf(repository)).toSorted()).toEqual(untags === 'never' ? ['kept', 'latest'] : ['kept']);
    expect((await repository.head(ONE.root.digest))?.digest).toBe(ONE.root.digest);
  });

  it.runIf(untags !== 'never')('that is the only one of its image never takes the image with it', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE, 'latest');
    const removed = repository.removeTag('latest');
    if (untags === 'with another left') expect(await troubleOf(removed)).toBe('refused');
    else await removed;
    expect((await repository.head(ONE.root.digest))?.digest).toBe(ONE.root.digest);
  });

  it.runIf(untags !== 'never')('that is not there may be taken away', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE, 'latest');
    await repository.removeTag('other');
    expect(await tagsOf(repository)).toEqual(['latest']);
  });

  it('is listed once, however many there are', async () => {
    const { repository, shelve } = await opened();
    expect(await tagsOf(repository)).toEqual([]);
    const all = Array.from({ length: 230 }, (_, i) => `v${i}`);
    await shelve(ONE, ...all);
    expect((await tagsOf(repository)).toSorted()).toEqual(all.toSorted());
  });
}

function promisesAboutWhatIsLacking(opened: Open): void {
  it('is exactly what is not there', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE);
    const fresh = TWO.blobs.filter(({ digest }) => ONE.blobs.every((each) => each.digest !== digest));
    const lacking = await repository.lacking([...ONE.blobs, ...TWO.blobs, ...TWO.blobs]);
    expect([...lacking].toSorted()).toEqual(fresh.map(({ digest }) => digest).toSorted());
  });

  it('is nothing of nothing', async () => {
    const { repository } = await opened();
    expect([...(await repository.lacking([]))]).toEqual([]);
  });

  it('is told of more than a hundred at once', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE);
    const many = Array.from({ length: 230 }, (_, i) => blobOf(`blob ${i}`));
    const lacking = await repository.lacking([...many.slice(0, 150), ...ONE.blobs, ...many.slice(150)]);
    expect([...lacking].toSorted()).toEqual(many.map(({ digest }) => digest).toSorted());
  });
}

function promisesAboutReading(opened: Open): void {
  it.each([
    ['all of it', {}, 'from beginning to end'],
    ['from a byte on', { from: 5 }, 'beginning to end'],
    ['up to a byte', { until: 4 }, 'from'],
    ['in the middle', { from: 5, until: 14 }, 'beginning'],
    ['beyond its end', { from: 18, until: 99 }, 'end'],
    ['nothing of it', { from: 3, until: 3 }, ''],
  ])('is read: %s', async (_, range, text) => {
    const { repository } = await opened();
    const blob = blobOf('from beginning to end');
    await push(repository, blob.bytes);
    expect((await bytesOf(repository.read(blob, range))).toString('utf8')).toBe(text);
  });

  it('may be left in the middle, and read again', async () => {
    const { repository } = await opened();
    const blob = blobOf(Buffer.alloc(300_000, 'x'));
    await push(repository, blob.bytes);
    for await (const piece of repository.read(blob)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect((await bytesOf(repository.read(blob))).equals(blob.bytes)).toBe(true);
  });

  it('that is not there is an error which says so', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE);
    expect(await troubleOf(bytesOf(repository.read(blobOf('never pushed'))))).toBe('absent');
  });
}

function promisesAboutWriting(opened: Open): void {
  it.each([
    ['small', 'a few bytes'],
    ['empty', ''],
    ['large', Buffer.alloc(400_000, 'large')],
  ])('is there when it is finished, and not before: %s', async (_, content) => {
    const { repository } = await opened();
    const blob = blobOf(content);
    const writer = await repository.write(blob);
    await writer.write(blob.bytes.subarray(0, 9));
    await writer.write(blob.bytes.subarray(9));
    expect(await isThere(repository, blob)).toBe(false);
    await writer.finish();
    expect(await isThere(repository, blob)).toBe(true);
    expect((await bytesOf(repository.read(blob))).equals(blob.bytes)).toBe(true);
  });

  it('may be there already', async () => {
    const { repository } = await opened();
    const blob = blobOf('twice');
    await push(repository, blob.bytes);
    await push(repository, blob.bytes);
    expect(await isThere(repository, blob)).toBe(true);
  });

  it.each([
    ['other bytes than its digest says', 'the right bytes', 'the wrong bytes'],
    ['too few', 'all of them', 'all of'],
    ['too many', 'all of them', 'all of them and more'],
    ['none at all', 'some', ''],
  ])('is refused when it was given %s, and is not there then', async (_, right, given) => {
    const { repository } = await opened();
    const blob = blobOf(right);
    expect(['refused', 'corrupt']).toContain(await troubleOf(push(repository, Buffer.from(given), blob)));
    expect(await isThere(repository, blob)).toBe(false);
    await push(repository, blob.bytes);
    expect(await isThere(repository, blob)).toBe(true);
  });

  it('is not there when it was given up', async () => {
    const { repository } = await opened();
    for (const blob of [blobOf('given up'), blobOf(Buffer.alloc(400_000, 'given up'))]) {
      const writer = await repository.write(blob);
      await writer.write(blob.bytes);
      writer.abort();
      expect(await isThere(repository, blob)).toBe(false);
      await push(repository, blob.bytes);
    }
  });

  it('may be one of many at the same time', async () => {
    const { repository } = await opened();
    const blobs = Array.from({ length: 12 }, (_, i) => blobOf(Buffer.alloc(1_000 * i, `blob ${i}`)));
    await Promise.all(blobs.map((blob) => push(repository, blob.bytes)));
    expect([...(await repository.lacking(blobs))]).toEqual([]);
  });
}

const chunk = async function* (text: string): AsyncGenerator<Uint8Array> {
  for (const letter of text) yield Buffer.from(letter);
};

function promisesAboutUploads(opened: Open): void {
  const blob = blobOf('one, two and three');
  const written = (upload: Upload): Upload => JSON.parse(JSON.stringify(upload)) as Upload;

  it('are one blob at the end, though each may be in another process', async () => {
    const { repository } = await opened();
    const { uploads } = repository;
    let upload = written(await uploads.begin());
    for (const text of ['one, ', 'two ', 'and three']) {
      upload = written(await uploads.append(upload, chunk(text), text.length));
    }
    expect(upload.offset).toBe(blob.size);
    expect(await isThere(repository, blob)).toBe(false);
    await uploads.finish(upload, blob.digest);
    expect((await bytesOf(repository.read(blob))).equals(blob.bytes)).toBe(true);
  });

  it('are refused when what came is not what its digest says', async () => {
    const { repository } = await opened();
    const { uploads } = repository;
    const upload = await uploads.append(await uploads.begin(), chunk('something else'), 14);
    expect(await troubleOf(uploads.finish(upload, blob.digest))).toBe('refused');
    expect(await isThere(repository, blob)).toBe(false);
  });

  it('do not take a chunk that is shorter or longer than was said', async () => {
    const { repository } = await opened();
    const { uploads } = repository;
    for (const text of ['on', 'one, two']) {
      const upload = await uploads.begin();
      expect(await troubleOf(uploads.append(upload, chunk(text), 5))).toBe('corrupt');
    }
  });

  it('fail where nobody knows of the upload any more', async () => {
    const { repository } = await opened();
    const { uploads } = repository;
    const upload = await uploads.append(await uploads.begin(), chunk('one, two and three'), blob.size);
    await uploads.finish(upload, blob.digest);
    expect(await troubleOf(uploads.append(upload, chunk('more'), 4))).toBe('absent');
    expect(await troubleOf(uploads.finish(upload, blob.digest))).toBe('absent');
  });
}

function promisesAboutReferrers(opened: Open, { referrersApi }: Differences): void {
  const signature = smallSignature(ONE.root);

  it.runIf(referrersApi)('are listed for their subject, and for nothing else', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE, 'latest');
    expect(await repository.referrers(ONE.root.digest)).toEqual([]);
    await pushImage(repository, signature);
    const { digest, mediaType, size, manifest } = signature.root;
    const { artifactType } = manifest;
    expect(await repository.referrers(ONE.root.digest)).toMatchObject([{ digest, mediaType, size, artifactType }]);
    expect(await repository.referrers(TWO.root.digest)).toEqual([]);
  });

  it('are said to be listed, when they are written, exactly where they are', async () => {
    const { repository } = await opened();
    for (const blob of signature.blobs) await push(repository, blob.bytes, blob);
    const subject = await repository.putManifest(signature.root.digest, signature.root);
    expect(subject).toBe(referrersApi ? ONE.root.digest : undefined);
    await pushImage(repository, ONE);
    expect(await repository.putManifest('latest', ONE.root)).toBeUndefined();
  });

  it.runIf(referrersApi)('may be there before their subject', async () => {
    const { repository } = await opened();
    await pushImage(repository, signature);
    expect(await repository.referrers(ONE.root.digest)).toHaveLength(1);
  });

  it.runIf(!referrersApi)('are undefined, which is not the same as none', async () => {
    const { repository, shelve } = await opened();
    await shelve(ONE, 'latest');
    await pushImage(repository, signature);
    expect(await repository.referrers(ONE.root.digest)).toBeUndefined();
  });
}

function promisesAboutMaking(opened: Open, { mustBeMade }: Differences): void {
  it('has nothing, lacks everything, and is no error to look at', async () => {
    const { repository } = await opened({ unmade: true });
    expect(await repository.head('latest')).toBeUndefined();
    expect(await repository.manifest(ONE.root.digest)).toBeUndefined();
    expect((await repository.lacking(ONE.blobs)).size).toBe(ONE.blobs.length);
    expect(await tagsOf(repository)).toEqual([]);
  });

  it.runIf(mustBeMade)('takes nothing, and says so', async () => {
    const { repository } = await opened({ unmade: true });
    const blob = blobOf('too early');
    expect(['refused', 'absent']).toContain(await troubleOf(push(repository, blob.bytes)));
    expect(['refused', 'absent']).toContain(await troubleOf(repository.putManifest('latest', ONE.root)));
  });

  it('is made once, however many make it, and then takes an image', async () => {
    const { repository } = await opened({ unmade: true });
    await Promise.all([repository.ensure(), repository.ensure(), repository.ensure()]);
    await repository.ensure();
    await pushImage(repository, ONE);
    await repository.putManifest('latest', ONE.root);
    expect((await repository.head('latest'))?.digest).toBe(ONE.root.digest);
  });
}

function promisesAboutSignals(opened: Open): void {
  const reason = new Error('not any more');
  const blob = blobOf('a few bytes');

  const verbs: readonly [string, (repository: Repository, signal: AbortSignal) => Promise<unknown>][] = [
    ['head', (repository, signal) => repository.head('latest', signal)],
    ['manifest', (repository, signal) => repository.manifest('latest', signal)],
    ['putManifest', (repository, signal) => repository.putManifest('latest', ONE.root, signal)],
    ['removeTag', (repository, signal) => repository.removeTag('latest', signal)],
    ['lacking', (repository, signal) => repository.lacking([blob], signal)],
    ['read', (repository, signal) => bytesOf(repository.read(blob, {}, signal))],
    ['write', async (repository, signal) => (await repository.write(blob, signal)).finish()],
    ['uploads.begin', (repository, signal) => repository.uploads.begin(signal)],
    ['tags', tagsOf],
    ['ensure', (repository, signal) => repository.ensure(signal)],
  ];

  it.each(verbs)('that came before stops %s, in its own words', async (_, verb) => {
    const { repository, shelve } = await opened();
    await shelve(TWO, 'latest');
    await expect(verb(repository, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect((await repository.head('latest'))?.digest).toBe(TWO.root.digest);
    expect(await isThere(repository, blob)).toBe(false);
  });

  it.each([
    ['small', blobOf('small')],
    ['large', blobOf(Buffer.alloc(400_000, 'large'))],
  ])('in the middle of a %s write leaves nothing there', async (_, content) => {
    const { repository } = await opened();
    const controller = new AbortController();
    const writer = await repository.write(content, controller.signal);
    await writer.write(content.bytes.subarray(0, 3));
    controller.abort(reason);
    await expect(
      (async () => {
        await writer.write(content.bytes.subarray(3));
        await writer.finish();
      })(),
    ).rejects.toBe(reason);
    expect(await isThere(repository, content)).toBe(false);
  });

  it('in the middle of a read ends it', async () => {
    const { repository } = await opened();
    const content = blobOf(Buffer.alloc(2_000_000, 'long'));
    const writer = await repository.write(content);
    await writer.write(content.bytes);
    await writer.finish();
    const controller = new AbortController();
    let seen = 0;
    const reading = async (): Promise<void> => {
      for await (const piece of repository.read(content, {}, controller.signal)) {
        seen += piece.length;
        controller.abort(reason);
      }
    };
    await expect(reading()).rejects.toBe(reason);
    expect(seen).toBeLessThan(content.size);
  });
}

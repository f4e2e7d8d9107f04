import type { Run } from '../../src/mirror/run.ts';
import type { Journal, Repository } from '../../src/ports.ts';

/** When a process is killed: at its `nth` act upon the world, before that takes effect or after, its answer lost. */
export interface Fate {
  readonly nth: number;
  readonly when: 'before' | 'after';
}

export interface Life {
  /** The run as this process sees it: once killed it neither reaches nor hears anything any more. */
  readonly run: Run;
  /** Everything that was done to the world or asked of it, in order. */
  readonly acts: readonly string[];
  readonly isOver: () => boolean;
}

export class Killed extends Error {}

/** A process in this process, so that every single act can be its last. */
export function mortal(run: Run, { nth, when }: Fate): Life {
  const acts: string[] = [];
  const end = new AbortController();
  const die = (): never => {
    end.abort(new Killed(`killed ${when} ${acts.at(-1)}`));
    throw end.signal.reason;
  };
  const act: Act = async (name, work) => {
    end.signal.throwIfAborted();
    acts.push(name);
    const last = acts.length === nth;
    if (last && when === 'before') die();
    const answer = await work();
    if (last) die();
    end.signal.throwIfAborted();
    return answer;
  };
  const { source, copies } = run.endpoints;
  return {
    run: {
      ...run,
      journal: journalOf(run.journal, act),
      endpoints: {
        source: repositoryOf(source, act),
        copies: new Map([...copies].map(([region, copy]) => [region, repositoryOf(copy, act)])),
      },
      signal: end.signal,
    },
    acts,
    isOver: () => end.signal.aborted,
  };
}

type Act = <T>(name: string, work: () => Promise<T>) => Promise<T>;
type Verbs = Readonly<Record<string, (...all: unknown[]) => Promise<unknown>>>;

/** Every verb of the journal is an act. */
const journalOf = (journal: Journal, act: Act): Journal =>
  Object.fromEntries(
    Object.entries(journal as unknown as Verbs).map(([verb, work]) => [
      verb,
      (...all: unknown[]) => act(`journal ${verb}`, () => work(...all)),
    ]),
  ) as unknown as Journal;

function repositoryOf(there: Repository, act: Act): Repository {
  const named = (verb: string): string => `${there.name} ${verb}`;
  return {
    name: there.name,
    head: (ref) => act(named(`head ${ref}`), () => there.head(ref)),
    manifest: (ref) => act(named(`manifest ${ref}`), () => there.manifest(ref)),
    putManifest: (ref, manifest) => act(named(`put ${ref}`), () => there.putManifest(ref, manifest)),
    removeTag: (tag) => act(named(`remove ${tag}`), () => there.removeTag(tag)),
    lacking: (blobs) => act(named('lacking'), () => there.lacking(blobs)),
    read: (blob, range) => streamOf(() => there.read(blob, range), named(`read ${blob.digest}`), act),
    write: async (blob) => {
      const writer = await act(named(`write ${blob.digest}`), () => there.write(blob));
      return {
        write: (chunk) => writer.write(chunk),
        finish: () => act(named(`finish ${blob.digest}`), () => writer.finish()),
        abort: () => writer.abort(),
      };
    },
    uploads: {
      begin: () => act(named('begin upload'), () => there.uploads.begin()),
      append: (upload, chunk, length) =>
        act(named('append to upload'), () => there.uploads.append(upload, chunk, length)),
      finish: (upload, digest) => act(named(`finish upload ${digest}`), () => there.uploads.finish(upload, digest)),
    },
    tags: () => streamOf(() => there.tags(), named('tags'), act),
    referrers: (subject) => act(named(`referrers ${subject}`), () => there.referrers(subject)),
    ensure: () => act(named('ensure'), () => there.ensure()),
  };
}

async function* streamOf<T>(open: () => AsyncIterable<T>, name: string, act: Act): AsyncGenerator<T> {
  const opened = open()[Symbol.asyncIterator]();
  for (let at = 0; ; at += 1) {
    const next = await act(`${name}, part ${at}`, () => opened.next());
    if (next.done === true) return;
    yield next.value;
  }
}

import type { Repository } from '../src/ports.ts';

/** A repository in which what we call `ours` is called `theirs`: another tag, or a digest where a tag was wanted. */
export function retagged(there: Repository, ours: string, theirs: string): Repository {
  if (ours === theirs) return there;
  const named = (ref: string): string => (ref === ours ? theirs : ref);
  return {
    name: there.name,
    uploads: there.uploads,
    ...(there.listsAll && { listsAll: true }),
    head: (ref, signal) => there.head(named(ref), signal),
    manifest: (ref, signal) => there.manifest(named(ref), signal),
    putManifest: (ref, manifest, signal) => there.putManifest(named(ref), manifest, signal),
    removeTag: (tag, signal) => there.removeTag(named(tag), signal),
    lacking: (blobs, signal) => there.lacking(blobs, signal),
    read: (blob, range, signal) => there.read(blob, range, signal),
    write: (blob, signal) => there.write(blob, signal),
    tags: (signal) => there.tags(signal),
    referrers: (subject, signal) => there.referrers(subject, signal),
    ensure: (signal) => there.ensure(signal),
  };
}

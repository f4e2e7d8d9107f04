import { isDigest } from '../../core/digest.ts';
import { OCI_INDEX } from '../../core/media-types.ts';
import { reply, type Exchange } from './exchange.ts';
import { digestInvalid, nameUnknown, Refusal, unsupported } from './refusal.ts';
import type { StoredManifest } from './store.ts';

/** `/v2/<name>/tags/list` */
export function answerTags(exchange: Exchange, name: string): void {
  const { premises, manners, method, url } = exchange;
  if (method !== 'GET') throw unsupported();
  const repository = premises.store.repositories.get(name);
  if (!repository) throw nameUnknown(manners, name);
  const last = url.searchParams.get('last') ?? '';
  const size = Math.min(Number(url.searchParams.get('n') ?? Infinity) || 0, manners.tagsPageSize);
  const rest = [...repository.tags.keys()].sort().filter((tag) => tag > last);
  const page = rest.slice(0, size);
  const next = `</v2/${name}/tags/list?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${size}>; rel="next"`;
  const type = manners.kind === 'ecr' ? 'text/plain; charset=utf-8' : 'application/json';
  const headers = { 'Content-Type': type, ...(page.length > 0 && rest.length > page.length && { Link: next }) };
  reply(exchange, 200, headers, JSON.stringify({ name, tags: page }));
}

/** `/v2/<name>/referrers/<digest>` */
export function answerReferrers(exchange: Exchange, name: string, digest: string): void {
  const { premises, manners, method, url } = exchange;
  if (method !== 'GET') throw unsupported();
  if (manners.referrersRedirect) {
    const Location = `http://${premises.storageHost}/-/v2/packages/container/${name}/${digest.slice(0, 20)}`;
    return reply(exchange, 303, { Location });
  }
  if (!manners.referrersApi && !manners.referrersEmpty) throw new Refusal(404, 'NOT_FOUND', '404 page not found');
  const repository = premises.store.repositories.get(name);
  if (!repository) throw nameUnknown(manners, name);
  if (!isDigest(digest)) throw digestInvalid(digest);

  const about = [...repository.manifests.values()].filter(({ manifest }) => manifest.subject?.digest === digest);
  const all = manners.referrersEmpty ? [] : about.map(described);
  const wanted = url.searchParams.get('artifactType');
  const manifests = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted);
  const headers = { 'Content-Type': OCI_INDEX, ...(wanted !== null && { 'OCI-Filters-Applied': 'artifactType' }) };
  reply(exchange, 200, headers, JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
}

interface Described {
  readonly artifactType?: string;
}

/** The descriptor as the specification wants it: the config's type stands in for a missing artifact type. */
function described({ bytes, mediaType, digest }: StoredManifest): Described {
  const json = JSON.parse(bytes.toString('utf8')) as {
    artifactType?: string;
    annotations?: Record<string, string>;
    config?: { mediaType?: string };
  };
  const artifactType = json.artifactType ?? json.config?.mediaType;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType !== undefined && { artifactType }),
    ...(json.annotations && { annotations: json.annotations }),
  } as Described;
}

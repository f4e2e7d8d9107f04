import { createHmac } from 'node:crypto';
import type { Digest } from '../core/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../core/media-types.ts';

/** What a hook sends: a request, ready for any HTTP client. */
export interface SignedDelivery {
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface DeliveryToSign {
  readonly secret: string;
  readonly event: 'package' | 'ping' | 'registry_package' | 'release' | (string & {});
  /** An object is written as JSON; a text goes as it is. */
  readonly payload: unknown;
  /** A GUID; GitHub uses the same one again when it redelivers. */
  readonly id: string;
  readonly hook?: number;
  /** As the hook is set: GitHub's own default is the form. */
  readonly contentType?: 'application/json' | 'application/x-www-form-urlencoded';
}

/** Signs as GitHub does: HMAC-SHA256 over the very bytes that are sent, form or JSON. */
export function signDelivery(delivery: DeliveryToSign): SignedDelivery {
  const { secret, event, payload, id, hook = HOOK, contentType = 'application/json' } = delivery;
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const body = Buffer.from(
    contentType === 'application/json' ? text : new URLSearchParams({ payload: text }).toString(),
  );
  const sign = (algorithm: string): string => createHmac(algorithm, secret).update(body).digest('hex');
  return {
    method: 'POST',
    body,
    headers: {
      Accept: '*/*',
      'Content-Type': contentType,
      'User-Agent': 'GitHub-Hookshot/0f1e2d3',
      'X-GitHub-Delivery': id,
      'X-GitHub-Event': event,
      'X-GitHub-Hook-ID': String(hook),
      'X-GitHub-Hook-Installation-Target-ID': '95647280',
      'X-GitHub-Hook-Installation-Target-Type': 'organization',
      'X-Hub-Signature': `sha1=${sign('sha1')}`,
      'X-Hub-Signature-256': `sha256=${sign('sha256')}`,
    },
  };
}

const HOOK = 512_204_881;
const ZERO_TIME = '0001-01-01T00:00:00Z';

export interface PublishedPackage {
  readonly owner: string;
  readonly name: string;
  /** Of the manifest that this delivery is about. */
  readonly digest: Digest;
  /** Left out: an untagged manifest, as a platform's or an attestation's is. */
  readonly tag?: string;
  /** What an index lists. Left out: the manifest of a single image. */
  readonly platforms?: readonly PublishedPlatform[];
  readonly action?: 'published' | 'updated';
  /** Where the package is served; another host than GitHub's in a rehearsal. */
  readonly registry?: string;
  /** The repository it was built from, which need not bear the package's name. */
  readonly repository?: string;
  readonly at?: Date;
}

export interface PublishedPlatform {
  readonly digest: Digest;
  readonly os: string;
  readonly architecture: string;
}

/** What a container's publication sends to whoever listens to `registry_package`. */
export const registryPackagePublished = (published: PublishedPackage): Json => ({
  action: published.action ?? 'published',
  registry_package: packageOf(published),
  ...surroundings(published),
});

/** The same news for those who listen to `package`. */
export const packagePublished = (published: PublishedPackage): Json => ({
  action: published.action ?? 'published',
  package: packageOf(published),
  ...surroundings(published),
});

export interface Push {
  readonly owner: string;
  readonly name: string;
  readonly tag: string;
  readonly index: Digest;
  readonly platforms: readonly PublishedPlatform[];
  readonly attestations: readonly Digest[];
  readonly registry?: string;
  readonly at?: Date;
}

/** What one push of a multi-platform image sends: a payload for each platform, each attestation and the index. */
export function pushPublished({ index, platforms, attestations, tag, ...rest }: Push): Json[] {
  const listed = [...platforms, ...attestations.map((digest) => ({ digest, os: 'unknown', architecture: 'unknown' }))];
  return [
    ...listed.map(({ digest }) => registryPackagePublished({ ...rest, digest })),
    registryPackagePublished({ ...rest, tag, digest: index, platforms: listed }),
  ];
}

export interface PublishedRelease {
  readonly owner: string;
  readonly name: string;
  readonly tag: string;
  readonly action?: 'created' | 'deleted' | 'edited' | 'prereleased' | 'published' | 'released' | 'unpublished';
  readonly at?: Date;
}

export const releasePublished = (published: PublishedRelease): Json => {
  const { owner, name, tag, action = 'published', at = new Date(0) } = published;
  const api = `https://api.github.com/repos/${owner}/${name}/releases/187654321`;
  const page = `https://github.com/${owner}/${name}`;
  return {
    action,
    release: {
      url: api,
      assets_url: `${api}/assets`,
      upload_url: `https://uploads.github.com/repos/${owner}/${name}/releases/187654321/assets{?name,label}`,
      html_url: `${page}/releases/tag/${tag}`,
      id: 187_654_321,
      node_id: 'RE_kwDOGVsjYM4LL2Zx',
      tag_name: tag,
      target_commitish: 'main',
      name: null,
      draft: false,
      prerelease: false,
      immutable: false,
      author: account(owner),
      created_at: at.toISOString(),
      published_at: at.toISOString(),
      assets: [],
      tarball_url: `https://api.github.com/repos/${owner}/${name}/tarball/${tag}`,
      zipball_url: `https://api.github.com/repos/${owner}/${name}/zipball/${tag}`,
      body: null,
    },
    ...surroundings(published),
  };
};

export interface Ping {
  readonly owner: string;
  readonly hook?: number;
  readonly events?: readonly string[];
}

/** What a new hook sends first; an organisation's names no repository. */
export const ping = ({ owner, hook = HOOK, events = ['registry_package'] }: Ping): Json => ({
  zen: 'Approachable is better than simple.',
  hook_id: hook,
  hook: {
    type: 'Organization',
    id: hook,
    name: 'web',
    active: true,
    events,
    config: { content_type: 'json', insecure_ssl: '0', secret: '********', url: 'https://greenroom.invalid/' },
    updated_at: '2026-09-01T08:00:00Z',
    created_at: '2026-09-01T08:00:00Z',
    url: `https://api.github.com/orgs/${owner}/hooks/${hook}`,
    ping_url: `https://api.github.com/orgs/${owner}/hooks/${hook}/pings`,
    deliveries_url: `https://api.github.com/orgs/${owner}/hooks/${hook}/deliveries`,
  },
  organization: organization(owner),
  sender: account(owner),
});

type Json = Readonly<Record<string, unknown>>;

function packageOf(published: PublishedPackage): Json {
  const { owner, name, at = new Date(0) } = published;
  return {
    id: 9_056_324,
    name,
    namespace: owner,
    description: '',
    ecosystem: 'CONTAINER',
    package_type: 'CONTAINER',
    html_url: `https://github.com/${owner}/packages/9056324`,
    created_at: at.toISOString(),
    updated_at: at.toISOString(),
    owner: account(owner),
    package_version: versionOf(published),
    registry: {
      about_url: 'https://docs.github.com/packages/learn-github-packages/introduction-to-github-packages',
      name: 'GitHub CONTAINER registry',
      type: 'CONTAINER',
      url: `https://CONTAINER.pkg.github.com/${owner}`,
      vendor: 'GitHub Inc',
    },
  };
}

/** An untagged image's name ends in its colon, and the version's own times are Go's zero. */
function versionOf(published: PublishedPackage): Json {
  const { owner, name, digest, tag = '', registry = 'ghcr.io' } = published;
  const url = `${registry}/${owner}/${name}:${tag}`;
  return {
    id: 564_296_960,
    version: digest,
    name: digest,
    description: '',
    summary: '',
    manifest: '',
    html_url: `https://github.com/orgs/${owner}/packages/container/${name}/564296960`,
    target_commitish: 'main',
    target_oid: '0e2a89b191332bb87b4f2fefef2f597eba2197b3',
    created_at: ZERO_TIME,
    updated_at: ZERO_TIME,
    metadata: [],
    container_metadata: {
      tag: { name: tag, digest },
      labels: labelsOf(published),
      manifest: manifestOf(published),
    },
    package_files: [],
    author: account(owner),
    installation_command: `docker pull ${url}`,
    package_url: url,
  };
}

function labelsOf({ owner, name, repository = name, platforms }: PublishedPackage): Json {
  const source = `https://github.com/${owner}/${repository}`;
  return {
    description: '',
    source: platforms ? '' : source,
    revision: '',
    image_url: '',
    licenses: '',
    all_labels: platforms
      ? {
          'github.internal.platforms': JSON.stringify(
            platforms.map(({ digest, architecture, os }) => ({ digest, architecture, os })),
          ),
        }
      : { 'org.opencontainers.image.source': source },
  };
}

/** An index has neither config nor layers, and GitHub writes that as zeroes. */
function manifestOf({ owner, name, digest, platforms }: PublishedPackage): Json {
  const uri = `repositories/${owner}/${name}/manifests/${digest}`;
  if (platforms) {
    const config = { digest: '', media_type: '', size: 0 };
    return { digest, media_type: OCI_INDEX, uri, size: 685, config, layers: [] };
  }
  const layer = 'application/vnd.oci.image.layer.v1.tar+gzip';
  return {
    digest,
    media_type: OCI_MANIFEST,
    uri,
    size: 1_782,
    config: { digest, media_type: 'application/vnd.oci.image.config.v1+json', size: 7_205 },
    layers: [{ digest, media_type: layer, size: 26_576_195 }],
  };
}

const surroundings = (about: { readonly owner: string; readonly name: string; readonly repository?: string }): Json => {
  const { owner, name, repository = name } = about;
  return {
    repository: {
      id: 425_424_736,
      node_id: 'R_kgDOGVsjYA',
      name: repository,
      full_name: `${owner}/${repository}`,
      private: false,
      owner: account(owner),
      html_url: `https://github.com/${owner}/${repository}`,
      default_branch: 'main',
    },
    organization: organization(owner),
    sender: account(owner),
  };
};

const account = (login: string): Json => ({ login, id: 95_647_280, type: 'Organization', site_admin: false });

const organization = (login: string): Json => ({ login, id: 95_647_280, url: `https://api.github.com/orgs/${login}` });

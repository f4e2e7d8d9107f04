import { objectIn, type Json } from '../../src/core/json.ts';
import { mergePatch, nameOf, namespaceOf, numberAt, RESOURCES, valueAt, type Kind } from '../../src/core/kubernetes.ts';
import type { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { rulesAllowing, type Rbac } from '../../src/rehearsal/kubernetes/rbac.ts';
import {
  absent,
  askedFor,
  forbidden,
  placeIn,
  status,
  type ByHand,
  type Operator,
  type Said,
} from '../../src/rehearsal/kubernetes/serve.ts';
import { grantedBy, type Manifest } from './rbac.ts';

// What kubectl asks an API server for when a person types the lines of the runbook: where everything is, objects, their
// scale, roles and their bindings. As an administrator, to whom nothing is forbidden; or as whom they say they would be.

export interface Hand extends Operator {
  /** What the roles that were applied grant to whoever is in these groups. */
  granted(groups: readonly string[]): Rbac;
}

/** The operator of a rehearsed cluster. */
export function byHand(cluster: RehearsedCluster, token: string): Hand {
  const roles = new Map<string, Json>();
  const granted = (groups: readonly string[]): Rbac => grantedBy([...roles.values()] as unknown as Manifest[], groups);
  const doors = [whereThingsAre, roleDoor(roles), visitorDoor(granted), scaleDoor(cluster), objectDoor(cluster)];
  const answer = (request: ByHand): Said => {
    for (const door of doors) {
      const said = door(request);
      if (said) return said;
    }
    return status(404, 'NotFound', `${request.url.pathname} is not rehearsed`);
  };
  return { token, answer, granted };
}

type Door = (request: ByHand) => Said | undefined;

const ok = (body: unknown, code = 200): Said => ({ status: code, body });
const RBAC = 'rbac.authorization.k8s.io/v1';
const ROLES: Readonly<Record<string, string>> = {
  clusterroles: 'ClusterRole',
  clusterrolebindings: 'ClusterRoleBinding',
  roles: 'Role',
  rolebindings: 'RoleBinding',
};

interface ApiResource {
  readonly name: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
}

/** By `group/version`; the core group's is `v1`. */
function resourcesByVersion(): Map<string, ApiResource[]> {
  const all = new Map<string, ApiResource[]>([
    [RBAC, Object.entries(ROLES).map(([name, kind]) => ({ name, kind, namespaced: !name.startsWith('cluster') }))],
  ]);
  for (const [kind, { group, version, plural }] of Object.entries(RESOURCES)) {
    const key = group === '' ? version : `${group}/${version}`;
    const scale = { name: `${plural}/scale`, kind: 'Scale', group: 'autoscaling', version: 'v1', namespaced: true };
    const isScaled = group === 'apps';
    const own = [{ name: plural, kind, namespaced: kind !== 'NodePool' }, ...(isScaled ? [scale] : [])];
    all.set(key, [...(all.get(key) ?? []), ...own]);
  }
  return all;
}

/** An OpenAPI document of version 2.0 without any definition, as protobuf: kubectl then validates nothing of its own. */
const NO_SCHEMAS = '\n\u00032.0';
const VERBS = ['get', 'list', 'create', 'patch', 'update'];

/** Discovery, in the form that every version of kubectl understands. */
function whereThingsAre({ url: { pathname } }: ByHand): Said | undefined {
  if (pathname === '/openapi/v2') return ok(NO_SCHEMAS);
  const all = resourcesByVersion();
  if (pathname === '/api') return ok({ kind: 'APIVersions', versions: ['v1'] });
  if (pathname === '/apis') {
    const groups = [...all.keys()].filter((key) => key !== 'v1').map(groupOf);
    return ok({ kind: 'APIGroupList', apiVersion: 'v1', groups });
  }
  const key = pathname.replace(/^\/apis?\//, '');
  const resources = all.get(key)?.map((each) => ({ singularName: '', ...each, verbs: VERBS }));
  return resources && ok({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: key, resources });
}

function groupOf(groupVersion: string): Json {
  const [name, version] = groupVersion.split('/');
  const only = { groupVersion, version };
  return { name, versions: [only], preferredVersion: only };
}

/** Roles and bindings: what `kubectl apply` makes and changes. */
function roleDoor(roles: Map<string, Json>): Door {
  return ({ method, url: { pathname }, body }) => {
    const [, namespace = '', plural = '', name] =
      /^\/apis\/rbac\.authorization\.k8s\.io\/v1(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?$/.exec(pathname) ??
      [];
    const kind = ROLES[plural];
    if (kind === undefined) return undefined;
    const sent = objectIn(body);
    const key = `${kind} ${namespace}/${name ?? nameOf(sent)}`;
    const there = roles.get(key);
    if (method === 'POST' && sent) return kept(roles, `${kind} ${namespaceOf(sent)}/${nameOf(sent)}`, sent, 201);
    if (!there) return status(404, 'NotFound', `${plural}.rbac.authorization.k8s.io "${name}" not found`);
    return method === 'GET' ? ok(there) : kept(roles, key, mergePatch(there, sent ?? {}) as Json, 200);
  };
}

function kept(roles: Map<string, Json>, key: string, object: Json, code: number): Said {
  roles.set(key, object);
  return ok(object, code);
}

/** `--as-group`: what somebody else may do, by the roles that were applied. */
function visitorDoor(granted: Hand['granted']): Door {
  return ({ method, url: { pathname }, headers }) => {
    const { 'impersonate-group': group } = headers;
    const place = placeIn(pathname);
    if (group === undefined || !place) return undefined;
    const asked = askedFor(method, place);
    return rulesAllowing(granted([group].flat()), asked).length === 0 ? forbidden(asked) : undefined;
  };
}

/** How many replicas, as the subresource `scale` says and sets it. */
function scaleDoor(cluster: RehearsedCluster): Door {
  return ({ method, url: { pathname }, body }) => {
    const place = pathname.endsWith('/scale') ? placeIn(pathname.replace(/\/scale$/, '')) : undefined;
    if (!place?.name) return undefined;
    const { kind, namespace, name } = place;
    const replicas = numberAt(objectIn(body), 'spec', 'replicas');
    if (method !== 'GET' && replicas !== undefined)
      cluster.change(kind, namespace, name, { spec: { replicas } }, 'kubectl');
    const object = cluster.store.get(kind, namespace, name);
    if (!object) return absent(place);
    const { resourceVersion } = valueAt(object, 'metadata') as { resourceVersion: string };
    const spec = { replicas: numberAt(object, 'spec', 'replicas') };
    const metadata = { namespace, name, resourceVersion };
    return ok({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec, status: spec });
  };
}

const PATCHES = /^application\/(?:strategic-)?merge-patch\+json/;

/** Any other object: read, and changed by a patch whose lists nobody here has. */
function objectDoor(cluster: RehearsedCluster): Door {
  return ({ method, url: { pathname }, headers, body }) => {
    const place = placeIn(pathname);
    if (!place?.name) return undefined;
    const { kind, namespace, name } = place;
    const patch = objectIn(body);
    if (method === 'PATCH' && patch && PATCHES.test(headers['content-type'] ?? ''))
      cluster.change(kind, namespace, name, patch, 'kubectl');
    const object = cluster.store.get(kind, namespace, name);
    return object ? ok({ apiVersion: versionOf(kind), ...object }) : absent(place);
  };
}

const versionOf = (kind: Kind): string => {
  const { group, version } = RESOURCES[kind];
  return group === '' ? version : `${group}/${version}`;
};

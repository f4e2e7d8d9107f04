import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { isObject, parseJson, type Json } from '../../core/json.ts';
import { RESOURCES, valueAt, type Kind } from '../../core/kubernetes.ts';
import { listening } from '../listening.ts';
import { rulesAllowing, type Asked, type Rbac } from './rbac.ts';
import type { RehearsedCluster } from './cluster.ts';

export interface ServeSettings {
  readonly cluster: RehearsedCluster;
  readonly port?: number;
  /** Left out: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Which bearer tokens are known. Left out: every one. */
  readonly knows?: (token: string) => boolean;
  /** What Greenroom's group may do, at the moment where that changes. Left out: everything. */
  readonly rbac?: Rbac | (() => Rbac);
  /** Whoever comes with another token than Greenroom's, and how they are answered: a person with kubectl. */
  readonly operator?: Operator;
  /** Kinds that are not installed. */
  readonly lacks?: readonly Kind[];
}

export interface Operator {
  readonly token: string;
  answer(request: ByHand): Said;
}

export interface ByHand {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Something that goes wrong `times` times, where `on` says so. */
export interface KubernetesFault {
  on(asked: Asked, path: string): boolean;
  readonly status: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** The answer is lost after the request was carried out. */
  readonly afterwards?: boolean;
  times: number;
}

export interface KubernetesServer extends AsyncDisposable {
  readonly url: string;
  /** Everything that was asked, with the rules that allowed it. */
  readonly asked: (Asked & { readonly path: string; readonly token: string })[];
  readonly faults: KubernetesFault[];
  close(): Promise<void>;
}

/** A rehearsed cluster's API over loopback: the verbs that are used, with the API server's manners. */
export async function serveKubernetes(settings: ServeSettings): Promise<KubernetesServer> {
  const { tls, port = 0 } = settings;
  const asked: KubernetesServer['asked'] = [];
  const faults: KubernetesFault[] = [];
  const answer = (req: IncomingMessage, res: ServerResponse): void => {
    void bodyOf(req).then((body) => {
      // Nobody answers: the connection is cut, as when an API server is replaced.
      if (settings.cluster.away) return void req.socket.destroy();
      const said = judge(settings, { asked, faults }, req, body);
      return said === 'cut' ? void req.socket.destroy() : send(res, said);
    });
  };
  const server = tls ? https.createServer(tls, answer) : http.createServer(answer);
  const { port: bound, close } = await listening(server, port);
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${bound}`, asked, faults, close, [Symbol.asyncDispose]: close };
}

export interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Book {
  readonly asked: KubernetesServer['asked'];
  readonly faults: readonly KubernetesFault[];
}

const VERB: Readonly<Record<string, string>> = {
  GET: 'get',
  PATCH: 'patch',
  POST: 'create',
  PUT: 'update',
  DELETE: 'delete',
};

function judge(settings: ServeSettings, { asked, faults }: Book, req: IncomingMessage, body: string): Said | 'cut' {
  const url = new URL(req.url ?? '/', 'http://kubernetes');
  const token = (req.headers.authorization ?? '').replace(/^Bearer /, '');
  const { operator } = settings;
  const { method = '', headers } = req;
  if (operator && token === operator.token) return operator.answer({ method, url, headers, body });
  const place = placeIn(url.pathname);
  const request = askedFor(method, place);
  settings.cluster.requests += 1;
  asked.push({ ...request, path: url.pathname, token });
  const fault = faults.find((each) => each.times > 0 && each.on(request, url.pathname));
  if (fault) fault.times -= 1;
  if (fault && !fault.afterwards) return faulty(fault);
  const said =
    admit(settings, request, token) ?? (place ? carryOut(settings, place, request, url, req, body) : UNKNOWN);
  return fault ? faulty(fault) : said;
}

const UNKNOWN: Said = { status: 404, body: '404 page not found\n' };

const NOWHERE = { group: '', plural: '', namespace: '', name: undefined };

export function askedFor(method: string, place: PlaceInApi | undefined): Asked {
  const { group, plural, namespace, name } = place ?? NOWHERE;
  const verb = method === 'GET' && name === undefined ? 'list' : (VERB[method] ?? 'unknown');
  return { verb, group, resource: plural, namespace, name };
}

/** Who it is, then whether they may. */
function admit({ knows = () => true, rbac }: ServeSettings, request: Asked, token: string): Said | undefined {
  if (token === '' || !knows(token)) return status(401, 'Unauthorized', 'Unauthorized');
  const granted = typeof rbac === 'function' ? rbac() : rbac;
  return granted && rulesAllowing(granted, request).length === 0 ? forbidden(request) : undefined;
}

/** Status 0 is no answer at all. */
function faulty({ status: code, reason = '', message = 'a fault', retryAfterSeconds }: KubernetesFault): Said | 'cut' {
  if (code === 0) return 'cut';
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { ...status(code, reason, message), headers };
}

export interface PlaceInApi {
  readonly kind: Kind;
  readonly group: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string | undefined;
}

export function placeIn(path: string): PlaceInApi | undefined {
  const [, group = '', version, namespace = '', plural, name] =
    /^(?:\/api|\/apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const found = Object.entries(RESOURCES).find(
    ([, each]) => each.group === group && each.version === version && each.plural === plural,
  );
  return (
    found && {
      kind: found[0] as Kind,
      group,
      plural: found[1].plural,
      namespace,
      name: name && decodeURIComponent(name),
    }
  );
}

function carryOut(
  { cluster, lacks = [] }: ServeSettings,
  place: PlaceInApi,
  { verb }: Asked,
  url: URL,
  req: IncomingMessage,
  body: string,
): Said {
  const { kind, namespace, name = '' } = place;
  if (lacks.includes(kind)) return UNKNOWN;
  if (verb === 'list') return page(cluster, place, url);
  if (verb === 'get') {
    const object = cluster.store.get(kind, namespace, name);
    return object ? { status: 200, body: object } : absent(place);
  }
  if (verb !== 'patch') return status(405, 'MethodNotAllowed', `${verb} is not rehearsed`);
  if (req.headers['content-type'] !== 'application/merge-patch+json')
    return status(415, 'UnsupportedMediaType', 'merge patches only');
  const patch = parseJson(body);
  if (!isObject(patch)) return status(400, 'BadRequest', 'not an object');
  const wrong = invalid(kind, patch, cluster.store.get(kind, namespace, name));
  if (wrong !== undefined) return status(422, 'Invalid', wrong);
  if (url.searchParams.get('fieldManager') !== 'greenroom') return status(400, 'BadRequest', 'no field manager');
  const written = cluster.patched(kind, namespace, name, patch);
  if (written === 'absent') return absent(place);
  if (written === 'conflict') {
    return status(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${place.plural} "${name}": the object has been modified`,
    );
  }
  return { status: 200, body: written };
}

/** As the API server validates: the least of an HPA is not above its most. */
function invalid(kind: Kind, patch: Json, object: Json | undefined): string | undefined {
  if (kind !== 'HorizontalPodAutoscaler') return undefined;
  const [min, max] = [valueAt(patch, 'spec', 'minReplicas'), valueAt(object, 'spec', 'maxReplicas')];
  return Number(min) > Number(max)
    ? `spec.maxReplicas: Invalid value: ${String(max)}: must be greater than or equal to minReplicas`
    : undefined;
}

/** A page of a list. A continue token names the revision of the first page, and is over once the store is compacted. */
function page(cluster: RehearsedCluster, { kind, namespace }: PlaceInApi, url: URL): Said {
  const labels = Object.fromEntries(
    (url.searchParams.get('labelSelector') ?? '').split(',').flatMap((each) => (each === '' ? [] : [each.split('=')])),
  );
  const all = cluster.store.list(kind, namespace, labels);
  const [from = 0] = (url.searchParams.get('continue') ?? '').split('@').map(Number);
  const limit = Number(url.searchParams.get('limit') ?? all.length);
  // The items of a list do not say their kind.
  const items = all.slice(from, from + limit).map((item) => ({ ...item, kind: undefined }));
  const rest = from + limit < all.length && {
    continue: `${from + limit}@${cluster.store.revision}`,
    remainingItemCount: all.length - from - limit,
  };
  return {
    status: 200,
    body: { kind: `${kind}List`, metadata: { resourceVersion: String(cluster.store.revision), ...rest }, items },
  };
}

export const absent = ({ plural, group, name = '' }: PlaceInApi): Said =>
  status(404, 'NotFound', `${plural}${group === '' ? '' : `.${group}`} "${name}" not found`);

export function forbidden({ verb, group, resource, namespace, name }: Asked): Said {
  const what = `${resource}${group === '' ? '' : `.${group}`}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return status(
    403,
    'Forbidden',
    `${what} ${name === undefined ? '' : `"${name}" `}is forbidden: User "greenroom" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`,
  );
}

export const status = (code: number, reason: string, message: string): Said => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code },
});

function send(res: ServerResponse, { status: code, body, headers = {} }: Said): void {
  const isText = typeof body === 'string';
  res.writeHead(code, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
  res.end(isText ? body : JSON.stringify(body));
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

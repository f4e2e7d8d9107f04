import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PREBUILDS_USER, type Daemon, type Job } from '../../core/coder.ts';
import type { RehearsedCoder } from '../coder.ts';
import { listening } from '../listening.ts';

export interface CoderServeSettings {
  readonly coder: RehearsedCoder;
  readonly port?: number;
  /** The session token that opens it. Left out: any. */
  readonly token?: string;
  /** As servers of early 2025: they know no parameter of the daemons' list but `tags`, and say no status. */
  readonly old?: boolean;
  /** Whether its licence covers workspace proxies. */
  readonly licensed?: boolean;
}

export interface CoderServer extends AsyncDisposable {
  readonly url: string;
  /** Answers to be given instead, once each. */
  readonly instead: {
    readonly status: number;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
  }[];
  close(): Promise<void>;
}

interface Said {
  readonly status: number;
  readonly body: unknown;
}

/** A rehearsed Coder's API over loopback, with Coder's own manners: what may not be seen is not there. */
export async function serveCoder(settings: CoderServeSettings): Promise<CoderServer> {
  const instead: CoderServer['instead'] = [];
  const server = createServer((req, res) => {
    if (settings.coder.away) return void req.socket.destroy();
    const early = instead.shift();
    if (!early) return send(res, judge(settings, req));
    res.writeHead(early.status, { 'content-type': 'application/json', ...early.headers });
    return void res.end(early.body);
  });
  const { port, close } = await listening(server, settings.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    instead,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function judge(settings: CoderServeSettings, { url = '/', headers }: IncomingMessage): Said {
  const { coder, token, licensed = true } = settings;
  coder.requests += 1;
  const { pathname, searchParams } = new URL(url, 'http://coder');
  const path = pathname.replace('/api/v2/', '');
  if (path === 'buildinfo') return ok({ external_url: '', version: coder.version, workspace_proxy: false });
  if (token !== undefined && headers['coder-session-token'] !== token) {
    const message = 'You are signed out or your session has expired. Please sign in again to continue.';
    return { status: 401, body: { message, detail: 'API key is invalid.' } };
  }
  if (path === 'organizations') return ok(coder.organizations.map((name) => ({ id: name, name, display_name: name })));
  if (path === 'users/me/keys/tokens') return ok(tokenRows(coder, String(headers['coder-session-token'])));
  if (path === 'workspaceproxies') return licensed ? ok({ regions: regionsOf(coder) }) : UNLICENSED;
  return inOrganization(settings, path, searchParams);
}

/** A token's text is its id and its secret; the list has others of the same user too. */
function tokenRows({ token }: RehearsedCoder, text: string): object[] {
  const other = { id: 'another1', created_at: '2020-01-01T00:00:00Z', expires_at: '2120-01-01T00:00:00Z' };
  const own = token && {
    id: text.split('-')[0],
    created_at: token.created.toISOString(),
    expires_at: token.expires.toISOString(),
    lifetime_seconds: token.lifetimeMs / 1_000,
  };
  return [{ ...other, lifetime_seconds: 3_153_600_000 }, ...(own ? [own] : [])];
}

const UNLICENSED: Said = {
  status: 403,
  body: { message: 'External workspace proxies is an Enterprise feature. Contact sales!' },
};

const NOT_THERE: Said = {
  status: 404,
  body: { message: 'Resource not found or you do not have access to this resource' },
};

const KNOWN = {
  provisionerdaemons: ['tags', 'limit', 'offline', 'status', 'max_age', 'ids'],
  provisionerjobs: ['limit', 'ids', 'status', 'tags', 'initiator'],
};

function inOrganization({ coder, old = false }: CoderServeSettings, path: string, query: URLSearchParams): Said {
  const [, organization = '', what] = /^organizations\/([^/]+)\/(provisionerdaemons|provisionerjobs)$/.exec(path) ?? [];
  if (!coder.organizations.includes(organization) || (what !== 'provisionerdaemons' && what !== 'provisionerjobs'))
    return NOT_THERE;
  const known = old && what === 'provisionerdaemons' ? ['tags'] : KNOWN[what];
  const unknown = [...query.keys()].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const validations = unknown.map((field) => ({ field, detail: `"${field}" is not a valid query param` }));
    return { status: 400, body: { message: 'Invalid query parameters.', validations } };
  }
  if (what === 'provisionerjobs') return ok(jobRows(coder, organization, query));
  const daemons = coder.daemonsOf(organization);
  const shown = query.get('offline') === 'true' ? daemons : daemons.filter(({ status }) => status !== 'offline');
  return ok(shown.map((daemon) => daemonRow(daemon, old)));
}

function daemonRow({ id, name, status, version, tags, job, lastSeen }: Daemon, old: boolean): object {
  const row = {
    id,
    key_name: 'default',
    name,
    version,
    tags,
    provisioners: ['terraform'],
    last_seen_at: lastSeen?.toISOString() ?? null,
  };
  return {
    ...row,
    status: old ? null : status,
    current_job: job === undefined ? null : { id: job, status: 'running' },
  };
}

/** The newest first; of the queue's length each row tells the whole deployment's. */
function jobRows(coder: RehearsedCoder, organization: string, query: URLSearchParams): object[] {
  const waiting = coder.organizations
    .flatMap((each) => coder.jobsOf(each))
    .filter(({ status }) => status === 'pending').length;
  const wanted = query.get('status')?.split(',');
  const limit = Number(query.get('limit') ?? 50);
  if (wanted?.includes('succeeded')) return builtRows(coder, organization).slice(0, limit === 0 ? undefined : limit);
  const rows = coder
    .jobsOf(organization)
    .filter(({ status }) => wanted?.includes(status) ?? true)
    .toSorted((a, b) => b.created.getTime() - a.created.getTime())
    .map((job) => jobRow(job, waiting));
  return limit === 0 ? rows : rows.slice(0, limit);
}

/** With an import of a template among them: the same provisioners do those. */
const builtRows = (coder: RehearsedCoder, organization: string): object[] => [
  { id: 'an-import', status: 'succeeded', type: 'template_version_import', ...instants(new Date(0), new Date(9e6)) },
  ...coder.buildsOf(organization).map(({ started, ended }, i) => ({
    id: `build-${i}`,
    status: 'succeeded',
    type: 'workspace_build',
    ...instants(started, ended),
  })),
];

const instants = (started: Date, ended: Date): object => ({
  created_at: started.toISOString(),
  started_at: started.toISOString(),
  completed_at: ended.toISOString(),
});

const PERSON = '11111111-1111-4111-8111-111111111111';

const jobRow = ({ id, status, tags, created, started, prebuild }: Job, waiting: number): object => ({
  id,
  status,
  tags,
  created_at: created.toISOString(),
  ...(started && { started_at: started.toISOString() }),
  queue_position: 1,
  queue_size: waiting,
  initiator_id: prebuild ? PREBUILDS_USER : PERSON,
  type: 'workspace_build',
});

const regionsOf = (coder: RehearsedCoder): object[] => [
  {
    name: 'primary',
    healthy: true,
    status: { status: 'ok' },
    path_app_url: '',
    version: coder.version,
    deleted: false,
  },
  ...[...coder.proxies.values()].map(({ name, status, version, url }) => ({
    name,
    healthy: status === 'ok',
    status: { status },
    path_app_url: url,
    version,
    deleted: false,
  })),
];

const ok = (body: unknown): Said => ({ status: 200, body });

function send(res: ServerResponse, { status, body }: Said): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
}

import {
  PREBUILDS_USER,
  type Build,
  type CoderToken,
  type Daemon,
  type Job,
  type WorkspaceProxy,
} from '../core/coder.ts';
import { isObject, parseJson } from '../core/json.ts';
import { listAt, numberAt, textAt, valueAt } from '../core/kubernetes.ts';
import { OutsideError } from '../core/outside-error.ts';
import { seconds } from '../core/time.ts';
import type { Coder } from '../ports.ts';
import { httpClient } from './http.ts';
import type { Answer } from './http/call.ts';
import { refusal } from './http/refusal.ts';
import type { HttpSettings } from './http/settings.ts';

export interface CoderSettings {
  /** `https://ai.coder.com` */
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly http?: HttpSettings;
}

/** Enough for a control plane that is being restarted. */
const PATIENCE: HttpSettings = { deadlineMs: 20_000, tries: 5, longestWaitMs: 65_000 };

interface Question {
  readonly operation: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** What a refusal means here, for whoever is asked to mend it. */
  readonly remedy: string;
  /** Statuses that the caller understands. */
  readonly answers?: readonly number[];
}

type Ask = (question: Question, signal?: AbortSignal) => Promise<unknown>;

/** Coder's own API, version 2. */
export function coderApi({ url, token, http = {} }: CoderSettings): Coder {
  const line = httpClient({ ...PATIENCE, ...http });
  const service = new URL(url).host;
  const ask: Ask = async ({ operation, path, query = {}, remedy, answers = [] }, signal) => {
    const address = new URL(`/api/v2/${path}`, url);
    address.search = new URLSearchParams(query).toString();
    const headers = { 'coder-session-token': await token(), accept: 'application/json' };
    const answer = await line.ask({ service, operation, method: 'GET', url: address, headers, signal });
    if (answers.includes(answer.status)) return undefined;
    if (answer.status >= 300) throw refused({ service, operation, remedy }, answer);
    return readable({ service, operation }, answer);
  };
  return {
    version: async (signal) => textIn(await ask(BUILD_INFO, signal), 'version'),
    organizations: async (signal) => rows(await ask(ORGANIZATIONS, signal)).map((row) => textIn(row, 'name')),
    daemons: (organization, signal) => daemonsOf(ask, organization, signal),
    jobs: (organization, signal) => jobsOf(ask, organization, signal),
    builds: (organization, signal) => buildsOf(ask, organization, signal),
    proxies: (signal) => proxiesOf(ask, signal),
    token: async (signal) => tokenIn(await ask(TOKENS, signal), await token()),
  };
}

const BUILD_INFO: Question = { operation: 'read its version', path: 'buildinfo', remedy: '' };
const ORGANIZATIONS: Question = {
  operation: 'list organizations',
  path: 'organizations',
  remedy: 'The token’s user may see none',
};

const TOKENS: Question = {
  operation: 'list the tokens of its user',
  path: 'users/me/keys/tokens',
  remedy: 'The token is restricted, and may not look at tokens',
};

/** A token's text is `<id>-<secret>`. A session that somebody signed in to is in no such list. */
function tokenIn(answer: unknown, text: string): CoderToken | undefined {
  const own = rows(answer).find((row) => textAt(row, 'id') === text.split('-')[0]);
  const [expires, created] = ['expires_at', 'created_at'].map((key) => new Date(textAt(own, key) ?? ''));
  if (!expires || !created || Number.isNaN(expires.getTime()) || Number.isNaN(created.getTime())) return undefined;
  return { expires, created, lifetimeMs: seconds(numberAt(own, 'lifetime_seconds') ?? 0) };
}

/** Where the caller may not see something, Coder says that it is not there. */
const rights = (organization: string): string =>
  `There is no organization ${organization}, or the token’s user is neither owner nor template admin in it`;

/** Servers of early 2025 know no parameter but tags, and refuse what they do not know. */
async function daemonsOf(ask: Ask, organization: string, signal?: AbortSignal): Promise<Daemon[]> {
  const question: Question = {
    operation: `list provisioner daemons of ${organization}`,
    path: `organizations/${encodeURIComponent(organization)}/provisionerdaemons`,
    remedy: rights(organization),
  };
  const asked = await ask({ ...question, query: { offline: 'true' }, answers: [400] }, signal);
  const answer = asked ?? (await ask(question, signal));
  return rows(answer).map((row) => daemonIn(row, organization));
}

function daemonIn(row: unknown, organization: string): Daemon {
  const [job, seen] = [textAt(row, 'current_job', 'id'), textAt(row, 'last_seen_at')];
  return {
    id: textIn(row, 'id'),
    name: textIn(row, 'name'),
    organization,
    status: statusIn(row, job, seen),
    version: textIn(row, 'version'),
    tags: tagsIn(row),
    ...(job !== undefined && { job }),
    ...(seen !== undefined && { lastSeen: new Date(seen) }),
  };
}

function statusIn(row: unknown, job: string | undefined, seen: string | undefined): Daemon['status'] {
  const status = textAt(row, 'status');
  if (status === 'idle' || status === 'busy' || status === 'offline') return status;
  // Older servers say no status, and leave out those that are offline.
  if (seen === undefined) return 'offline';
  return job === undefined ? 'idle' : 'busy';
}

const ACTIVE = ['pending', 'running', 'canceling'] as const;

/**
 * Without a limit, because fifty is Coder's own, and a queue of sixty would look like one of fifty. What the rows say
 * of the queue's length is left unread: it counts every organization and every tag.
 */
async function jobsOf(ask: Ask, organization: string, signal?: AbortSignal): Promise<Job[]> {
  const answer = await ask(
    {
      operation: `list provisioner jobs of ${organization}`,
      path: `organizations/${encodeURIComponent(organization)}/provisionerjobs`,
      query: { status: ACTIVE.join(','), limit: '0' },
      remedy: rights(organization),
    },
    signal,
  );
  return rows(answer).flatMap((row) => jobIn(row, organization));
}

function jobIn(row: unknown, organization: string): Job[] {
  const status = ACTIVE.find((each) => each === textAt(row, 'status'));
  if (!status) return [];
  const started = textAt(row, 'started_at');
  const job: Job = {
    id: textIn(row, 'id'),
    organization,
    status,
    tags: tagsIn(row),
    created: new Date(textIn(row, 'created_at')),
    ...(started !== undefined && { started: new Date(started) }),
    prebuild: textAt(row, 'initiator_id') === PREBUILDS_USER,
  };
  return [job];
}

const MOST_BUILDS = 200;

/** The newest first. Templates are imported by the same provisioners, and take other times. */
async function buildsOf(ask: Ask, organization: string, signal?: AbortSignal): Promise<Build[]> {
  const answer = await ask(
    {
      operation: `list the builds of ${organization}`,
      path: `organizations/${encodeURIComponent(organization)}/provisionerjobs`,
      query: { status: 'succeeded', limit: String(MOST_BUILDS) },
      remedy: rights(organization),
    },
    signal,
  );
  return rows(answer)
    .filter((row) => textAt(row, 'type') === 'workspace_build')
    .flatMap((row) => {
      const [started, ended] = ['started_at', 'completed_at'].map((key) => new Date(textAt(row, key) ?? ''));
      return started && ended && ended >= started ? [{ started, ended }] : [];
    });
}

async function proxiesOf(ask: Ask, signal?: AbortSignal): Promise<WorkspaceProxy[]> {
  const remedy =
    'Workspace proxies are part of Coder’s licence: it is missing or over, or this Coder is built without them, or the token’s user is no owner';
  const answer = await ask({ operation: 'list workspace proxies', path: 'workspaceproxies', remedy }, signal);
  return listAt(answer, 'regions')
    .filter((row) => valueAt(row, 'deleted') !== true && textAt(row, 'name') !== 'primary')
    .map((row) => ({
      name: textIn(row, 'name'),
      status: textAt(row, 'status', 'status') ?? (valueAt(row, 'healthy') === true ? 'ok' : 'unhealthy'),
      version: textIn(row, 'version'),
      url: textIn(row, 'path_app_url'),
    }));
}

const rows = (answer: unknown): readonly unknown[] => (Array.isArray(answer) ? answer : []);
const textIn = (row: unknown, key: string): string => textAt(row, key) ?? '';

/** `owner` is always there, and empty for what belongs to everybody. */
function tagsIn(row: unknown): Record<string, string> {
  const tags = valueAt(row, 'tags');
  if (!isObject(tags)) return {};
  return Object.fromEntries(
    Object.entries(tags).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A load balancer's page instead of an answer is trouble, whatever its status. */
function readable(call: { readonly service: string; readonly operation: string }, { status, body }: Answer): unknown {
  const value = parseJson(body.toString('utf8'));
  if (typeof value === 'object' && value !== null) return value;
  throw new OutsideError({
    ...call,
    trouble: 'corrupt',
    status,
    detail: 'an answer that is not JSON: is this Coder, or something before it?',
  });
}

/** In Coder's own words: `message` says what, `detail` says why, and the status says which remedy may help. */
function refused(
  call: { readonly service: string; readonly operation: string; readonly remedy: string },
  answer: Answer,
): OutsideError {
  const { trouble, message } = refusal(call, answer);
  const said = parseJson(answer.body.toString('utf8'));
  const words = [textAt(said, 'message'), textAt(said, 'detail')].filter((word) => word !== undefined && word !== '');
  const remedy = answer.status === 401 ? 'Make a new token and put it into the secret' : call.remedy;
  const isRight = [401, 403, 404].includes(answer.status);
  const detail = [
    ...words.map((word) =>
      String(word)
        .replaceAll(/[\p{Cc}\s]+/gu, ' ')
        .slice(0, 300)
        .replace(/\.$/, ''),
    ),
    isRight ? remedy : '',
  ]
    .filter((part) => part !== '')
    .join('. ');
  return new OutsideError({
    service: call.service,
    operation: call.operation,
    trouble,
    status: answer.status,
    detail: detail === '' ? message : detail,
  });
}

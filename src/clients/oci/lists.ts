import type { Digest } from '../../core/digest.ts';
import { nextPage, parseComplaint } from '../../core/headers.ts';
import { isObject, parseJson } from '../../core/json.ts';
import { parseManifest, type Descriptor } from '../../core/manifest.ts';
import { OCI_INDEX } from '../../core/media-types.ts';
import type { Repository } from '../../ports.ts';
import type { Answer } from '../http/call.ts';
import { ask, failure, refused, type Desk } from './desk.ts';

type Signal = AbortSignal | undefined;

const TAGS_PAGE = 1_000;

/** Pages by their Link headers; none is asked for twice, whatever the registry says. */
async function* pages(desk: Desk, operation: string, first: string, signal: Signal): AsyncGenerator<Answer> {
  const seen = new Set<string>();
  for (let at: URL | undefined = new URL(first, desk.base); at && !seen.has(at.href);) {
    seen.add(at.href);
    const answer: Answer = await ask(desk, { operation, method: 'GET', at, signal });
    yield answer;
    at = nextOf(desk, answer, at);
  }
}

/** Of the address only path and query are meant: behind a proxy a registry does not know what it is called. */
function nextOf({ base }: Desk, { headers }: Answer, from: URL): URL | undefined {
  const given = nextPage([headers['link'] ?? ''].flat().join(', '));
  const there = given === undefined ? null : URL.parse(given, from);
  return there ? new URL(`${there.pathname}${there.search}`, base) : undefined;
}

/** Every tag, page by page; none where there is no such repository. */
export async function* tags(desk: Desk, signal: Signal): AsyncGenerator<readonly string[]> {
  const operation = 'list tags';
  for await (const answer of pages(desk, operation, `tags/list?n=${TAGS_PAGE}`, signal)) {
    if (answer.status === 404) return;
    if (answer.status !== 200) throw refused(desk, operation, answer);
    const list = tagsIn(answer);
    if (!list) throw failure(desk, operation, 'broken', 'what came is not a list of tags');
    yield list;
  }
}

/** Whatever the content type says: ECR sends JSON as text. A repository without tags may say `null`. */
function tagsIn({ body }: Answer): readonly string[] | undefined {
  const json = parseJson(body.toString('utf8'));
  const list = isObject(json) ? (json['tags'] ?? []) : undefined;
  return Array.isArray(list) ? list.filter((tag) => typeof tag === 'string') : undefined;
}

/** The referrers API; where there is none that is found out once. `known`: it was known before. */
export function referrers(desk: Desk, known?: boolean): Repository['referrers'] {
  let exists = known;
  let scouting: Promise<unknown> | undefined;
  return async (subject, signal) => {
    if (exists === undefined && scouting) await scouting;
    if (exists === false) return undefined;
    const asked = list(desk, subject, signal);
    scouting = asked.catch(() => undefined);
    const { found, api } = await asked;
    exists ??= api;
    return found;
  };
}

/** `api` left out: it cannot be told from this. */
interface Listed {
  readonly found?: readonly Descriptor[];
  readonly api?: boolean;
}

async function list(desk: Desk, subject: Digest, signal: Signal): Promise<Listed> {
  const operation = `list referrers of ${subject}`;
  const found: Descriptor[] = [];
  for await (const answer of pages(desk, operation, `referrers/${subject}`, signal)) {
    if (isMissingRepository(answer)) return {};
    if (isNoApi(answer)) return { api: false };
    if (answer.status !== 200) throw refused(desk, operation, answer);
    const index = parseManifest(answer.body.toString('utf8'), OCI_INDEX);
    // A page for people: the web server in front of the registry answers for what the registry does not know.
    if (!index.ok) return { api: false };
    found.push(...index.value.children);
  }
  return { found, api: true };
}

/** GHCR answers 404, or since 2026 a 303 to a web page with a rate limit of its own: never followed (artifacthub#4785). */
const isNoApi = ({ status }: Answer): boolean => status === 404 || status === 405 || (status >= 300 && status < 400);

/** It may be made later, and says nothing about the API. */
const isMissingRepository = ({ status, body }: Answer): boolean =>
  status === 404 && parseComplaint(body.toString('utf8')).code === 'NAME_UNKNOWN';

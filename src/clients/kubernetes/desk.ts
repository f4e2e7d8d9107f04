import { isObject, parseJson, type Json } from '../../core/json.ts';
import { OutsideError } from '../../core/outside-error.ts';
import type { ClusterAccess } from '../eks.ts';
import { httpClient, type Http } from '../http.ts';
import type { Answer } from '../http/call.ts';
import type { HttpSettings } from '../http/settings.ts';
import { statusError, type Request, type Visit } from './trouble.ts';

/** Asks one cluster's API; what is thrown says what is missing. Statuses that are an answer are named by the caller. */
export interface Desk {
  ask(request: Request, answers: readonly number[], signal?: AbortSignal): Promise<{ status: number; object: Json }>;
}

/** Enough for an API server that is being replaced, little enough for a Lambda. */
const PATIENCE: HttpSettings = { deadlineMs: 20_000, tries: 5, limitTries: 6, longestWaitMs: 30_000 };

export function kubernetesDesk(visit: Visit, access: ClusterAccess, given: HttpSettings): Desk {
  const { service } = visit;
  let line: { readonly ca: string; readonly http: Http } | undefined;
  const httpFor = (ca: string): Http => {
    if (line?.ca !== ca) {
      line?.http.close();
      line = { ca, http: httpClient({ ...PATIENCE, ...given, ca }) };
    }
    return line.http;
  };
  const once = async (request: Request, afresh: boolean, signal?: AbortSignal): Promise<Answer> => {
    const [{ endpoint, ca }, token] = await Promise.all([access.access(), access.token(afresh)]);
    const { verb, path, query = {}, body } = request;
    const url = new URL(path, endpoint);
    url.search = new URLSearchParams(query).toString();
    return httpFor(ca).ask({
      service,
      operation: request.operation,
      method: verb === 'patch' ? 'PATCH' : 'GET',
      url,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body && { 'content-type': request.type ?? 'application/merge-patch+json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal,
    });
  };
  return {
    async ask(request, answers, signal) {
      let answer = await unlessMoved(access, () => once(request, false, signal));
      if (answer.status === 401) answer = await once(request, true, signal);
      const { status, body } = answer;
      const object = parseJson(body.toString('utf8'));
      if (answers.includes(status)) return { status, object: isObject(object) ? object : {} };
      if (status >= 300) throw statusError(visit, request, answer);
      if (isObject(object)) return { status, object };
      throw new OutsideError({
        service,
        operation: request.operation,
        trouble: 'corrupt',
        status,
        detail: 'an answer that is not JSON',
      });
    },
  };
}

/** Whom we cannot reach or do not trust may have been made anew meanwhile: next time its address is looked up again. */
async function unlessMoved<T>(access: ClusterAccess, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof OutsideError && error.status === undefined) access.forget();
    throw error;
  }
}

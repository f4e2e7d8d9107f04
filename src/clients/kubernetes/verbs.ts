import type { Labels, Verbs } from '../../cluster.ts';
import { isObject, type Json } from '../../core/json.ts';
import { listAt, pathOf, textAt, type Kind } from '../../core/kubernetes.ts';
import { OutsideError } from '../../core/outside-error.ts';
import { FIELD_MANAGER } from '../../core/ownership.ts';
import type { Desk } from './desk.ts';
import type { Request } from './trouble.ts';

const PAGE = '250';
const RESTARTS = 3;

/** Three verbs over the Kubernetes API. */
export function verbsAt(desk: Desk): Verbs {
  return {
    async get(kind, namespace, name, signal) {
      const { status, object } = await desk.ask(requestFor('get', kind, namespace, name), [404], signal);
      return status === 404 ? undefined : object;
    },
    async list(kind, namespace, labels, signal) {
      for (let restarts = 0; ; restarts += 1) {
        const pages = await walk(desk, kind, namespace, labels, signal);
        if (pages !== 'expired') return pages;
        if (restarts >= RESTARTS) throw expired(requestFor('list', kind, namespace));
      }
    },
    async patch(kind, namespace, name, body, signal) {
      const request = { ...requestFor('patch', kind, namespace, name), query: { fieldManager: FIELD_MANAGER }, body };
      const { status, object } = await desk.ask(request, [404, 409], signal);
      if (status === 404) return 'absent';
      return status === 409 ? 'conflict' : object;
    },
  };
}

function requestFor(verb: Request['verb'], kind: Kind, namespace: string, name?: string): Request {
  const what = [namespace, name].filter((part) => part !== undefined && part !== '').join('/');
  return {
    verb,
    kind,
    namespace,
    ...(name !== undefined && { name }),
    operation: verb === 'list' ? `list ${kind}s in ${what}` : `${verb} ${kind} ${what}`,
    path: pathOf(kind, namespace, name),
  };
}

/** Every page, or `expired` where the list has become too old between two pages: then it is begun again. */
async function walk(
  desk: Desk,
  kind: Kind,
  namespace: string,
  labels: Labels,
  signal?: AbortSignal,
): Promise<Json[] | 'expired'> {
  const items: Json[] = [];
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  for (let next = ''; ;) {
    const query = {
      limit: PAGE,
      ...(selector !== '' && { labelSelector: selector }),
      ...(next !== '' && { continue: next }),
    };
    const { status, object } = await desk.ask({ ...requestFor('list', kind, namespace), query }, [404, 410], signal);
    if (status === 404) return [];
    if (status === 410) return 'expired';
    items.push(...listAt(object, 'items').filter(isObject));
    next = textAt(object, 'metadata', 'continue') ?? '';
    if (next === '') return items;
  }
}

const expired = ({ operation }: Request): OutsideError =>
  new OutsideError({
    service: 'kubernetes',
    operation,
    trouble: 'refused',
    status: 410,
    detail: `the list expired ${RESTARTS + 1} times before its end was reached`,
  });

import { parseJson, type Json } from '../../core/json.ts';
import { RESOURCES, textAt, type Kind } from '../../core/kubernetes.ts';
import { OutsideError } from '../../core/outside-error.ts';
import type { Answer } from '../http/call.ts';
import { refusal } from '../http/refusal.ts';

export interface Request {
  readonly verb: 'get' | 'list' | 'patch';
  readonly kind: Kind;
  /** Empty for the whole cluster. */
  readonly namespace: string;
  readonly name?: string;
  /** `patch Deployment coder/coder`, for errors. */
  readonly operation: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly type?: string;
}

/** The cluster by its name, and the Kubernetes group as whose member we come. */
export interface Visit {
  readonly service: string;
  readonly group: string;
}

/** What the API server refused, in its own words, and the rule or the entry that would let us in. */
export function statusError({ service, group }: Visit, request: Request, answer: Answer): OutsideError {
  const error = refusal({ service, operation: request.operation }, answer);
  const status = parseJson(answer.body.toString('utf8'));
  const said = textAt(status, 'message') ?? '';
  const remedy = remedyFor(answer.status, request, group);
  return new OutsideError({
    service,
    operation: request.operation,
    trouble: answer.status === 409 || answer.status === 410 ? 'refused' : error.trouble,
    status: answer.status,
    ...(textAt(status, 'reason') !== undefined && { code: textAt(status, 'reason') ?? '' }),
    detail: [oneLine(said), remedy].filter((part) => part !== '').join('. '),
  });
}

const LONGEST = 300;
const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST)
    .replace(/\.$/, '');

function remedyFor(status: number, { verb, kind, namespace, name }: Request, visitor: string): string {
  if (status === 401) {
    return (
      `Give Greenroom’s role an EKS access entry with the Kubernetes group ${visitor}; if it has one, the role may have been ` +
      'made anew since, and then the entry has to be made anew too'
    );
  }
  if (status !== 403) return '';
  const { group, plural } = RESOURCES[kind];
  const where = namespace === '' ? 'the whole cluster' : `namespace ${namespace}`;
  // Because whoever follows this without a name has opened every secret of the namespace.
  const [who, named] = kind === 'Secret' ? ['greenroom-keys', `resourceNames: ["${name}"], `] : [visitor, ''];
  return (
    `Missing in ${where} for group ${who}: {apiGroups: ["${group}"], resources: ["${plural}"], ${named}verbs: ["${verb}"]}; ` +
    'deploy/rbac.yaml grants it'
  );
}

import { channel } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/** One request that this process sent, whoever sent it. */
export interface Sent {
  readonly whom: string;
  /** `GET /api/v2/buildinfo`; of AWS's services that have one address, `GetItem`. */
  readonly asked: string;
  readonly isWrite: boolean;
}

/** Who is asked, by what is asked: each speaks a protocol of its own. */
const WHOM: readonly (readonly [RegExp, string])[] = [
  [/^DynamoDB/, 'journal'],
  [/^secretsmanager/, 'secrets'],
  [/^AmazonEC2ContainerRegistry/, 'registries'],
  [/^\w+ \/schedules\//, 'wake-ups'],
  [/^\w+ \/apis?\/(?!v2)/, 'clusters'],
  [/^\w+ \/api\/v2\//, 'Coder'],
  [/^\w+ \/(?:v2\/|token\b)/, 'registries'],
  [/^\w+ \/calendar\b/, 'calendar'],
  [/^\w+ \/(?:key|v1|health)\b/, 'gateway'],
];

/** What reads, of services that are asked everything by POST. */
const READS = /\.(?:Get|List|Describe|Query|BatchGet|BatchCheck)/;

/** Everything that was sent while `work` went on, by Node's own account of it: no client can leave anything out. */
export async function sentDuring(work: () => Promise<unknown>): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const heard = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    const target = request.getHeader('x-amz-target');
    const asked = typeof target === 'string' ? target : `${request.method} ${request.path}`;
    const isWrite = typeof target === 'string' ? !READS.test(asked) : !/^(?:GET|HEAD) /.test(asked);
    sent.push({ whom: WHOM.find(([pattern]) => pattern.test(asked))?.[1] ?? 'somebody else', asked, isWrite });
  };
  const starts = channel('http.client.request.start');
  starts.subscribe(heard);
  try {
    await work();
  } finally {
    starts.unsubscribe(heard);
  }
  return sent;
}

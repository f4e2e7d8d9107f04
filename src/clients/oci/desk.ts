import { OutsideError, type Trouble } from '../../core/outside-error.ts';
import type { Http } from '../http.ts';
import type { Answer, Call, Flow, Sending } from '../http/call.ts';
import type { Pacer } from '../http/limits.ts';
import { mayBeAsked } from '../http/redirects.ts';
import { refusal, type Adviser } from '../http/refusal.ts';
import { enter, type Credentials, type Door } from './door.ts';

/** What all requests to one repository have in common. */
export interface Desk {
  /** For people and errors. */
  readonly name: string;
  /** `https://ghcr.io/v2/coder/coder-preview/` */
  readonly base: URL;
  readonly http: Http;
  readonly door: Door;
  readonly credentials: Credentials;
  readonly pace: Pacer | undefined;
  readonly advise: Adviser | undefined;
}

/** One thing to ask a repository for. */
export interface Errand {
  /** As a person would say it: `read manifest latest`. */
  readonly operation: string;
  readonly method: Call['method'];
  /** Below the repository's own address, or an address that the registry gave. */
  readonly at: string | URL;
  readonly push?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly follow?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export const ask = (desk: Desk, errand: Errand): Promise<Answer> =>
  enter(desk.door, desk.credentials, { ...visitOf(errand), send: (key) => desk.http.ask(callFor(desk, errand, key)) });

export const open = (desk: Desk, errand: Errand): Promise<Flow> =>
  enter(desk.door, desk.credentials, { ...visitOf(errand), send: (key) => desk.http.open(callFor(desk, errand, key)) });

/** A body that cannot be sent twice: the header must fit at once. */
export async function send(desk: Desk, errand: Errand, length: number): Promise<Sending> {
  const { push, signal } = visitOf(errand);
  const header = (): Promise<string | undefined> => desk.credentials.header(desk.door.challenge, push, signal);
  let key = await header();
  if (key === undefined && !desk.door.known) {
    // An upload that another process began: how to get in is found out by a question that can be asked twice.
    await ask(desk, { operation: errand.operation, method: 'GET', at: new URL('/v2/', desk.base), push, signal });
    key = await header();
  }
  return desk.http.send(callFor(desk, errand, key), length);
}

const visitOf = ({ push = false, signal }: Errand) => ({ push, signal });

function callFor(desk: Desk, { at, operation, method, headers, body, follow, signal }: Errand, key?: string): Call {
  const url = typeof at === 'string' ? new URL(at, desk.base) : at;
  // An upload's place may be on another host, and our key is none of that host's business.
  const authorization = url.origin === desk.base.origin ? key : undefined;
  return {
    service: desk.name,
    operation,
    method,
    url,
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    ...(body !== undefined && { body }),
    ...(follow && { follow }),
    signal,
  };
}

/** An address that the registry gave, relative or absolute. Throws `refused` where it may not be asked. */
export function addressed(desk: Desk, operation: string, given: string, from: URL = desk.base): URL {
  const url = URL.parse(given, from);
  // Behind a proxy that ends TLS a registry believes that it is spoken to in the clear.
  if (url?.host === desk.base.host) url.protocol = desk.base.protocol;
  if (url && mayBeAsked(url)) return url;
  throw failure(
    desk,
    operation,
    'refused',
    `the registry leads to ${url ? `${url.protocol}//${url.host}` : 'no address'}`,
  );
}

export const refused = (desk: Desk, operation: string, answer: Answer): OutsideError =>
  refusal({ service: desk.name, operation }, answer, desk.advise?.(answer));

export const failure = (desk: Desk, operation: string, trouble: Trouble, detail: string): OutsideError =>
  new OutsideError({ service: desk.name, operation, trouble, detail });

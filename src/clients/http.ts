import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { parseComplaint, retryAfter, waitInMessage } from '../core/headers.ts';
import { OutsideError, type Trouble } from '../core/outside-error.ts';
import { isLoopback } from '../core/reference.ts';
import { gate, jittered, pause, type Gate, type Pass } from './http/limits.ts';
import { lingering, patience, type Patience } from './http/socket.ts';

export interface HttpSettings {
  /** Connections to one host. Default 32. */
  readonly socketsPerHost?: number;
  /** How long nothing may move before a connection is given up. Default 20 s. */
  readonly stallMs?: number;
  /** How long one question with a small answer may take, every byte of it. Default 60 s. */
  readonly deadlineMs?: number;
  /** How long a registry may take to judge an upload after its last byte. Default 5 minutes: it hashes all of it. */
  readonly judgeMs?: number;
  /** How often what broke is tried. Default 6. */
  readonly tries?: number;
  /** The first wait after something broke; doubled each time and jittered. Default 250 ms. */
  readonly backoffMs?: number;
  /** How often a host may say "later" to one request. Default 12. */
  readonly limitTries?: number;
  /** The first wait where a host says "later" and not when; doubled each time. Default 1 s. */
  readonly limitMs?: number;
  /** The longest wait that a host may ask for; beyond it the request fails as throttled. Default 2 minutes. */
  readonly longestWaitMs?: number;
}

const DEFAULTS: Required<HttpSettings> = {
  socketsPerHost: 32,
  stallMs: 20_000,
  deadlineMs: 60_000,
  judgeMs: 300_000,
  tries: 6,
  backoffMs: 250,
  limitTries: 12,
  limitMs: 1_000,
  longestWaitMs: 120_000,
};

const MOST_REDIRECTS = 5;
const LARGEST_COMPLAINT = 64 * 1_024;
const LARGEST_ANSWER = 32 * 1_024 * 1_024;

/** One question. What is given as a body is sent again with every try. */
export interface Call {
  /** Whom and what, for errors. Never a credential, never a whole address: a signed one is a credential. */
  readonly service: string;
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Redirects are followed, without Authorization, or they are the answer. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty where the bytes are still to come. */
  readonly body: Buffer;
  /** Who answered, after redirects. */
  readonly url: URL;
  readonly moved: boolean;
}

/** An answer whose body is read while it arrives. Must be read or `dropped`. */
export interface Flow extends Answer {
  /** Absent where the answer is an error; its body is `body` then. */
  readonly bytes?: AsyncIterable<Buffer>;
  drop(): void;
}

/** A body on its way out, which cannot be sent twice. */
export interface Sending {
  /** A promise means: wait for room. It rejects once the request has failed. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  end(): Promise<Answer>;
  abort(): void;
}

/** Every status is an answer. What is thrown is `OutsideError` where nobody answered, or the signal's reason. */
export interface Http {
  readonly settings: Required<HttpSettings>;
  /** Asks until there is an answer that trying again would not change. */
  ask(call: Call): Promise<Answer>;
  open(call: Call): Promise<Flow>;
  send(call: Call, length: number): Promise<Sending>;
  /** Closes idle connections. */
  close(): void;
}

interface Line {
  readonly settings: Required<HttpSettings>;
  readonly plain: http.Agent;
  readonly secure: https.Agent;
  gateOf(host: string): Gate;
}

/** One client for everything that is spoken to: its connections, and each host's patience, are shared by all its users. */
export function httpClient(given: HttpSettings = {}): Http {
  const settings = { ...DEFAULTS, ...given };
  const pool = {
    keepAlive: true,
    maxSockets: settings.socketsPerHost,
    maxFreeSockets: settings.socketsPerHost,
    timeout: IDLE_MS,
  };
  const gates = new Map<string, Gate>();
  const line: Line = {
    settings,
    plain: new http.Agent(pool),
    secure: new https.Agent(pool),
    gateOf: (host) => gates.get(host) ?? gates.set(host, gate(settings.limitMs)).get(host)!,
  };
  return {
    settings,
    ask: (call) => persist(line, call, () => whole(line, call)),
    open: (call) => persist(line, call, () => travel(line, call)),
    send: (call, length) => send(line, call, length),
    close: () => [line.plain, line.secure].forEach((agent) => agent.destroy()),
  };
}

/** Shorter than any server's own idea, so that a request does not leave on a connection that is just being closed. */
const IDLE_MS = 4_000;

/** Tries again what broke, and what was told to come later when that time has come. */
async function persist<A extends Answer>(line: Line, call: Call, once: () => Promise<A>): Promise<A> {
  const { tries, backoffMs, limitTries, longestWaitMs } = line.settings;
  let broken = 0;
  for (let limits = 0; ;) {
    const came = await once().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    if ('answer' in came && isLimit(came.answer)) {
      limits += 1;
      if (limits >= limitTries || line.gateOf(came.answer.url.host).closedFor() > longestWaitMs) return came.answer;
      continue;
    }
    if ('answer' in came && !isBroken(came.answer)) return came.answer;
    if ('error' in came && !isPassing(came.error)) throw came.error;
    broken += 1;
    if (broken >= tries && 'answer' in came) return came.answer;
    if (broken >= tries && 'error' in came) throw came.error;
    await pause(jittered(backoffMs * 2 ** (broken - 1)), call.signal);
  }
}

const isBroken = ({ status }: Answer): boolean => status >= 500 || status === 408;

/** GitHub says 403 where others say 429. Source: github docs, "secondary rate limit". */
export function isLimit({ status, headers, body }: Pick<Answer, 'status' | 'headers' | 'body'>): boolean {
  if (status === 429) return true;
  if (status === 503) return headers['retry-after'] !== undefined;
  return status === 403 && /secondary rate limit|toomanyrequests/i.test(body.toString('utf8'));
}

/** Certificates and names that are wrong stay wrong. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof OutsideError) || (error.trouble !== 'broken' && error.trouble !== 'timeout')) return false;
  return !/^(?:CERT_|ERR_TLS|ERR_SSL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ENOTFOUND|ERR_INVALID|ERR_UNESCAPED)/.test(
    error.code ?? '',
  );
}

async function whole(line: Line, call: Call): Promise<Answer> {
  const { bytes, ...answer } = await travel(line, call, line.settings.deadlineMs);
  if (!bytes) return answer;
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > LARGEST_ANSWER) throw refused(call, `an answer of more than ${LARGEST_ANSWER} bytes`);
    pieces.push(piece);
  }
  return { ...answer, body: Buffer.concat(pieces) };
}

/** Follows redirects by hand: what a registry redirects to is signed in its address and wants no other credentials. */
async function travel(line: Line, call: Call, deadlineMs?: number): Promise<Flow> {
  let at = call;
  for (let moves = 0; ; moves += 1) {
    const flow = await exchange(line, at, moves > 0, deadlineMs);
    const next = call.follow ? redirected(flow) : undefined;
    if (!next) return flow;
    flow.drop();
    if (moves >= MOST_REDIRECTS) throw refused(call, `more than ${MOST_REDIRECTS} redirects`);
    if (!mayBeAsked(next)) throw refused(call, `a redirect to ${next.protocol}//${next.host}`);
    at = { ...call, url: next, headers: withoutAuthorization(call.headers) };
  }
}

function redirected({ status, headers, url }: Flow): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || !headers.location) return undefined;
  return URL.parse(headers.location, url) ?? undefined;
}

/** In the clear only to this machine: also what a registry tells us to ask. */
export const mayBeAsked = ({ protocol, host }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && isLoopback(host));

const withoutAuthorization = (headers: Call['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));

/** One request to one host, and its answer as far as the headers; all of it where it is an error. */
async function exchange(line: Line, call: Call, moved: boolean, deadlineMs?: number): Promise<Flow> {
  const pass = await passFor(line, call);
  try {
    const { request, waiting } = begin(line, call);
    request.once('socket', () => waiting.wait());
    if (deadlineMs !== undefined) limitTo(deadlineMs, request, call);
    const message = await answerTo(request.end(call.body), call);
    waiting.rest();
    const { statusCode: status = 0, headers } = message;
    const answer = { status, headers, url: call.url, moved, body: Buffer.alloc(0), drop: () => letGo(message) };
    if (status >= 400) return { ...answer, body: heed(pass, status, headers, await complaintOf(message, waiting)) };
    pass.answered();
    return { ...answer, bytes: bytesOf(message, waiting, call) };
  } finally {
    pass.left();
  }
}

async function passFor({ gateOf, settings }: Line, call: Call): Promise<Pass> {
  const gate = gateOf(call.url.host);
  const pass = await gate.pass(settings.longestWaitMs, call.signal);
  if (pass) return pass;
  const detail = `${call.url.host} asks to be left alone for ${Math.ceil(gate.closedFor() / 1_000)} s`;
  throw new OutsideError({ ...named(call), trouble: 'throttled', detail });
}

function heed(pass: Pass, status: number, headers: IncomingHttpHeaders, body: Buffer): Buffer {
  if (isLimit({ status, headers, body })) {
    const told = retryAfter(headers['retry-after'], new Date()) ?? waitInMessage(body.toString('utf8'));
    pass.limited(told);
  } else pass.answered();
  return body;
}

/** A request that has not been ended. Its connection is given up when it stalls. */
function begin(line: Line, call: Call, length?: number): { request: ClientRequest; waiting: Patience } {
  const { method, url, signal, headers, body } = call;
  const secure = url.protocol === 'https:';
  const size = length ?? (body === undefined ? undefined : Buffer.byteLength(body));
  const request = (secure ? https : http).request(url, {
    method,
    headers: { 'user-agent': 'greenroom', ...headers, ...(size !== undefined && { 'content-length': String(size) }) },
    agent: secure ? line.secure : line.plain,
    ...(signal && { signal }),
  });
  const { stallMs } = line.settings;
  const waiting = patience(stallMs, () => request.destroy(late(call, `nothing moved for ${stallMs / 1_000} s`)));
  request.once('socket', lingering);
  request.once('close', waiting.end);
  return { request, waiting };
}

function limitTo(deadlineMs: number, request: ClientRequest, call: Call): void {
  request.once('socket', () => {
    const timer = setTimeout(() => request.destroy(late(call, `no answer in ${deadlineMs / 1_000} s`)), deadlineMs);
    request.once('close', () => clearTimeout(timer));
  });
}

const answerTo = (request: ClientRequest, call: Call): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', (error) => reject(nameOf(call, error)));
  });

async function* bytesOf(message: IncomingMessage, waiting: Patience, call: Call): AsyncGenerator<Buffer> {
  const pieces = message[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  try {
    for (;;) {
      waiting.wait();
      const { done, value } = await pieces.next();
      waiting.rest();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw nameOf(call, error);
  } finally {
    message.destroy();
  }
}

/** As much of an error's body as there is. The status says more than a body that broke off. */
async function complaintOf(message: IncomingMessage, waiting: Patience): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  message.on('data', (piece: Buffer) => {
    waiting.wait();
    if (size < LARGEST_COMPLAINT) pieces.push(piece);
    size += piece.length;
    if (size > LARGEST_ANSWER) message.destroy();
  });
  waiting.wait();
  await new Promise<void>((resolve) => message.on('error', () => resolve()).once('close', resolve));
  waiting.rest();
  return Buffer.concat(pieces);
}

/** A short body is read to its end, so that the connection can be used again. */
function letGo(message: IncomingMessage): void {
  if (Number(message.headers['content-length'] ?? Infinity) > LARGEST_COMPLAINT) message.destroy();
  else message.on('error', () => undefined).resume();
}

async function send(line: Line, call: Call, length: number): Promise<Sending> {
  const pass = await passFor(line, call);
  pass.aside();
  const { request, waiting } = begin(line, call, length);
  let failure: { readonly error: unknown } | undefined;
  let room: PromiseWithResolvers<void> | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    room?.reject(error);
    request.destroy();
  };
  const answered = answerTo(request, call).then(async (message) => {
    const { statusCode: status = 0, headers } = message;
    const body = heed(pass, status, headers, await complaintOf(message, waiting));
    const answer = { status, headers, body, url: call.url, moved: false };
    if (status >= 400) throw refusal(call, answer);
    return answer;
  });
  answered.catch(fail);
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    waiting.wait();
    socket.once('connect', () => room ?? waiting.rest());
  });
  request.on('drain', () => {
    waiting.rest();
    room?.resolve();
    room = undefined;
  });
  return {
    write(chunk) {
      if (failure) return rejected(failure.error);
      if (chunk.length === 0 || request.write(chunk)) return undefined;
      if (request.socket) waiting.wait();
      room ??= Promise.withResolvers();
      room.promise.catch(() => undefined);
      return room.promise;
    },
    async end() {
      request.end();
      waiting.wait(line.settings.judgeMs);
      return answered;
    },
    abort: () => void request.destroy(),
  };
}

function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}

const named = ({ service, operation }: Call): Pick<Call, 'service' | 'operation'> => ({ service, operation });

const refused = (call: Call, detail: string): OutsideError =>
  new OutsideError({ ...named(call), trouble: 'refused', detail });

const late = (call: Call, detail: string): OutsideError =>
  new OutsideError({ ...named(call), trouble: 'timeout', detail });

/** What the caller asked for by aborting is not the world's doing, and keeps its own name. */
function nameOf(call: Call, error: unknown): unknown {
  if (call.signal?.aborted) return call.signal.reason;
  if (error instanceof OutsideError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const detail =
    code !== undefined && message.includes(code) ? message.replace(code, '').replace(/^[: ]+/, '') : message;
  return new OutsideError({
    ...named(call),
    trouble: 'broken',
    ...(code !== undefined && { code }),
    detail,
    cause: error,
  });
}

/** The error that an answer amounts to, in what the server said itself. */
export function refusal(
  call: Pick<Call, 'service' | 'operation'>,
  { status, body, headers }: Pick<Answer, 'status' | 'body' | 'headers'>,
): OutsideError {
  const { code, message } = parseComplaint(body.toString('utf8'));
  const trouble = isLimit({ status, headers, body }) ? 'throttled' : troubleOf(status);
  return new OutsideError({
    service: call.service,
    operation: call.operation,
    trouble,
    status,
    ...(code !== undefined && { code }),
    ...(message !== undefined && { detail: message }),
  });
}

function troubleOf(status: number): Trouble {
  if (status === 404) return 'absent';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'throttled';
  if (status === 408) return 'timeout';
  return status >= 400 && status < 500 ? 'refused' : 'broken';
}

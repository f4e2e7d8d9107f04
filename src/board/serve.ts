import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boardFragment, boardPage, CONTENT_SECURITY_POLICY } from './page.ts';
import { streamOf, type Stream } from './stream.ts';
import type { View } from './view.ts';

/** What the board needs of whoever runs it. */
export interface Serving {
  /** The board as it is now; asked once per change and once per page. */
  readonly view: () => Promise<View> | View;
  /** Calls the listener whenever the board may have changed, until the returned function is called. */
  readonly changes: (listener: () => void) => () => void;
  /** The host's own: `'POST /webhook'`. */
  readonly routes?: Readonly<Record<string, Route>>;
  /** 0 for any that is free. */
  readonly port: number;
  /** Left out: only this machine. */
  readonly host?: string;
  /** Where an error goes that must not go into a page. */
  readonly onError?: (error: unknown) => void;
}

/** One request of the host's own, its body read whole. */
export type Route = (request: Asked) => Promise<Answer> | Answer;

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  /** The exact bytes: a signature is over these. At most a mebibyte. */
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

const LARGEST_BODY = 1_048_576;

const SECURITY = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
} as const;

/** Serves the board until it is closed. Rejects with a sentence for people when the port is taken. */
export async function serveBoard(serving: Serving): Promise<Served> {
  const host = serving.host ?? '127.0.0.1';
  const draw = async (): Promise<string> => boardFragment(await serving.view());
  const stream = streamOf({ draw, changes: serving.changes, onError: serving.onError ?? ignore });
  const server = createServer((request, response) => {
    answer(request, response, { ...serving, host }, stream).catch((error: unknown) => {
      (serving.onError ?? ignore)(error);
      if (response.headersSent) response.destroy();
      else reply(request, response, { status: 500, body: 'The board could not be drawn. The log says why.\n' });
    });
  });
  await listening(server, serving.port, host);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: once(() => closed(server, stream)),
  };
}

const ignore = (): void => undefined;

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
}

function closed(server: Server, stream: Stream): Promise<void> {
  stream.close();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(error, port, host)));
    server.listen(port, host, resolve);
  });
}

function refusal(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is taken. Stop what listens there, or choose another port.`,
    EACCES: `Port ${port} on ${host} needs more rights than Greenroom has. Choose one above 1023.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine. Use 127.0.0.1.`,
  };
  return new Error(why[error.code ?? ''] ?? `The board cannot listen on ${host}:${port}: ${error.message}`, {
    cause: error,
  });
}

type Page = (serving: Serving) => Promise<Answer> | Answer;

const PAGES: Readonly<Record<string, Page>> = {
  '/': async ({ view }) => ({
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: boardPage(await view()),
  }),
  '/api/board.json': async ({ view }) => ({
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(await view(), undefined, 2)}\n`,
  }),
  '/healthz': () => ({ status: 200, body: 'ok\n' }),
};

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Serving & { readonly host: string },
  stream: Stream,
): Promise<void> {
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', 'http://board');
  const route = serving.routes?.[`${method} ${url.pathname}`];
  if (route) return routed(request, response, route, { method, url });
  const page = PAGES[url.pathname];
  const others = Object.keys(serving.routes ?? {}).filter((each) => each.endsWith(` ${url.pathname}`));
  const known = page !== undefined || url.pathname === '/events';
  if (!known && others.length === 0) return reply(request, response, { status: 404, body: 'There is no such page.\n' });
  if (!known || (method !== 'GET' && method !== 'HEAD')) {
    const allow = [...(known ? ['GET', 'HEAD'] : []), ...others.map((each) => each.split(' ')[0])].join(', ');
    return reply(request, response, { status: 405, headers: { allow }, body: 'Not that way.\n' });
  }
  if (!isOurs(request.headers.host, serving.host)) {
    return reply(request, response, { status: 421, body: 'This board answers only to its own name.\n' });
  }
  if (page) return reply(request, response, await page(serving));
  return stream.join(request, response, SECURITY);
}

/** Against DNS rebinding: a page elsewhere that points its own name at this machine must not read the board. */
function isOurs(header: string | undefined, host: string): boolean {
  const bound = /^(?:127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host);
  const asked = (header ?? '').replace(/:\d+$/, '').toLowerCase();
  return !bound || /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(asked);
}

async function routed(
  request: IncomingMessage,
  response: ServerResponse,
  route: Route,
  { method, url }: Pick<Asked, 'method' | 'url'>,
): Promise<void> {
  const body = await bodyOf(request);
  if (!body) {
    return reply(request, response, { status: 413, headers: { connection: 'close' }, body: 'Too large.\n' });
  }
  return reply(request, response, await route({ method, url, headers: request.headers, body }));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reply(request: IncomingMessage, response: ServerResponse, { status, headers, body = '' }: Answer): void {
  response.writeHead(status, {
    ...SECURITY,
    'content-type': 'text/plain; charset=utf-8',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

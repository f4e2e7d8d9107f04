import { ClientRequest, ServerResponse, type OutgoingHttpHeaders, type OutgoingMessage } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { afterEach } from 'vitest';

// Runs before every file of the suite (vitest.config.ts): listens where things are told, and fails the test that told a
// secret. At Node's own doors, so that nothing of ours has to know of it: what is printed, errors, journal rows (in
// memory, in SQLite, on their way to DynamoDB), events, news, and the pages of the board.

/** What rehearsals plant where something is secret, and what every key of the gateway looks like. */
const PLANTED = /gr-planted[\w-]{8,}|\bsk-[\w-]{20,}/;

const told: string[] = [];

/** Takes note of a secret that was told, and where. */
export function tell(where: string, what: unknown): void {
  const text = typeof what === 'string' ? what : Buffer.isBuffer(what) ? what.toString('utf8') : spelled(what);
  const [secret] = PLANTED.exec(text) ?? [];
  if (secret !== undefined) told.push(`${where}: ${secret.slice(0, 14)}… in ${text.slice(0, 200)}`);
}

/** Everything that was told since the last time, which is then forgotten. */
export const everythingTold = (): string[] => told.splice(0);

afterEach(() => {
  const secrets = everythingTold();
  if (secrets.length > 0) throw new Error(`a secret was told:\n${secrets.join('\n')}`);
});

function spelled(what: unknown): string {
  try {
    return JSON.stringify(what) ?? '';
  } catch {
    return '';
  }
}

/** Puts a listener in front of a method, which then does what it always did. */
function overhear<T extends object>(of: T, name: keyof T, listen: (self: T, args: unknown[]) => void): void {
  const original = of[name] as (...args: unknown[]) => unknown;
  of[name] = function overheard(this: T, ...args: unknown[]) {
    listen(this, args);
    return original.apply(this, args);
  } as T[keyof T];
}

for (const stream of [process.stdout, process.stderr]) overhear(stream, 'write', (_, [text]) => tell('printed', text));
for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  overhear(console, level, (_, args) =>
    args.forEach((each) => tell('console', each instanceof Error ? each.stack : each)),
  );
}

/** The journal of a rehearsal copies whatever it is given. */
overhear(globalThis, 'structuredClone', (_, [value]) => tell('journal in memory', value));

const { createTagStore } = DatabaseSync.prototype;
DatabaseSync.prototype.createTagStore = function overheard(this: DatabaseSync, ...args) {
  const store = createTagStore.apply(this, args);
  overhear(store, 'run', (_, values) => values.forEach((each) => tell('journal in SQLite', each)));
  return store;
};

type Headers = (name: string) => OutgoingHttpHeaders[string];

/** Requests that tell people or other programs something, or write it down. Not those that carry keys to whom they are for. */
function tells(header: Headers, body: string | Uint8Array): boolean {
  if (/^(?:DynamoDB|AWSEvents|AWSStepFunctions)/.test(String(header('x-amz-target') ?? ''))) return true;
  // By its beginning, because most of what is sent are layers of images.
  const begins = textOf(body.slice(0, 16));
  return begins.startsWith('Action=Publish') || (begins.startsWith('{"text":') && textOf(body).includes('"blocks":'));
}

const textOf = (chunk: string | Uint8Array): string =>
  typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');

/** Content types that were said along with a status, which Node does not remember as headers. */
const types = new WeakMap<ServerResponse, string>();
overhear(ServerResponse.prototype, 'writeHead', (response, args) => {
  const headers = args.find((each) => typeof each === 'object' && each !== null) as OutgoingHttpHeaders | undefined;
  const [, type] = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  types.set(response, String(type ?? ''));
});

for (const verb of ['write', 'end'] as const) {
  overhear(ClientRequest.prototype as OutgoingMessage, verb, (request, [chunk]) => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    if (tells((name) => request.getHeader(name), chunk)) tell('sent', textOf(chunk));
  });
  overhear(ServerResponse.prototype, verb, (response, [chunk]) => {
    const type = types.get(response) || String(response.getHeader('content-type') ?? '');
    const isShown = /^(?:text\/html|text\/event-stream|image\/svg)/.test(type);
    if (isShown && (typeof chunk === 'string' || chunk instanceof Uint8Array)) tell('a page', textOf(chunk));
  });
}

/** Every error of ours gives itself a name once it has its message. */
// oxlint-disable-next-line no-extend-native -- a listener at Node's own door, in tests only
Object.defineProperty(Error.prototype, 'name', {
  configurable: true,
  get: () => 'Error',
  set(this: Error, name: string) {
    tell(name, this.message);
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true, enumerable: false });
  },
});

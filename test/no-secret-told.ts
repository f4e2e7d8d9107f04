import { ChildProcess } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { ClientRequest, ServerResponse, type OutgoingHttpHeaders, type OutgoingMessage } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, expect, inject } from 'vitest';
import type { Road } from './roads-searched.ts';

// Runs before every file of the suite (vitest.config.ts): listens where things are told, and fails the test that told a
// secret. At Node's own doors, so that nothing of ours has to know of it: what is printed, errors, journal rows (in
// memory, in SQLite, on their way to DynamoDB), events, news, the pages of the board, what functions log, and what child
// processes say and leave behind. How much was searched on each road is counted: roads-searched.ts.

/** What rehearsals plant where something is secret, and what every key of the gateway looks like. */
const PLANTED = /gr-planted[\w-]{8,}|\bsk-[\w-]{20,}/;

const told: string[] = [];

const searched = new Map<string, { pieces: number; bytes: number }>();

/** Takes note of a secret that was told, and where. */
export function tell(where: Road, what: unknown): void {
  const text = typeof what === 'string' ? what : Buffer.isBuffer(what) ? what.toString('utf8') : spelled(what);
  const { pieces, bytes } = searched.get(where) ?? { pieces: 0, bytes: 0 };
  searched.set(where, { pieces: pieces + 1, bytes: bytes + text.length });
  const [secret] = PLANTED.exec(text) ?? [];
  if (secret !== undefined) told.push(`${where}: ${secret.slice(0, 14)}… in ${text.slice(0, 200)}`);
}

/** Everything that was told since the last time, which is then forgotten. */
export const everythingTold = (): string[] => told.splice(0);

const counts = inject('counts');
afterAll(() => {
  // What is told on purpose is no proof that anything else was heard.
  const heard = expect.getState().testPath?.endsWith('no-secret-told.test.ts') ? {} : Object.fromEntries(searched);
  if (counts) appendFileSync(counts, `${JSON.stringify(heard)}\n`);
});

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

/** What functions log is for CloudWatch, and nobody wants it on the screen. Everything else is printed as it was. */
const isLogged = (text: unknown): text is string =>
  typeof text === 'string' && text.startsWith('{"level":"') && text.includes('"service":"');

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    tell(isLogged(args[0]) ? 'logged by a function' : 'printed', args[0]);
    const done = args.at(-1);
    if (!isLogged(args[0])) return write(...args);
    if (typeof done === 'function') (done as () => void)();
    return true;
  };
}
for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  overhear(console, level, (_, args) =>
    args.forEach((each) => tell('printed', each instanceof Error ? each.stack : each)),
  );
}

/** The journal of a rehearsal copies whatever it is given. */
overhear(globalThis, 'structuredClone', (_, [value]) => tell('journal in memory', value));

/** What a journal on disk says to whoever reads the file: also what a process wrote that was killed, and what was struck out. */
export function searchJournal(file: string): void {
  for (const each of [file, `${file}-wal`])
    if (statSync(each, { throwIfNoEntry: false })?.isFile()) tell('a journal on disk', readFileSync(each));
}

/** What a process leaves behind in a directory, apart from the file in which it keeps its secrets. */
export function searchLeft(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.endsWith('.sqlite')) searchJournal(join(directory, name));
    if (name === 'up.json') tell('a file left behind', readFileSync(join(directory, name)));
  }
}

const { createTagStore } = DatabaseSync.prototype;
DatabaseSync.prototype.createTagStore = function overheard(this: DatabaseSync, ...args) {
  const file = this.location();
  if (file !== null) searchJournal(file);
  const store = createTagStore.apply(this, args);
  overhear(store, 'run', (_, values) => values.forEach((each) => tell('journal in SQLite', each)));
  return store;
};

/** Whoever starts a process need not listen to it: it is heard all the same. */
type Spawned = ChildProcess & { spawn(...args: unknown[]): unknown };
const spawn = (ChildProcess.prototype as Spawned).spawn;
(ChildProcess.prototype as Spawned).spawn = function overheard(this: Spawned, ...args: unknown[]) {
  const result = spawn.apply(this, args);
  for (const stream of [this.stdout, this.stderr]) {
    if (stream) overhear(stream, 'push', (_, [chunk]) => chunk !== null && tell('said by a process', chunk));
  }
  return result;
};

type Headers = (name: string) => OutgoingHttpHeaders[string];

/** By which road a request tells people or other programs something. None, where it carries a key to whom it is for. */
function roadOf(header: Headers, path: string, body: string | Uint8Array): Road | undefined {
  const [service = ''] = String(header('x-amz-target') ?? '').split(/[._]/);
  if (service in BY_TARGET) return BY_TARGET[service];
  if (path.startsWith('/schedules/')) return 'sent to Scheduler';
  // By its beginning, because most of what is sent are layers of images.
  const begins = textOf(body.slice(0, 16));
  if (begins.startsWith('Action=Publish')) return 'sent to SNS';
  return begins.startsWith('{"') && textOf(body).includes('"blocks":') ? 'sent to Slack' : undefined;
}

const BY_TARGET: Readonly<Record<string, Road>> = {
  DynamoDB: 'sent to DynamoDB',
  AWSEvents: 'sent to EventBridge',
  AWSStepFunctions: 'sent to Step Functions',
};

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
    const road = roadOf((name) => request.getHeader(name), (request as ClientRequest).path, chunk);
    if (road) tell(road, textOf(chunk));
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
    tell('an error', this.message);
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true, enumerable: false });
  },
});

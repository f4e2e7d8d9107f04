import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { OnReadOpts, Socket } from 'node:net';
import { retryAfter, waitInMessage } from '../../core/headers.ts';
import { OutsideError } from '../../core/outside-error.ts';
import type { Call } from './call.ts';
import { gate, type Gate, type Pass } from './limits.ts';
import { isLimit, named } from './refusal.ts';
import type { HttpSettings } from './settings.ts';

/** What all requests of one client share: connections, and each host's patience. */
export interface Line {
  readonly settings: Required<HttpSettings>;
  readonly plain: http.Agent;
  readonly secure: https.Agent;
  gateOf(host: string): Gate;
}

/** Shorter than any server's own idea, so that a request does not leave on a connection that is just being closed. */
const IDLE_MS = 4_000;

export function lineOf(settings: Required<HttpSettings>): Line {
  const pool = {
    keepAlive: true,
    maxSockets: settings.socketsPerHost,
    maxFreeSockets: settings.socketsPerHost,
    timeout: IDLE_MS,
    onread: readInto(Buffer.allocUnsafeSlow(READ_BYTES)),
  };
  const gates = new Map<string, Gate>();
  return {
    settings,
    plain: new http.Agent(pool),
    secure: new https.Agent({ ...pool, ...(settings.ca !== '' && { ca: settings.ca }) }),
    gateOf: (host) => gates.get(host) ?? gates.set(host, gate(settings.limitMs)).get(host)!,
  };
}

const READ_BYTES = 256 * 1_024;

/**
 * All connections read into the same memory, in large pieces: node would take 64 KiB anew for every piece, and cleaning
 * up after that was half of what a copy cost. The parser of HTTP copies each body out before anything else is read.
 */
function readInto(memory: Buffer): OnReadOpts {
  return {
    buffer: memory,
    callback(this: Socket, length, into) {
      this.emit('data', into.subarray(0, length));
      return true;
    },
  };
}

/** Waits until the host may be asked. */
export async function passFor({ gateOf, settings }: Line, call: Call): Promise<Pass> {
  const gate = gateOf(call.url.host);
  const pass = await gate.pass(settings.longestWaitMs, call.signal);
  if (pass) return pass;
  const detail = `${call.url.host} asks to be left alone for ${Math.ceil(gate.closedFor() / 1_000)} s`;
  throw new OutsideError({ ...named(call), trouble: 'throttled', detail });
}

/** Takes to heart what an answer says about waiting. The answer's body, for the caller. */
export function heed(pass: Pass, status: number, headers: IncomingHttpHeaders, body: Buffer): Buffer {
  if (isLimit({ status, headers, body })) {
    const told = retryAfter(headers['retry-after'], headers.date) ?? waitInMessage(body.toString('utf8'));
    pass.limited(told);
  } else pass.answered();
  return body;
}

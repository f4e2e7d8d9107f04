import type { Fault } from '../../src/rehearsal/registry.ts';

/** A fault with a name to count it by. */
export type Weather = readonly [name: string, fault: Fault];

/** mulberry32: the same seed, the same weather. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Pick = <T>(from: readonly T[]) => T;

const BLOBS = { method: 'GET', path: /blobs/ };
const MANIFESTS = { method: 'GET', path: /manifests/ };
const UPLOADS = { method: 'PUT', path: /uploads/ };
const NEW_UPLOAD = { method: 'POST', path: /uploads/ };
const BY_DIGEST = { method: 'PUT', path: /manifests\/sha256:/ };
const TAG = { method: 'PUT', path: /manifests\/latest/ };
const LOOK = { method: 'HEAD' };

const status = (code: number, more: object = {}): Fault['do'] => ({ kind: 'status', status: code, ...more });
const DENIED = status(403, { code: 'DENIED' });
const GHCR_IS_BUSY = status(429, {
  code: 'TOOMANYREQUESTS',
  message: 'retry-after: 1.16676ms, allowed: 44000/minute',
});
const later = (seconds: string): Fault['do'] => status(429, { headers: { 'retry-after': seconds } });
const flaw = (name: string, on: Fault['on'], times: number, what: Fault['do']): Weather => [
  name,
  { on, times, do: what },
];

/** What can be wrong with a source. */
export const sourceWeather = (pick: Pick): Weather[] => [
  flaw('source: a blob breaks off', BLOBS, 1, { kind: 'reset', afterBytes: pick([0, 3_000, 140_000]) }),
  flaw('source: a blob ends early', BLOBS, 2, { kind: 'truncate', atBytes: pick([0, 3_000, 140_000]) }),
  flaw('source: a blob has wrong bytes', BLOBS, pick([1, 9]), { kind: 'corrupt', atByte: pick([0, 100, 140_000]) }),
  flaw('source: a blob stalls', BLOBS, 1, { kind: 'stall', afterBytes: pick([0, 2_000]) }),
  flaw('source: Range is ignored', BLOBS, 2, { kind: 'ignoreRange' }),
  flaw('source: a manifest has wrong bytes', MANIFESTS, pick([1, 3]), { kind: 'corrupt', atByte: 10 }),
  flaw('source: 503 for a manifest', MANIFESTS, pick([1, 9]), status(503)),
  flaw('source: 500 for a look', LOOK, 1, status(500)),
  flaw('source: 429 in a sentence', { path: /manifests|blobs/ }, pick([1, 2]), GHCR_IS_BUSY),
];

/** A Range is only asked for where a read is resumed, so it comes with what breaks one. */
export const breaksFirst = (): Fault => ({ on: BLOBS, times: 1, do: { kind: 'reset', afterBytes: 2_000 } });

/** What can be wrong with a region. `honest`: it refuses what is not what its digest says. */
export const regionWeather = (pick: Pick, honest: boolean): Weather[] => [
  flaw('region: 500 for a blob', UPLOADS, pick([1, 3]), status(500, { afterBody: pick([true, false]) })),
  ...(honest ? mangled(pick) : []),
  flaw('region: an upload stalls', UPLOADS, 1, { kind: 'stall', afterBytes: 0 }),
  flaw('region: a blob is stored, the answer is lost', UPLOADS, pick([1, 3]), lost(pick)),
  flaw('region: the disk is full', UPLOADS, pick([1, 99]), { kind: 'diskFull' }),
  flaw('region: 503 for a new upload', NEW_UPLOAD, 2, status(503)),
  flaw('region: 429 for a new upload', NEW_UPLOAD, pick([1, 3]), later('0')),
  flaw('region: uploads are denied', NEW_UPLOAD, Infinity, DENIED),
  flaw('region: 500 for a manifest', BY_DIGEST, 1, status(500)),
  flaw('region: 429 for a manifest', { method: 'PUT', path: /manifests/ }, 1, later(pick(['0', '0', '1']))),
  flaw('region: a manifest is stored, the answer is lost', BY_DIGEST, pick([1, 9]), lost(pick)),
  ['region: the history tag is refused', { on: { path: /manifests\/gr-/ }, do: status(400, { code: 'TAG_INVALID' }) }],
  flaw('region: 500 for the tag', TAG, pick([1, 9]), status(500)),
  denied(),
  flaw('region: the tag moves, the answer is lost', TAG, pick([1, 9]), lost(pick)),
  flaw('region: the connection dies at the tag', TAG, pick([1, 9]), { kind: 'reset' }),
  neverBack(),
  flaw('region: 502 for a look', LOOK, pick([1, 2, 9]), status(502)),
];

/** What only a registry that looks at digests can tell from the blob: its bytes went wrong behind our back. */
const mangled = (pick: Pick): Weather[] => [
  flaw('region: an upload arrives wrong', UPLOADS, 1, { kind: 'corrupt', atByte: 7 }),
  flaw('region: an upload breaks off', UPLOADS, 1, { kind: 'reset', afterBytes: pick([0, 2_000, 140_000]) }),
];

const lost = (pick: Pick): Fault['do'] => pick([{ kind: 'lost' }, { kind: 'lost', status: 502 }] as const);

/** A region at a pace at which the others would wait for it, for a layer that is larger than its queue. */
export const SLOW: Weather = ['region: slow', { on: UPLOADS, do: { kind: 'slow', bytesPerSecond: 1_500_000 } }];

const denied = (): Weather => ['region: the tag is denied', { on: TAG, do: DENIED }];
const neverBack = (): Weather => ['region: the tag moves and never back', { on: TAG, after: 1, do: DENIED }];

/** One region that refuses the tag, and one that takes it and does not give it back. */
export const splitting = (pick: Pick): [region: string, weather: Weather][] => [
  [pick(['us-east-2', 'us-west-2']), neverBack()],
  ['eu-west-2', denied()],
];

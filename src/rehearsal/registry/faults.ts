import type { Mishap } from './flow.ts';

/** Something to go wrong. The first fault that matches a request is applied to it. */
export interface Fault {
  /**
   * `path` is matched against path and query. `minBytes` is the size of the body that the request is about:
   * what it sends, or the whole of the blob or manifest that a GET asks for.
   */
  on: { method?: string; path?: RegExp; minBytes?: number };
  /** How often. Default: always. */
  times?: number;
  /** How many matches to let pass first. */
  after?: number;
  do:
    | {
        kind: 'status';
        status: number;
        code?: string;
        message?: string;
        headers?: Record<string, string>;
        /** Read the whole request first. */
        afterBody?: boolean;
      }
    /** The connection is destroyed after so many bytes were sent (GET) or received (PUT, PATCH); at once without. */
    | { kind: 'reset'; afterBytes?: number }
    /** The answer ends short of its Content-Length. */
    | { kind: 'truncate'; atBytes: number }
    /** One bit of the body is flipped on its way, out (GET) or in (PUT, PATCH). */
    | { kind: 'corrupt'; atByte: number }
    /** Bytes stop moving and the connection stays open. */
    | { kind: 'stall'; afterBytes?: number }
    | { kind: 'slow'; bytesPerSecond: number }
    /** Uploads are a 500: no space left on device. */
    | { kind: 'diskFull' }
    /** What was asked for is done, and its answer is lost: the connection is reset, or this status is all that is heard. */
    | { kind: 'lost'; status?: number }
    | { kind: 'ignoreRange' };
}

/** What a request is about, as far as faults ask. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** Body of the request; 0 when there is none. */
  readonly receives: number;
  /** Size of the blob or manifest that is going to be sent; 0 for HEAD and for a redirect. */
  readonly sends: number;
  readonly hasRange: boolean;
}

/** Decides which fault meets a request. Counts by itself, so that one fault may be given to several registries. */
export class FaultPlan {
  faults: Fault[] = [];
  /** How often each fault has met a request. */
  readonly met = new Map<Fault, number>();
  readonly #seen = new WeakMap<Fault, number>();

  match(asked: Asked): Fault['do'] | undefined {
    for (const fault of this.faults) {
      if (!concerns(fault, asked)) continue;
      const seen = this.#seen.get(fault) ?? 0;
      this.#seen.set(fault, seen + 1);
      const { after = 0, times = Infinity } = fault;
      if (seen < after || seen >= after + times) continue;
      this.met.set(fault, (this.met.get(fault) ?? 0) + 1);
      return fault.do;
    }
    return undefined;
  }
}

function concerns({ on, do: what }: Fault, asked: Asked): boolean {
  if (on.method !== undefined && on.method !== asked.method) return false;
  if (on.path !== undefined && asked.path.search(on.path) < 0) return false;
  return Math.max(asked.receives, asked.sends) >= (on.minBytes ?? 0) && applies(what, asked);
}

/** A fault of a body waits for a request that has one: a redirect or a HEAD does not use it up. */
function applies(what: Fault['do'], { method, path, receives, sends, hasRange }: Asked): boolean {
  if (what.kind === 'status') return true;
  if (what.kind === 'lost') return method !== 'GET' && method !== 'HEAD';
  if (what.kind === 'truncate') return sends > 0;
  if (what.kind === 'ignoreRange') return hasRange && sends > 0;
  if (what.kind === 'diskFull') return path.includes('/blobs/uploads/') && (receives > 0 || method === 'PUT');
  const atOnce = (what.kind === 'reset' || what.kind === 'stall') && what.afterBytes === undefined;
  return atOnce || receives + sends > 0;
}

/** What the fault does to a body on its way, if it is of that kind. */
export function mishapOf(what: Fault['do'] | undefined): Mishap | undefined {
  if (what?.kind === 'truncate') return { kind: 'truncate', at: what.atBytes };
  if (what?.kind === 'corrupt') return { kind: 'corrupt', at: what.atByte };
  if (what?.kind === 'slow') return what;
  if (what?.kind === 'reset' || what?.kind === 'stall') return { kind: what.kind, at: what.afterBytes ?? 0 };
  return undefined;
}

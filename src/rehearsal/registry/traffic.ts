/** One request as it was answered. `status` is 0 while it runs, and stays 0 where the connection was cut instead. */
export interface RequestRecord {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  /** Bytes of the body received. */
  readonly bytesIn: number;
  /** Bytes of the body sent. */
  readonly bytesOut: number;
  /** When it arrived, in milliseconds. */
  readonly at: number;
}

export interface Traffic {
  /** In order of arrival; only the latest 100,000 are kept. */
  readonly requests: readonly RequestRecord[];
  readonly blobBytesOut: number;
  readonly blobBytesIn: number;
  countOf(method?: string, path?: RegExp): number;
  reset(): void;
}

type Writable = { -readonly [K in keyof RequestRecord]: RequestRecord[K] };

const KEPT = 100_000;

export class TrafficLog implements Traffic {
  blobBytesOut = 0;
  blobBytesIn = 0;
  #requests: Writable[] = [];

  get requests(): readonly RequestRecord[] {
    return this.#requests;
  }

  begin(method: string, path: string, at: number): Writable {
    const entry = { method, path, status: 0, bytesIn: 0, bytesOut: 0, at };
    if (this.#requests.length >= KEPT) this.#requests = this.#requests.slice(KEPT / 2);
    this.#requests.push(entry);
    return entry;
  }

  countOf(method?: string, path?: RegExp): number {
    return this.#requests.filter(
      (each) => (method === undefined || each.method === method) && (path === undefined || each.path.search(path) >= 0),
    ).length;
  }

  reset(): void {
    this.#requests = [];
    this.blobBytesOut = 0;
    this.blobBytesIn = 0;
  }
}

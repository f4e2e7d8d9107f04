import type { IncomingHttpHeaders } from 'node:http';

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
  /** A redirect led to another host: our key was not sent there. */
  readonly elsewhere?: true;
}

/** An answer whose body is read while it arrives. Must be read or `dropped`. */
export interface Flow extends Answer {
  /** Absent where the answer is an error; its body is `body` then. */
  readonly bytes?: AsyncIterable<Buffer>;
  drop(): void;
}

/** A body on its way out, which cannot be sent twice. */
export interface Sending {
  /** Resolves when the chunk has left this process; rejects once the request has failed. */
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<Answer>;
  abort(): void;
}

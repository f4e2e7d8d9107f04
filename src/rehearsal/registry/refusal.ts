import type { Settled } from './manners.ts';

/** An answer other than success, with the error body that the distribution specification wants. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  readonly detail: unknown;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { headers?: Record<string, string>; detail?: unknown } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.detail = more.detail;
  }

  get body(): string {
    const { code, message, detail } = this;
    return JSON.stringify({ errors: [{ code, message, ...(detail !== undefined && { detail }) }] });
  }
}

export const nameUnknown = ({ kind }: Settled, name: string): Refusal =>
  kind === 'ecr'
    ? new Refusal(
        404,
        'NAME_UNKNOWN',
        `The repository with name '${name}' does not exist in the registry with id '000000000000'`,
      )
    : new Refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry', { detail: { name } });

export const manifestUnknown = ({ kind }: Settled, reference: string): Refusal =>
  kind === 'ecr'
    ? new Refusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found')
    : new Refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown', { detail: { reference } });

export const blobUnknown = (digest: string): Refusal =>
  new Refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest } });

export const digestInvalid = (detail: unknown): Refusal =>
  new Refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', { detail });

export const uploadUnknown = (): Refusal => new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');

export const unsupported = (message = 'The operation is unsupported.'): Refusal =>
  new Refusal(405, 'UNSUPPORTED', message);

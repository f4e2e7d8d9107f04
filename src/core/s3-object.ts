/** An object in S3, as an estate names it. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
}

const BUCKET = '[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]';
/** What needs no escape in an address and means nothing in a policy: there `*`, `?` and `$` would allow other objects too. */
const PART = String.raw`(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+`;
const ADDRESS = new RegExp(`^s3://(${BUCKET})/(${PART}(?:/${PART})*)$`);

/** `s3://bucket/path/workshops.ics`; `undefined` where it is no such address, or a key that we could not name exactly. */
export function s3Object(address: string): S3Object | undefined {
  const [, bucket, key] = ADDRESS.exec(address) ?? [];
  return bucket !== undefined && key !== undefined && key.length <= 1_024 ? { bucket, key } : undefined;
}

/**
 * What the AWS SDK loads for answers that come as streams of events, put in its place when functions are bundled
 * (`lib/bundling.ts`).
 *
 * Because no service that we speak to has such an answer, and a bundle of one file carries whatever might be loaded later.
 */
export function EventStreamSerde(): never {
  throw new Error('event streams are not in this bundle: take @smithy/core/event-streams out of lib/bundling.ts');
}

export const eventStreamSerdeProvider = undefined;

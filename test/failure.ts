import { expect } from 'vitest';
import { OutsideError } from '../src/core/outside-error.ts';

/** What work failed with, which must be the one error that clients throw. */
export async function failureOf(work: Promise<unknown>): Promise<OutsideError> {
  const error = await work.then(
    () => new Error('it worked'),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(OutsideError);
  return error as OutsideError;
}

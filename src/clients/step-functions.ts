import { createHash } from 'node:crypto';
import { spellRelease, type Release } from '../core/estate.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Mirroring } from '../ports.ts';
import { signedPost, type AwsCaller } from './signed-post.ts';

export interface StepFunctionsSettings {
  /** The state machine's ARN. */
  readonly machine: string;
  readonly now: () => Date;
  readonly caller: AwsCaller;
}

/** Starts an execution for a release and does not wait for it: the machine tells the rest. */
export function stepFunctionsMirroring(settings: StepFunctionsSettings): Mirroring {
  const { machine: stateMachineArn, now, caller } = settings;
  return {
    async mirror(release, by, signal) {
      const name = executionName(release, now());
      const input = JSON.stringify({ image: release.image.name, tag: release.tag, by });
      const body = JSON.stringify({ stateMachineArn, name, input });
      try {
        await signedPost({ ...START, operation: `start ${name}`, body, now: now(), signal }, caller);
        return `started ${name}`;
      } catch (error) {
        if (!(error instanceof OutsideError && error.code === 'ExecutionAlreadyExists')) throw error;
        return `${name} was started already`;
      }
    },
  };
}

const START = {
  service: 'states',
  name: 'step functions',
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AWSStepFunctions.StartExecution' },
} as const;

const LONGEST = 50;

/**
 * `coder-preview-latest-1f0a3c-20260914T090000Z`: what it is for and since when, in a list sorted by name.
 *
 * The second in it makes two wakes of one moment a single execution. The hash tells `v1.2` from `v1-2`, which a name
 * may not: it takes letters, digits, - and _ only, and eighty of them.
 */
export function executionName(release: Release, at: Date): string {
  const spelled = spellRelease(release);
  const readable = spelled.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, LONGEST);
  const hash = createHash('sha256').update(spelled).digest('hex').slice(0, 6);
  const second = `${at.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  return `${readable}-${hash}-${second}`;
}

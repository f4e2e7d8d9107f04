import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { createHash } from 'node:crypto';
import { spellRelease, type Release } from '../core/estate.ts';
import { seconds } from '../core/time.ts';
import type { Mirroring } from '../ports.ts';
import { awsTrouble } from './aws-trouble.ts';

export interface StepFunctionsSettings {
  /** The state machine's ARN. */
  readonly machine: string;
  readonly now: () => Date;
  readonly client?: SFNClient;
  /** One request, the SDK's own retries included. */
  readonly withinMs?: number;
}

/** Starts an execution for a release and does not wait for it: the machine tells the rest. */
export function stepFunctionsMirroring(settings: StepFunctionsSettings): Mirroring {
  const { machine, now, client = new SFNClient({}), withinMs = seconds(10) } = settings;
  return {
    async mirror(release, by, signal) {
      const name = executionName(release, now());
      const input = JSON.stringify({ image: release.image.name, tag: release.tag, by });
      const abortSignal = AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal ? [signal] : [])]);
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn: machine, name, input }), { abortSignal });
        return `started ${name}`;
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return `${name} was started already`;
        throw awsTrouble('step functions', `start ${name}`, error);
      }
    },
  };
}

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

import type { Estate } from '../src/core/estate.ts';
import { podsPort } from '../src/core/keys.ts';
import { EstateError, faultsIn } from '../src/estate.ts';
import { nameFor, programName } from './names.ts';

/** What IAM and Lambda allow, and Scheduler. */
const LONGEST_NAME = 64;

/** An estate that AWS can run. Throws all that is wrong with it together, whoever it is that would refuse it. */
export function deployable(estate: Estate): Estate {
  const faults = [...faultsIn(estate), ...faultsInAws(estate)];
  if (faults.length > 0) throw new EstateError(estate.name, faults);
  return estate;
}

function faultsInAws(estate: Estate): string[] {
  const longest = programName(nameFor(estate), 'posture');
  const { gateway } = estate;
  const asksPods = gateway?.kind === 'litellm' && podsPort(gateway) !== undefined;
  return [
    ...(asksPods && !estate.vpc
      ? [
          'gateway.replicas: pods are reached by their own addresses from within their VPC alone; want vpc, or a list of addresses',
        ]
      : []),
    ...(longest.length > LONGEST_NAME
      ? [
          `name: functions and roles are called by it, and "${longest}" is longer than ${LONGEST_NAME}; want a shorter one`,
        ]
      : []),
    ...(estate.calendar?.file === undefined
      ? []
      : ['calendar.file: a function has no files; want calendar.secret, the name of a secret with the feed’s address']),
  ];
}

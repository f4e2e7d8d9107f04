import { type PolicyChange, type Reminders, type Resource, policyOf } from '../core/policy.ts';
import {
  type Rule,
  aNumber,
  aWholeNumber,
  aYesOrNo,
  all,
  distinct,
  list,
  listOf,
  optional,
  record,
  wants,
} from './rules.ts';

const FOUR_WEEKS = 4 * 7 * 24 * 60;

const aLead = aWholeNumber(0, FOUR_WEEKS, 'minutes before a workshop starts');

const aRate = aWholeNumber(5, FOUR_WEEKS, 'minutes between reminders');

const aRange = (most: number, unit: string): Rule =>
  all(list(aNumber(0, most, unit), 2, `the least and the most, such as [2, 4]: ${unit}`), (value, path) => {
    const [low, high, ...more] = listOf(value).filter((each) => typeof each === 'number');
    if (low === undefined || high === undefined) return [];
    return low <= high && more.length === 0 ? [] : wants(value, path, 'the least first, then the most, and no more');
  });

const aSizing = record({
  showRate: optional(aNumber(0.05, 1, 'of those who are expected, how many come')),
  arrivalSeconds: optional(aWholeNumber(0, 7_200, 'seconds over which people start; 0 for all at once')),
  buildSeconds: optional(aWholeNumber(1, 7_200, 'seconds for one workspace')),
  claimSeconds: optional(aWholeNumber(1, 7_200, 'seconds for one prebuilt workspace')),
  waitSeconds: optional(aWholeNumber(0, 3_600, 'seconds that nineteen in twenty may wait')),
  workspace: optional(
    record({
      cpus: aRange(256, 'vCPU for one workspace'),
      memoryGb: aRange(4_096, 'GB for one workspace'),
      ephemeralGb: aRange(16_384, 'GB on the node for one workspace'),
    } satisfies Record<Resource, Rule>),
  ),
});

const POLICY: Readonly<Record<keyof PolicyChange, Rule>> = {
  checkLeadMinutes: optional(all(list(aLead, 1, 'at least one lead in minutes'), distinct('lead'))),
  raiseLeadMinutes: optional(aLead),
  rotateLeadMinutes: optional(aLead),
  closeLeadMinutes: optional(aLead),
  graceMinutes: optional(aWholeNumber(0, FOUR_WEEKS, 'minutes after a workshop ends')),
  freezeNodes: optional(aYesOrNo),
  sizing: optional(aSizing),
  reminders: optional(
    record({
      failMinutes: optional(aRate),
      unknownMinutes: optional(aRate),
      warnMinutes: optional(aRate),
      nearMinutes: optional(aRate),
    } satisfies Record<keyof Reminders, Rule>),
  ),
};

/** Looked at with the defaults in place, because one field that is changed can fall behind one that is not. */
const leadsInOrder: Rule = (value, path) => {
  const { checkLeadMinutes, raiseLeadMinutes, rotateLeadMinutes, closeLeadMinutes } = policyOf({
    policy: value as PolicyChange,
  });
  const leads: readonly (readonly [name: string, minutes: number])[] = [
    ['checkLeadMinutes', Math.max(...checkLeadMinutes)],
    ['raiseLeadMinutes', raiseLeadMinutes],
    ['rotateLeadMinutes', rotateLeadMinutes],
    ['closeLeadMinutes', closeLeadMinutes],
  ];
  return leads.flatMap(([name, minutes], i) => {
    const [before, most] = leads[i - 1] ?? ['', Number.POSITIVE_INFINITY];
    return minutes <= most ? [] : wants(minutes, `${path}.${name}`, `at most ${most}, which is ${path}.${before}`);
  });
};

export const aPolicy: Rule = (value, path) => {
  const faults = record(POLICY)(value, path);
  return faults.length > 0 ? faults : leadsInOrder(value, path);
};

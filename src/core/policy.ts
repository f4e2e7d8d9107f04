import type { Margins } from './workshop.ts';
import { minutes } from './time.ts';

/** How an estate gets ready for workshops. Every lead is reckoned back from a workshop's start. */
export interface Policy {
  /** When checks are due, each anew: a report older than the latest of these does not count. In any order. */
  readonly checkLeadMinutes: readonly number[];
  /** From here on replica floors are raised and promotions are held, so that there is a day to see that it worked. */
  readonly raiseLeadMinutes: number;
  /** From here on every key is to be made fresh, so that it outlasts the pause that follows. */
  readonly rotateLeadMinutes: number;
  /**
   * From here on rotation is paused and nodes are frozen. Not a day ahead like the rest: a key that lives for eight
   * hours and is paused a day ahead expires in the room.
   */
  readonly closeLeadMinutes: number;
  /** How long after a workshop's end everything stays as it is, for those who finish an exercise. */
  readonly graceMinutes: number;
  /** Whether Karpenter may not replace nodes while a workshop is closed in. */
  readonly freezeNodes: boolean;
  readonly sizing: Sizing;
  readonly reminders: Reminders;
}

/** How often people are told again of what is still amiss, by how bad it is. */
export interface Reminders {
  readonly failMinutes: number;
  readonly unknownMinutes: number;
  readonly warnMinutes: number;
  /** What fails or is unknown while a workshop is a day away at most, or on, where that is more often. */
  readonly nearMinutes: number;
}

/** What a workshop's size is reckoned from. */
export interface Sizing {
  /** Of those who are expected, how many come: more than 0, at most 1. */
  readonly showRate: number;
  /** Over how long people press the button: "everyone click now" takes two minutes. */
  readonly arrivalSeconds: number;
  /** How long a provisioner is busy with one workspace. Nine builds in ten should be done in this time. */
  readonly buildSeconds: number;
  /** The same, where a prebuilt workspace is claimed instead. */
  readonly claimSeconds: number;
  /** How long nineteen people in twenty may wait at most before their build begins. */
  readonly waitSeconds: number;
  /** What one workspace takes of a node, at least and at most. */
  readonly workspace: Readonly<Record<Resource, Range>>;
}

export type Resource = 'cpus' | 'memoryGb' | 'ephemeralGb';
export type Range = readonly [least: number, most: number];

/** What an estate says of its policy: only what differs from the defaults. */
export type PolicyChange = Partial<Omit<Policy, 'sizing' | 'reminders'>> & {
  readonly sizing?: Partial<Sizing>;
  readonly reminders?: Partial<Reminders>;
};

const HOUR = 60;
const DAY = 24 * HOUR;

/** The workshop guide's figures where it has one; the pause, the claim and the storage are our own estimates. */
export const DEFAULT_POLICY: Policy = {
  checkLeadMinutes: [2 * DAY, DAY, HOUR],
  raiseLeadMinutes: DAY,
  rotateLeadMinutes: 3 * HOUR,
  closeLeadMinutes: 2 * HOUR,
  graceMinutes: HOUR,
  freezeNodes: true,
  sizing: {
    showRate: 1,
    arrivalSeconds: 120,
    buildSeconds: 90,
    claimSeconds: 20,
    waitSeconds: 15,
    workspace: { cpus: [2, 4], memoryGb: [4, 8], ephemeralGb: [10, 20] },
  },
  reminders: { failMinutes: 4 * HOUR, unknownMinutes: 4 * HOUR, warnMinutes: DAY, nearMinutes: HOUR },
};

/** The whole policy of an estate. */
export function policyOf({ policy = {} }: { readonly policy?: PolicyChange }): Policy {
  const { sizing, reminders } = DEFAULT_POLICY;
  return {
    ...DEFAULT_POLICY,
    ...policy,
    sizing: { ...sizing, ...policy.sizing },
    reminders: { ...reminders, ...policy.reminders },
  };
}

/** The margins of a workshop's window, in which no key may rotate or expire and no node may go. */
export const marginsOf = ({ closeLeadMinutes, graceMinutes }: Policy): Margins => ({
  leadMs: minutes(closeLeadMinutes),
  graceMs: minutes(graceMinutes),
});

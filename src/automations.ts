import { calendarIsRead } from './core/checks/calendar-is-read.ts';
import { eventsAreUnderstood } from './core/checks/events-are-understood.ts';
import { floorsAreRaised } from './core/checks/floors-are-raised.ts';
import { floorsHaveArrived } from './core/checks/floors-have-arrived.ts';
import { imagesMatchTheirSource } from './core/checks/images-match-their-source.ts';
import { nearWorkshopsStayAnnounced } from './core/checks/near-workshops-stay-announced.ts';
import { nodesAreFrozen } from './core/checks/nodes-are-frozen.ts';
import { podsRunWhatIsMirrored } from './core/checks/pods-run-what-is-mirrored.ts';
import { promotionsAreHeld } from './core/checks/promotions-are-held.ts';
import { proxiesRunTheControlPlanesVersion } from './core/checks/proxies-run-the-control-planes-version.ts';
import { rotatorsArePaused } from './core/checks/rotators-are-paused.ts';
import type { Automation } from './reconcile.ts';

// Each a constant of its own, so that a function carries the checks of the automation that it runs and no others.

export const look = {
  name: 'look',
  everyMinutes: 5,
  checks: [imagesMatchTheirSource],
  depth: 'referrers',
  may: 'converge',
} as const satisfies Automation;

export const parity = {
  name: 'parity',
  everyMinutes: 60,
  checks: [imagesMatchTheirSource, podsRunWhatIsMirrored, proxiesRunTheControlPlanesVersion],
  depth: 'content',
  may: 'converge',
} as const satisfies Automation;

export const posture = {
  name: 'posture',
  everyMinutes: 5,
  checks: [
    calendarIsRead,
    eventsAreUnderstood,
    nearWorkshopsStayAnnounced,
    promotionsAreHeld,
    rotatorsArePaused,
    nodesAreFrozen,
    floorsAreRaised,
    floorsHaveArrived,
  ],
  depth: 'tag',
  may: 'converge',
} as const satisfies Automation;

/** Everything Greenroom does by itself, each under the name of its file in `lambdas/`. Hosts, stacks and docs read this table. */
export const automations = { look, parity, posture };

import { buildsKeepToTheirTime } from './core/checks/builds-keep-to-their-time.ts';
import { calendarIsRead } from './core/checks/calendar-is-read.ts';
import { credentialsOutlastWorkshops } from './core/checks/credentials-outlast-workshops.ts';
import { endsAreKnown } from './core/checks/ends-are-known.ts';
import { eventsAreUnderstood } from './core/checks/events-are-understood.ts';
import { floorsAreRaised } from './core/checks/floors-are-raised.ts';
import { floorsHaveArrived } from './core/checks/floors-have-arrived.ts';
import { imagesMatchTheirSource } from './core/checks/images-match-their-source.ts';
import { keysOutlastThePause } from './core/checks/keys-outlast-the-pause.ts';
import { nearWorkshopsStayAnnounced } from './core/checks/near-workshops-stay-announced.ts';
import { nodesAreFrozen } from './core/checks/nodes-are-frozen.ts';
import { oldKeysAreRetired } from './core/checks/old-keys-are-retired.ts';
import { podsRunWhatIsMirrored } from './core/checks/pods-run-what-is-mirrored.ts';
import { promotionsAreHeld } from './core/checks/promotions-are-held.ts';
import { proxiesRunTheControlPlanesVersion } from './core/checks/proxies-run-the-control-planes-version.ts';
import { publishedKeysWork } from './core/checks/published-keys-work.ts';
import { rotationStaysOutOfWindows } from './core/checks/rotation-stays-out-of-windows.ts';
import { rotatorsArePaused } from './core/checks/rotators-are-paused.ts';
import { theKeyIsNotNearItsBudget } from './core/checks/the-key-is-not-near-its-budget.ts';
import { warnedInTime } from './core/checks/warned-in-time.ts';
import { ofEverything, ofImages } from './observers/observe.ts';
import type { Automation } from './reconcile.ts';

// Each a constant of its own, so that a function carries the checks of the automation that it runs and no others.

export const look = {
  name: 'look',
  everyMinutes: 5,
  checks: [imagesMatchTheirSource],
  observers: ofImages,
  depth: 'referrers',
  may: 'converge',
} as const satisfies Automation;

export const parity = {
  name: 'parity',
  everyMinutes: 60,
  checks: [imagesMatchTheirSource, podsRunWhatIsMirrored, proxiesRunTheControlPlanesVersion],
  observers: ofEverything,
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
    keysOutlastThePause,
    rotatorsArePaused,
    nodesAreFrozen,
    floorsAreRaised,
    floorsHaveArrived,
    buildsKeepToTheirTime,
  ],
  observers: ofEverything,
  depth: 'tag',
  may: 'converge',
} as const satisfies Automation;

export const credentials = {
  name: 'credentials',
  everyMinutes: 30,
  checks: [
    credentialsOutlastWorkshops,
    warnedInTime,
    endsAreKnown,
    rotationStaysOutOfWindows,
    publishedKeysWork,
    theKeyIsNotNearItsBudget,
    oldKeysAreRetired,
  ],
  observers: ofEverything,
  depth: 'tag',
  may: 'converge',
} as const satisfies Automation;

/** Everything Greenroom does by itself, each under the name of its file in `lambdas/`. Hosts, stacks and docs read this table. */
export const automations = { look, parity, posture, credentials };

import { imagesMatchTheirSource } from './core/checks/images-match-their-source.ts';
import { floorsAreRaised } from './core/checks/floors-are-raised.ts';
import { floorsHaveArrived } from './core/checks/floors-have-arrived.ts';
import { nodesAreFrozen } from './core/checks/nodes-are-frozen.ts';
import { promotionsAreHeld } from './core/checks/promotions-are-held.ts';
import { rotatorsArePaused } from './core/checks/rotators-are-paused.ts';
import { podsRunWhatIsMirrored } from './core/checks/pods-run-what-is-mirrored.ts';
import { proxiesRunTheControlPlanesVersion } from './core/checks/proxies-run-the-control-planes-version.ts';
import type { Automation } from './reconcile.ts';

/** Everything Greenroom does by itself, each under the name of its file in `lambdas/`. Hosts, stacks and docs read this table. */
export const automations = {
  look: { name: 'look', everyMinutes: 5, checks: [imagesMatchTheirSource], depth: 'referrers', may: 'converge' },
  parity: {
    name: 'parity',
    everyMinutes: 60,
    checks: [imagesMatchTheirSource, podsRunWhatIsMirrored, proxiesRunTheControlPlanesVersion],
    depth: 'content',
    may: 'converge',
  },
  posture: {
    name: 'posture',
    everyMinutes: 5,
    checks: [promotionsAreHeld, rotatorsArePaused, nodesAreFrozen, floorsAreRaised, floorsHaveArrived],
    depth: 'tag',
    may: 'converge',
  },
} as const satisfies Record<string, Automation>;

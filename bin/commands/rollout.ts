import { setTimeout as pause } from 'node:timers/promises';
import { spoken } from '../../src/core/time.ts';
import { rollOut, rolloutPlan, spellLeg, type Leg, type RolloutPlan, type Watching } from '../../src/rollout.ts';
import { command, EXIT, Stop, type Exit } from '../command.ts';
import { DRY_RUN, ESTATE, onStage } from '../stage.ts';

export default command({
  name: 'rollout',
  summary: 'Restart what does not run what its region serves: the control plane, then each proxy',
  usage: ['[--dry-run] [--force] [--estate <name>]'],
  about:
    'A tag that was moved moves no pod. This restarts the workloads that the estate names and that run another image than their region serves: first the control plane, then one proxy after the other, each only once the one before runs the new image, is ready, and Coder counts on it. What does not become well within ten minutes stops it. It never runs by itself, and not under a hold unless --force says so.',
  flags: {
    'dry-run': DRY_RUN,
    force: { type: 'boolean', about: 'Also while images are held: whoever is connected is cut off' },
    estate: ESTATE,
  },
  examples: [
    ['greenroom rollout --dry-run', 'what would be restarted, in which order'],
    ['greenroom rollout', 'and watch it'],
  ],
  words: [0, 0],
  run: (call) =>
    onStage(call, async ({ world, touched }): Promise<Exit> => {
      const { terminal, flags, now, signal } = call;
      const { 'dry-run': dryRun = false, force = false } = flags;
      const wait = (milliseconds: number): Promise<void> => pause(milliseconds, undefined, { signal });
      const watching: Watching = { now, wait, log: terminal.trouble, say: (line) => terminal.say(line), signal };
      const plan = await rolloutPlan(world, watching);
      terminal.out(...plan.blocked.map((line) => `Not to be rolled out: ${line}`));
      if (dryRun || plan.legs.length === 0) {
        terminal.out(...planLines(plan));
        terminal.document({ ...(dryRun && { dryRun }), legs: plan.legs.map(legDocument), blocked: plan.blocked });
        return plan.blocked.length > 0 ? EXIT.failed : EXIT.done;
      }
      if (!force) refuseHeld(plan);
      const { done, stopped } = await rollOut(plan.legs, world, watching);
      await touched();
      if (stopped)
        terminal.out(`Stopped at ${spellLeg(stopped.leg)}: ${stopped.why}. What comes after it was left alone.`);
      else terminal.out(`Every workload runs what its region serves: ${done.length} restarted.`);
      const amiss = stopped && { stopped: { ...legDocument(stopped.leg), why: stopped.why } };
      terminal.document({ done: done.map(legDocument), ...amiss, blocked: plan.blocked });
      return stopped || plan.blocked.length > 0 ? EXIT.failed : EXIT.done;
    }),
});

function planLines({ legs, blocked, holds }: RolloutPlan): string[] {
  if (legs.length === 0)
    return blocked.length > 0 ? [] : ['Every workload runs what its region serves: nothing to do.'];
  return [
    ...legs.map((leg, i) => `${i + 1}. Would restart ${spellLeg(leg)}`),
    ...holds.map(({ by, until, why }) => `Held by ${by} until ${spoken(until)}: ${why}`),
    'Nothing was written.',
  ];
}

function refuseHeld({ holds: [hold] }: RolloutPlan): void {
  if (!hold) return;
  throw new Stop(`rollout: images are held by ${hold.by} until ${spoken(hold.until)}: ${hold.why}`, {
    remedy: 'wait until then; --force cuts off whoever is connected',
  });
}

const legDocument = ({ cluster, run, serves }: Leg): object => ({ cluster: cluster.name, ...run, serves });

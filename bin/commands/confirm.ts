import { confirmByHand } from '../../src/by-hand.ts';
import type { Gone } from '../../src/core/calendar.ts';
import { spoken } from '../../src/core/time.ts';
import { sightCalendar } from '../../src/observers/workshops.ts';
import { command, EXIT, Stop, usage, type Exit } from '../command.ts';
import { DRY_RUN, ESTATE, onStage, whoami } from '../stage.ts';

export default command({
  name: 'confirm',
  summary: 'Say that a workshop which vanished from the calendar will not take place',
  usage: ['<workshop> [--why <text>] [--dry-run] [--estate <name>]', '<workshop> --keep'],
  about:
    'A workshop that vanishes from the calendar shortly before its time stays prepared for: somebody may have lost the calendar. This says that it will not take place, and the next look puts back what was prepared for it. --keep takes that word back. The workshop is named by its id, as the finding says it, or by its title.',
  flags: {
    why: { type: 'string', value: '<text>', about: 'For whoever asks later' },
    keep: { type: 'boolean', about: 'Prepare for it all the same' },
    'dry-run': DRY_RUN,
    estate: ESTATE,
  },
  examples: [
    ['greenroom confirm "Agentic workshop" --why "the speaker is ill"', 'what was prepared goes back'],
    ['greenroom confirm "Agentic workshop" --keep', 'it takes place after all'],
  ],
  words: [1, 1],
  run: (call) =>
    onStage(call, async ({ world, touched }): Promise<Exit> => {
      const { terminal, args, flags, env, now, signal } = call;
      const { 'dry-run': dryRun = false, keep = false, why = 'no reason was given' } = flags;
      const sighting = await sightCalendar(world, { now: now(), log: terminal.trouble, signal });
      const { workshop } = meantBy(args[0] ?? '', sighting?.gone ?? []);
      if (!dryRun) {
        await confirmByHand(workshop, { by: whoami(env), why, isOn: keep }, world.journal, now());
        await touched();
      }
      const named = `“${workshop.title}” at ${spoken(workshop.starts)}`;
      const verb = keep
        ? 'stays prepared for'
        : 'will not take place: the next look puts back what was prepared for it';
      terminal.out(`${dryRun ? 'Would say: ' : ''}${named} ${verb}.`, ...(dryRun ? ['Nothing was written.'] : []));
      terminal.document({ ...(dryRun && { dryRun }), workshop, keep, why });
      return EXIT.done;
    }),
});

function meantBy(text: string, gone: readonly Gone[]): Gone {
  const meant = gone.filter(({ workshop }) => workshop.id === text || workshop.title === text);
  const [only, ...others] = meant.filter(({ how }) => how !== 'moved');
  if (only && others.length === 0) return only;
  const ids = (meant.length > 1 ? meant : gone).map(({ workshop }) => `"${workshop.id}"`);
  if (only) throw usage(`confirm: several workshops are called "${text}"`, `one of ${ids.join(', ')}`);
  throw new Stop(`confirm: no workshop "${text}" has vanished`, {
    exit: EXIT.usage,
    remedy: ids.length > 0 ? `one of ${ids.join(', ')}` : 'greenroom workshops lists those that are on the calendar',
  });
}

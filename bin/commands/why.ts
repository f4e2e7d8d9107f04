import { spellLease, type Entry } from '../../src/core/lease.ts';
import { knobOf, type LeverKind } from '../../src/core/lever.ts';
import type { Estate } from '../../src/core/estate.ts';
import { CALENDAR, PROMOTIONS, type Knob, type RoomSighting } from '../../src/core/room.ts';
import { sightRoom } from '../../src/observers/room.ts';
import type { Journal } from '../../src/ports.ts';
import { liteLlmOf } from '../../src/rotate-secret.ts';
import { nearest } from '../../src/terminal/nearest.ts';
import { storyLines } from '../../src/terminal/story.ts';
import { command, EXIT, usage, type Exit } from '../command.ts';
import { ESTATE, onStage } from '../stage.ts';

const SHOWN = 20;
const MOST = 200;

export default command({
  name: 'why',
  summary: 'Why something stands where it stands: each change, by whom, until when, and what for',
  usage: ['<target> [--last <n>] [--estate <name>]'],
  about:
    'Reads from the journal what was changed about a pool, a rotator, a node pool, a key or promotions, and what people said about it or about the calendar: when, from what to what, until when, by whom and what for; and the lease that is on it now. Changes nothing.',
  flags: {
    last: { type: 'string', value: '<n>', about: `Changes to show (${SHOWN}, at most ${MOST})` },
    estate: ESTATE,
  },
  examples: [
    ['greenroom why provisioners', 'a pool of the estate'],
    ['greenroom why key-rotator', 'what paused the rotation'],
    ['greenroom why calendar', 'who said which workshop will not take place'],
    ['greenroom why ai-coder', 'who rotated or extended a key'],
    ['greenroom why promotions --json | jq ".entries[0]"', 'for a script'],
  ],
  words: [1, 1],
  run: async (call) => {
    const limit = readLimit(call.flags.last);
    return onStage(call, async ({ world }): Promise<Exit> => {
      const { terminal, now, signal, args } = call;
      const name = readName(args[0] ?? '', world.estate);
      const room = await sightRoom(world, { now: now(), log: terminal.trouble, signal });
      const targets = targetsOf(name, room, world.estate);
      const leases = room.leases.filter(({ target }) => targets.includes(target));
      const entries = await storyOf(targets, world.journal, limit);
      terminal.out(
        ...leases.map((lease) => `${name} is on a lease: ${spellLease(lease)}`),
        ...(entries.length === 0 ? [`Nothing was changed or said about ${name} yet.`] : storyLines(entries, terminal)),
      );
      terminal.document({ target: name, leases, entries });
      return EXIT.done;
    });
  },
});

function readLimit(text = String(SHOWN)): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= MOST) return count;
  throw usage(`why: --last ${text}`, `a whole number from 1 to ${MOST}`);
}

function readName(text: string, estate: Estate): string {
  const { name, pools = [], rotators = [], clusters = [] } = estate;
  const known = [
    ...[...pools, ...rotators].map((each) => each.name),
    ...clusters.flatMap(({ nodePools = [] }) => nodePools),
    ...keyNamesOf(estate),
    PROMOTIONS,
    CALENDAR,
  ];
  if (known.includes(text)) return text;
  const meant = nearest(text, known);
  throw usage(
    `${name} has nothing called "${text}" that is turned`,
    meant === undefined ? `it has ${known.join(', ')}` : `did you mean ${meant}?`,
  );
}

const keyNamesOf = (estate: Estate): string[] => liteLlmOf(estate)?.keys.map(({ name }) => name) ?? [];

/** A knob's names in the journal: by its lever now, and by those it may have had before an autoscaler came or went. */
function targetsOf(name: string, { knobs }: RoomSighting, estate: Estate): string[] {
  const ours = knobs.filter((knob) => knob.name === name);
  const keys = keyNamesOf(estate).includes(name) ? [`key ${name}`] : [];
  // What people said of it is told under its own name.
  return [name, ...keys, ...new Set(ours.flatMap((knob) => [...leverTargets(knob), ...guesses(knob, estate)]))];
}

const leverTargets = ({ cluster, stands }: Knob): string[] =>
  stands.seen && stands.value?.choice.ok ? [knobOf(cluster, stands.value.choice.lever)] : [];

const KINDS: Readonly<Record<Knob['kind'], readonly LeverKind[]>> = {
  floor: ['Deployment', 'StatefulSet', 'HorizontalPodAutoscaler', 'ScaledObject'],
  pause: ['CronJob', 'Deployment', 'StatefulSet'],
  freeze: ['NodePool'],
};

function guesses({ name, cluster, kind }: Knob, { pools = [], rotators = [] }: Estate): string[] {
  const place = [...pools, ...rotators].find((each) => each.name === name);
  const { namespace = '', workload = name } = place ?? {};
  return KINDS[kind].map((each) => knobOf(cluster, { kind: each, namespace, name: workload }));
}

async function storyOf(targets: readonly string[], journal: Journal, limit: number): Promise<Entry[]> {
  const stories = await Promise.all(targets.map((target) => journal.entries(target, limit)));
  return stories
    .flat()
    .toSorted((a, b) => b.at.getTime() - a.at.getTime())
    .slice(0, limit);
}

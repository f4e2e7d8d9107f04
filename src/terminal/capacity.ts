import { count } from '../board/words.ts';
import type { Capacity, Wait } from '../core/capacity.ts';
import type { Range, Sizing } from '../core/policy.ts';
import { seconds, spokenDuration } from '../core/time.ts';
import { unpainted } from './paint.ts';
import { table, type Cell, type Column, type TableStyle } from './table.ts';
import { wrap } from './text.ts';

/** What a room of people needs, in the words of whoever stands in front of it. */
export function capacityLines(capacity: Capacity, sizing: Sizing, style: TableStyle = {}): string[] {
  const { width = 80, paint = unpainted } = style;
  const titled = (title: string, ...sentences: readonly string[]): string[] => [
    '',
    paint('strong', title),
    ...sentences.flatMap((sentence) => wrap(sentence, width - 2).map((line) => `  ${line}`)),
  ];
  return [
    paint('strong', headline(capacity)),
    '',
    ...waitTable(capacity, style),
    ...titled('Why', reason(capacity, sizing)),
    ...titled('Room on the nodes', demand(capacity)),
    ...titled('Cheaper than more provisioners', ...levers(capacity, sizing)),
    ...titled('Taken for granted', assumptions(sizing)),
  ];
}

function headline({ people, coming, needed }: Capacity): string {
  const who = people === coming ? count(people, 'person') : `${coming} of ${count(people, 'person')}`;
  return `${who.replace('persons', 'people')}: ${needed.provisioners} provisioners and ${needed.gateway} gateway replicas.`;
}

const COLUMNS: readonly Column[] = [
  { title: 'provisioners', align: 'right' },
  { title: 'half wait up to', align: 'right' },
  { title: '19 in 20 up to', align: 'right' },
  { title: 'if all click at once', align: 'right' },
  { title: '' },
];

function waitTable({ waits, band, needed }: Capacity, style: TableStyle): string[] {
  const noteOf = ({ provisioners }: Wait): Cell => {
    if (provisioners === needed.provisioners) return { text: '✓ this many', tone: 'good' };
    return provisioners === band.provisioners ? { text: 'the guide', tone: 'quiet' } : '';
  };
  const rows = waits.map((wait): Cell[] => [
    String(wait.provisioners),
    spokenWait(wait.p50Seconds),
    spokenWait(wait.p95Seconds),
    spokenWait(wait.atOnceP95Seconds),
    noteOf(wait),
  ]);
  return table(COLUMNS, rows, { ...style, indent: 2 });
}

const spokenWait = (waited: number): string => (waited === 0 ? 'no wait' : spoken(waited));

/** `90 s`, `2 min`, `2 min 30 s`: nobody counts tenths in a room. */
const spoken = (length: number): string => (length < 120 ? `${length} s` : spokenDuration(seconds(length)));

function reason(
  { coming, band, isBeyondGuide, needed, waits }: Capacity,
  { buildSeconds, arrivalSeconds, waitSeconds }: Sizing,
): string {
  const room = `A provisioner builds one workspace at a time and is busy for ${spoken(buildSeconds)} with each; ${coming} people start ${over(arrivalSeconds)}.`;
  const guide = isBeyondGuide
    ? `The workshop guide's table ends at 30 people; its ratio would give ${band.provisioners}`
    : `The workshop guide asks for ${band.provisioners}`;
  if (needed.provisioners === band.provisioners)
    return `${room} ${guide}, and so nineteen in twenty wait ${spoken(waitSeconds)} at most.`;
  const short = waits.find(({ provisioners }) => provisioners === band.provisioners)?.p95Seconds ?? 0;
  return `${room} ${guide}, with which one in twenty would wait ${spoken(short)} or longer before their build begins; ${needed.provisioners} keep that to ${spoken(waitSeconds)}.`;
}

const over = (arrivalSeconds: number): string =>
  arrivalSeconds === 0 ? 'all at once' : `over ${spoken(arrivalSeconds)}`;

function demand({ coming, demand, diskGb }: Capacity): string {
  const range = ([least, most]: Range): string => (least === most ? `${least}` : `${least} to ${most}`);
  return `${coming} workspaces take ${range(demand.cpus)} vCPU, ${range(demand.memoryGb)} GB of memory and ${range(demand.ephemeralGb)} GB of the nodes' own disks, which is ${range(diskGb)} GB of disk if they are to stay under 60 % full.`;
}

function levers({ coming, band, levers: { prebuilds, stagger } }: Capacity, sizing: Sizing): string[] {
  const claimed = `Prebuilds: ${coming} workspaces built beforehand and claimed in ${spoken(sizing.claimSeconds)} each need ${prebuilds.provisioners} provisioners; nineteen in twenty wait ${prebuilds.p95Seconds === 0 ? 'not at all' : `${spoken(prebuilds.p95Seconds)} at most`}. They must be done before the doors open.`;
  if (stagger.arrivalSeconds === 0) return [claimed];
  return [
    claimed,
    `A staggered start: if people start over ${spoken(stagger.arrivalSeconds)} instead of ${spoken(sizing.arrivalSeconds)}, the guide's ${band.provisioners} provisioners are enough.`,
  ];
}

function assumptions({ arrivalSeconds, buildSeconds }: Sizing): string {
  const arrive =
    arrivalSeconds === 0
      ? 'Everybody clicks in the same second'
      : `People click independently of each other, at any moment of the ${spoken(arrivalSeconds)} alike`;
  return `${arrive}; each build takes ${spoken(buildSeconds)}, for which the time that nine in ten keep should be given; every provisioner is idle when the first one clicks, and no other job is in the queue. The gateway replicas are the guide's: nothing here reckons with how much people ask the models.`;
}

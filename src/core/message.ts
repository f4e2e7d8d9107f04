import { printable } from './printable.ts';
import type { RemedyView } from './remedy.ts';
import { gravestFirst, type About, type News } from './report.ts';
import { between, spoken, spokenDuration } from './time.ts';

/**
 * A piece of a message: all that is the same news, once. An e-mail, a channel, a terminal and the board say it in these
 * words, and differ in how it looks.
 */
export interface Paragraph {
  readonly kind: News['kind'];
  /** `fail`, `still unknown`, `resolved`: how bad it is. */
  readonly word: string;
  /** What it is about, in one line. */
  readonly title: string;
  readonly details: readonly Detail[];
  readonly remedies: readonly Pick<RemedyView, 'say' | 'command'>[];
}

/** `want`, and what is wanted. */
export interface Detail {
  readonly label: string;
  readonly text: string;
}

/** More of a kind than this are counted: nobody reads forty lines of one outage. */
const MOST_DETAILS = 12;

/** News as paragraphs, the gravest first. What one silence made unknown is one, and so is what is the same in many places. */
export function paragraphsOf(news: readonly News[]): Paragraph[] {
  const groups = Map.groupBy(gravestFirst(news), sameness);
  return [...groups.values()].map((all) => cleaned(paragraphOf(all)));
}

/** What a registry answered may neither colour a terminal nor look like a line of ours in an e-mail. */
const cleaned = ({ title, details, remedies, ...rest }: Paragraph): Paragraph => ({
  ...rest,
  title: printable(title),
  details: details.map(({ label, text }) => ({ label, text: printable(text) })),
  remedies: remedies.map(({ say, ...more }) => ({ ...more, say: printable(say) })),
});

function sameness({ kind, line, subject, about }: News): string {
  // A step's own words may name any place: only what stands amiss is the same elsewhere.
  if (!about) return kind === 'amiss' ? `${placeless(subject)} ${line.replace(subject, '')}` : `${kind} ${line}`;
  const { outage, check, status, want = '', have = '', remedy, since, until = '' } = about;
  if (outage !== undefined) return `${kind} ${outage}`;
  const bare = [want, have, remedy?.say ?? ''].map((text) => text.replaceAll(subject, ''));
  return JSON.stringify([kind, status, check, placeless(subject), since, until, ...bare].map(elsewhereless));
}

/** `coder-preview:latest` of `coder-preview:latest in us-west-2`. */
const placeless = (subject: string): string => subject.split(IN, 1)[0] ?? subject;
const IN = ' in ';

/** Three regions that are behind each say what the others serve: to a person that is one fact. */
const elsewhereless = (text: string): string => text.replace(/, but [^;]* in [^;]*/, '');

function paragraphOf(all: readonly News[]): Paragraph {
  const [first] = all;
  const { kind, line = '', about } = first ?? { kind: 'failed' as const };
  if (!about) {
    const [, word = '', title = line] = /^(\w[\w ]{0,20}): ([^]*)$/.exec(line) ?? [];
    const subject = first?.subject ?? '';
    return { kind, word, title: title.replace(subject, () => joined(all)), details: [], remedies: [] };
  }
  const word = kind === 'resolved' ? kind : `${kind === 'reminder' ? 'still ' : ''}${about.status}`;
  const abouts = all.flatMap((each) => each.about ?? []);
  const titled = { kind, word, title: titleOf(all, about) };
  const details = [...timesOf(abouts), ...whatOf(all), ...evidenceOf(abouts)];
  return { ...titled, details, remedies: remediesOf(abouts) };
}

function titleOf(all: readonly News[], { outage, until }: About): string {
  const count = new Set(all.map(({ subject }) => subject)).size;
  if (outage === undefined || count === 1) return joined(all);
  return `${outage.replace(/ 401$/, '')} ${until === undefined ? 'does not answer' : 'answers again'}: ${count} findings`;
}

/** `coder-preview:latest in us-west-2 and eu-west-2` */
function joined(all: readonly News[]): string {
  const subjects = [...new Set(all.map(({ subject }) => subject))];
  const [first = '', ...others] = subjects;
  if (others.length === 0) return first;
  const places = subjects.flatMap((subject) => subject.split(IN).slice(1, 2));
  const isPlain = places.length === subjects.length && places.every((place) => !place.includes(','));
  return isPlain ? `${placeless(first)}${IN}${listed(places)}` : listed(subjects);
}

function timesOf(abouts: readonly About[]): Detail[] {
  const since = abouts.map((about) => about.since).toSorted()[0] ?? '';
  const until =
    abouts
      .map((about) => about.until ?? '')
      .toSorted()
      .at(-1) ?? '';
  const text = spoken(new Date(since));
  if (until === '') return [{ label: 'since', text }];
  const lasted = spokenDuration(between(new Date(since), new Date(until)));
  return [{ label: 'lasted', text: `${lasted}, from ${text} until ${spoken(new Date(until))}` }];
}

/** Which checks say so; and of an outage, which things they say it of. */
function whatOf(all: readonly News[]): Detail[] {
  const isOutage = all[0]?.about?.outage !== undefined && new Set(all.map(({ subject }) => subject)).size > 1;
  const checks = Map.groupBy(all, ({ about }) => about?.check ?? '');
  return [...checks].map(([check, those]) => ({
    label: 'check',
    text: isOutage
      ? `${check}: ${some(
          those.map(({ subject }) => subject),
          ', ',
        )}`
      : check,
  }));
}

function evidenceOf(abouts: readonly About[]): Detail[] {
  const of = (label: 'want' | 'have'): Detail[] => {
    const texts = [...new Map(abouts.map((about) => [elsewhereless(about[label] ?? ''), about[label] ?? ''])).values()];
    return texts
      .filter((text) => text !== '')
      .slice(0, MOST_DETAILS)
      .map((text) => ({ label, text }));
  };
  const isOutage = abouts[0]?.outage !== undefined && abouts.length > 1;
  return [...(isOutage ? [] : of('want')), ...(isOutage ? of('have').slice(0, 1) : of('have'))];
}

function remediesOf(abouts: readonly About[]): Paragraph['remedies'] {
  const once = new Map(abouts.toReversed().flatMap(({ remedy }) => (remedy ? [[remedy.say, remedy] as const] : [])));
  return [...once.values()]
    .toReversed()
    .slice(0, 3)
    .map(({ say, command }) => ({ say, ...(command !== undefined && { command }) }));
}

const some = (texts: readonly string[], between_: string): string =>
  texts.length > MOST_DETAILS
    ? `${texts.slice(0, MOST_DETAILS).join(between_)} and ${texts.length - MOST_DETAILS} more`
    : texts.join(between_);

/** `Ohio, Oregon and London`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** A paragraph as plain text: its lines, the first of which says how bad it is. */
export function linesOf({ word, title, details, remedies }: Paragraph): string[] {
  const wide = Math.max(0, ...details.map(({ label }) => label.length));
  return [
    word === '' ? title : `${word}: ${title}`,
    ...details.map(({ label, text }) => `  ${label.padEnd(wide)}  ${text}`),
    ...remedies.flatMap(({ say, command }) => [`  → ${say}`, ...(command === undefined ? [] : [`    ${command}`])]),
  ];
}

/** Commands as they are typed where more than one estate may be meant. */
export const onEstate = (paragraph: Paragraph, estate: string): Paragraph => ({
  ...paragraph,
  remedies: paragraph.remedies.map(({ say, command }) => ({
    say,
    ...(command !== undefined && { command: `${command} --estate ${estate}` }),
  })),
});

import { fold, nothingRuns, type Running } from '../../src/board/progress.ts';
import { boardView, type Board, type View } from '../../src/board/view.ts';
import { examine } from '../../src/core/check.ts';
import { imagesMatchTheirSource } from '../../src/core/checks/images-match-their-source.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { Estate, Image } from '../../src/core/estate.ts';
import type { ProgressEvent } from '../../src/core/progress.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { postureAt } from '../../src/core/posture.ts';
import type { Promotion } from '../../src/core/promotion.ts';
import type { Knob, RoomSighting } from '../../src/core/room.ts';
import { news, type News } from '../../src/core/report.ts';
import { saw, unseen, type ImageSighting, type Seen } from '../../src/core/sighting.ts';
import { nothingTold } from '../../src/core/told.ts';
import { hours, minutes, minus, plus, seconds } from '../../src/core/time.ts';
import { aDigest, aHold, anImage, aPin, at, aWorkshop } from '../builders.ts';
import type { Credential } from '../../src/core/credential.ts';
import { windowsOf } from '../../src/core/windows.ts';
import { CRON, leaseOn, nodes, provisioners, rotator, SET } from '../core/a-room.ts';

export const NOW = at('09:00');
export const [NEW, OLD] = [aDigest('a'), aDigest('b')];
export const image: Image = anImage({ tags: ['latest', 'v*'] });

export const estate: Estate = {
  name: 'ai.coder.com',
  home: 'us-east-2',
  regions: [
    { name: 'us-east-2', city: 'Ohio' },
    { name: 'us-west-2', city: 'Oregon' },
    { name: 'eu-west-2', city: 'London' },
  ],
  images: [image],
  people: { emails: [] },
};

type Serves = Seen<Digest | undefined> | Digest | 'nothing';

const seen = (serves: Serves | undefined): Seen<Digest | undefined> => {
  if (serves === undefined || serves === 'nothing') return saw(undefined);
  return typeof serves === 'string' ? saw(serves) : serves;
};

/** A tag as it was seen: what the source means, and what each region serves. */
export const sighting = (
  tag: string,
  source: Serves,
  serves: readonly Serves[],
  more: Partial<ImageSighting> = {},
): ImageSighting => ({
  release: { image, tag },
  source: seen(source),
  copies: estate.regions.map(({ name }, index) => ({ region: name, serves: seen(serves[index]) })),
  ...more,
});

export const promotion = (tag: string, digest: Digest, ago: number, more: Partial<Promotion> = {}): Promotion => ({
  id: `${tag}-${String(1e9 - ago)}`,
  image: image.name,
  tag,
  digest,
  at: minus(NOW, ago),
  state: 'done',
  by: 'webhook',
  why: 'a region was out of step',
  kind: 'forward',
  regions: estate.regions.map(({ name }) => ({ region: name, servedAt: minus(NOW, ago) })),
  skewMs: 8,
  copied: { blobs: 14, bytesRead: 14_400_000, bytesWritten: 43_300_000, healed: 0, tookMs: 1_500 },
  ...more,
});

/** The board over what was seen, judged by the check that judges everywhere. */
export function board(sightings: readonly ImageSighting[], more: Partial<Board> = {}): View {
  const findings = examine([imagesMatchTheirSource], { images: saw(sightings) }, NOW);
  return boardView({ estate, sightings, findings, history: [], running: nothingRuns, now: NOW, ...more });
}

/** What a run said of itself, one event a second, the last of them just now. */
export function running(events: readonly ProgressEvent[], release = 'coder-preview:latest'): Running {
  const began = minus(NOW, seconds(events.length - 1));
  return events.reduce<Running>(
    (all, event, second) => fold(all, { release, ...event }, plus(began, seconds(second))),
    nothingRuns,
  );
}

const history = [
  promotion('latest', NEW, minutes(3)),
  promotion('v2', NEW, minutes(3)),
  promotion('latest', OLD, hours(30)),
  promotion('v1', OLD, hours(30)),
];
const versions = [sighting('v2', NEW, [NEW, NEW, NEW]), sighting('v1', OLD, [OLD, OLD, OLD])];

export const inStep = board([sighting('latest', NEW, [NEW, NEW, NEW]), ...versions], { history });
export const behind = board([sighting('latest', NEW, [NEW, OLD, OLD]), ...versions], { history });
export const blind = board([sighting('latest', NEW, [NEW, NEW, unseen('ECONNREFUSED')]), ...versions], { history });
export const pinned = board([sighting('latest', NEW, [OLD, OLD, OLD], { pin: aPin(OLD) }), ...versions], {
  history: [promotion('latest', OLD, minutes(1), { kind: 'rollback', by: 'ben', why: 'terminals freeze' }), ...history],
});
export const held = board([sighting('latest', NEW, [OLD, OLD, OLD], { hold: aHold() }), ...versions], {
  history: history.slice(2),
  holds: [aHold(), aHold({ id: 'tomorrow', since: plus(NOW, hours(24)), until: plus(NOW, hours(30)) })],
});
export const empty = board([], { findings: [] });

export const MB = 1_000_000;
export const halfway: readonly ProgressEvent[] = [
  {
    kind: 'planned',
    digest: NEW,
    blobs: 4,
    bytes: 100 * MB,
    lacking: { 'us-east-2': 100 * MB, 'us-west-2': 80 * MB, 'eu-west-2': 100 * MB },
  },
  { kind: 'read', bytes: 50 * MB },
  { kind: 'wrote', region: 'us-east-2', bytes: 50 * MB },
  { kind: 'wrote', region: 'us-west-2', bytes: 20 * MB },
  { kind: 'detached', region: 'eu-west-2', digest: NEW, why: 'fell behind the other regions' },
];
export const copying = board([sighting('latest', NEW, [OLD, OLD, OLD]), ...versions], {
  history: history.slice(2),
  running: running(halfway),
});

/** An hour before a workshop: what is asked has come, is on its way, was refused, or cannot be seen. */
const room = (title: string): RoomSighting => {
  const held = aWorkshop({ title, starts: plus(NOW, minutes(70)), ends: plus(NOW, minutes(190)) });
  const arrival = { desired: 13, ready: 9, stuck: [] };
  const pool = (name: string, value: number): Knob => ({ ...provisioners(value, { arrival }), name });
  return {
    calendar: saw(undefined),
    posture: saw(
      postureAt(NOW, [held, aWorkshop({ id: 'later', title, starts: plus(NOW, hours(90)) })], DEFAULT_POLICY),
    ),
    knobs: [
      pool('provisioners', 13),
      pool('gateway', 2),
      {
        ...provisioners(2),
        name: 'others',
        stands: saw({ choice: { ok: false, why: 'Argo CD heals it', remedy: 'Git' } }),
      },
      { ...rotator(true), stands: unseen('no answer') },
      nodes(true),
    ],
    leases: [leaseOn(SET, 'floor', 2, 13), leaseOn(CRON, 'pause', false, true)],
  };
};
/** Two workshops ahead, and what lasts for both, ends in one, ends just after one, is soon over, or cannot be seen. */
export const lives = (title: string, more = ''): Pick<Board, 'credentials' | 'windows'> => {
  const first = aWorkshop({ title, starts: plus(NOW, hours(50)), ends: plus(NOW, hours(52)) });
  const second = aWorkshop({ id: 'later', title, starts: plus(NOW, hours(150)), ends: plus(NOW, hours(152)) });
  const lasting = (name: string, ends: Date | 'never'): Credential => ({
    name: name + more,
    kind: 'token',
    expires: saw(ends),
    about: `secret keys/${name}${more}`,
    renewal: `Renew ${name}${more}.`,
  });
  return {
    credentials: [
      lasting('for ever', 'never'),
      lasting('long', plus(NOW, hours(24 * 90))),
      lasting('nine days', plus(NOW, hours(24 * 9))),
      lasting('in the first', plus(NOW, hours(51))),
      lasting('after the second', plus(NOW, hours(160))),
      { ...lasting('unseen', 'never'), expires: unseen(`no answer${more}`), lastSeen: plus(NOW, hours(200)) },
      { ...lasting('blocked', 'never'), broken: `it is blocked${more}` },
    ],
    windows: windowsOf([first, second], DEFAULT_POLICY, NOW),
  };
};

export const morning = board([sighting('latest', NEW, [NEW, NEW, NEW]), ...versions], {
  history,
  room: room('Agents 101'),
  ...lives('Agents 101'),
});

/** What a registry, a person or a tag could say to harm whoever reads the board. */
export const EVIL = `<img src=x onerror="document.title='owned'"></td><script>document.title='owned'</script>&"'\u001b[2J\u202e`;
export const hostile = board(
  [
    sighting('latest', NEW, [OLD, unseen(EVIL), 'nothing'], {
      pin: aPin(NEW, { by: EVIL, why: EVIL }),
      hold: aHold({ by: EVIL, why: EVIL }),
    }),
  ],
  {
    estate: { ...estate, name: EVIL },
    room: room(EVIL),
    ...lives(EVIL, EVIL),
    history: [
      promotion('latest', OLD, hours(1), {
        by: EVIL,
        why: EVIL,
        state: 'undone',
        regions: [{ region: 'us-west-2', error: EVIL }],
      }),
    ],
    running: running([
      ...halfway,
      {
        kind: 'finished',
        outcome: { release: 'coder-preview:latest', result: 'failed', digest: NEW, regions: [], why: EVIL, amiss: [] },
      },
    ]),
  },
);

/** Every scene by what it shows. */
/** Two regions are behind since an hour ago, and people were told so; and something that somebody else chose the words of. */
const [anHourAgo, evil] = [minus(NOW, hours(1)), '<script>alert(1)</script>\nfail: nothing'];
const theirs: News = { kind: 'failed', subject: evil, line: `failed: ${evil}` };
const oldFindings = examine([imagesMatchTheirSource], { images: saw([sighting('latest', NEW, [NEW, OLD, OLD])]) }, NOW);
const heard = news(
  nothingTold,
  { automation: 'look', at: anHourAgo, findings: oldFindings, taken: [] },
  { reminders: DEFAULT_POLICY.reminders, near: false },
);
export const told = board([sighting('latest', NEW, [NEW, OLD, OLD])], {
  told: heard.told,
  messages: [[theirs], heard.news].map((each) => ({ road: 'greenroom', at: anHourAgo, news: each })),
});

export const all: readonly (readonly [string, View])[] = Object.entries({
  'in step': inStep,
  behind,
  told,
  blind,
  pinned,
  held,
  empty,
  copying,
  morning,
  hostile,
});

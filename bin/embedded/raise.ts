import { slackRoad } from '../../src/clients/slack.ts';
import type { Estate, Image } from '../../src/core/estate.ts';
import { whyOf } from '../../src/core/outside-error.ts';
import type { News } from '../../src/core/report.ts';
import { days, plus, seconds } from '../../src/core/time.ts';
import type { Log } from '../../src/log.ts';
import type { Road } from '../../src/ports.ts';
import { automations, posture } from '../../src/automations.ts';
import { REGIONS, startEmbedded, type Embedded } from '../../src/rehearsal/embedded.ts';
import { startCampus, type Campus } from '../../src/rehearsal/campus.ts';
import { onPort } from '../../src/rehearsal/on-port.ts';
import { serveSlack, type RehearsedSlack } from '../../src/rehearsal/slack.ts';
import { secretsIn, type Secrets } from '../../src/rehearsal/secrets.ts';
import { handOutKeys, handOutTokens } from './keys.ts';
import { rehearsedWakeups } from '../../src/rehearsal/wakeups.ts';
import { newsBlock } from '../../src/terminal/news.ts';
import type { Call } from '../command.ts';
import { caretaker, CHANNEL, type Caretaker } from './caretaker.ts';
import { worldClock, type WorldClock } from './clock.ts';
import { connectEmbedded, type LocalWorld } from './connect.ts';
import { workshopsUntil } from './pass.ts';
import { quietWeek } from './scenes.ts';
import { readState, writeState, type Places } from './state.ts';

/** The embedded world while it runs, and who looks after it. */
export interface Raised {
  readonly embedded: Embedded;
  readonly campus: Campus;
  readonly slack: RehearsedSlack;
  readonly clock: WorldClock;
  readonly wakeups: Wakeups;
  readonly world: LocalWorld;
  readonly secrets: Secrets;
  readonly care: Caretaker;
  /** Writes down how far the clock was moved on. */
  keepState(): void;
  close(): Promise<void>;
}

type Wakeups = ReturnType<typeof rehearsedWakeups>;

interface Wish {
  readonly image?: Image;
  readonly fullSpeed: boolean;
}

/** Starts everything where it was before, and somebody to look after it. */
export async function raise(
  { terminal, now: wall, env, signal }: Pick<Call, 'terminal' | 'now' | 'env' | 'signal'>,
  places: Places,
  wish: Wish,
): Promise<Raised> {
  const state = readState(places);
  const clock = worldClock(wall, state?.aheadMs);
  const { now } = clock;
  const { secrets, embedded, campus, slack } = await serve(places, wish, now());
  const wakeups = rehearsedWakeups();
  const log: Log = terminal.trouble;
  const follow: Caretaker['follow'] = (progress) => {
    terminal.progress(progress);
    care.follow(progress);
  };
  const estate = { ...embedded.estate, ...campus.estate };
  const parts = {
    estate,
    hosts: embedded.hosts,
    campus: campus.urls,
    secrets,
    journal: places.journal,
    vault: places.vault,
    issuers: places.issuers,
    env,
  };
  const down = async (): Promise<void> => void (await Promise.all([embedded.close(), campus.close(), slack.close()]));
  const world = {
    ...(await orDown(down, () =>
      connectEmbedded(parts, { now, log, print: (line) => terminal.say(line), onProgress: follow }),
    )),
    wakeups,
    crew: [roadToTerminal(terminal, now), roadToSlack(slack, estate, (news) => care.wasTold(news))],
  } satisfies LocalWorld;
  const catchUp = (): void => campus.pass(now());
  const care = caretaker({ world, clock, wakeups, catchUp, log, broke: brokenLook(terminal, now), signal });
  const ticking = setInterval(catchUp, TICK_MS).unref();
  const close = async (): Promise<void> => {
    clearInterval(ticking);
    await down();
    world.journal.close();
  };
  const keepState = (): void => {
    const known = readState(places);
    if (known) writeState(places, { ...known, aheadMs: clock.aheadMs() });
  };
  return { embedded, campus, slack, clock, wakeups, world, secrets, care, keepState, close };
}

const roadToTerminal = (terminal: Call['terminal'], now: () => Date): Road => ({
  name: 'terminal',
  say: async (news) => terminal.say(...newsBlock(news.filter(isUntold), now(), terminal)),
});

/** The channel on this machine, by the client that speaks to the real one. What it took is what people were told. */
function roadToSlack(slack: RehearsedSlack, { name: estate }: Estate, took: (news: readonly News[]) => void): Road {
  const road = slackRoad({ name: CHANNEL, secret: async () => slack.webhook, estate, withinMs: seconds(2) });
  return {
    ...road,
    say: async (news) => {
      await road.say(news);
      took(news);
    },
  };
}

const brokenLook =
  (terminal: Call['terminal'], now: () => Date) =>
  (error: unknown): void => {
    terminal.trouble('a look broke', error);
    const line = `failed: a look: ${whyOf(error)}`;
    terminal.say(...newsBlock([{ kind: 'failed', subject: 'a look', line }], now(), terminal));
  };

/** Servers that nobody closes would keep a process alive that has failed to start. */
async function orDown<T>(down: () => Promise<void>, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    await down();
    throw error;
  }
}

/** How often pods start and jobs fire where nobody moves the clock on. */
const TICK_MS = 500;

/** Registries, clusters and Coder, each on the port where it was before. */
async function serve(places: Places, { image, fullSpeed }: Wish, begins: Date) {
  const secrets = secretsIn(
    places.secrets,
    REGIONS.map(({ name }) => name),
  );
  const ports = readState(places)?.ports;
  const known = ports && { ports };
  const { registries: directory, calendar } = places;
  const embedded = await startEmbedded({ directory, secrets, fullSpeed, ...known, ...(image && { image }) });
  const { served } = embedded;
  const [running] = embedded.estate.images;
  if (!running) throw new Error('the embedded world has no image');
  const campus = await startCampus({ begins, token: secrets.campus, calendar, image: running, served, ...known });
  const slack = await onPort(ports?.['slack'], (port) => serveSlack(secrets.slack, port));
  return { secrets, embedded, campus, slack };
}

/** Every run has left its own line already. */
const isUntold = ({ kind }: News): boolean => kind !== 'done';

const RELEASES_TO_BEGIN_WITH = 3;
/** A world without a workshop for so long gets one. */
const AHEAD_MS = days(14);
const STARTED_MS = seconds(10);

/** A few releases one after another, so that there is something to roll back to; or only a look, where there are some. */
export async function settleIn(raised: Raised, isReal: boolean, signal: AbortSignal): Promise<void> {
  const { embedded, campus, care, clock } = raised;
  const isQuiet = (await workshopsUntil(plus(clock.now(), AHEAD_MS), raised)).length === 0;
  await handOutKeys(raised.world);
  await handOutTokens(raised.world);
  if (isQuiet) campus.announce(quietWeek(clock.now()));
  const missing = isReal || embedded.versions().length > 0 ? 0 : RELEASES_TO_BEGIN_WITH;
  for (let release = 0; release < missing && !signal.aborted; release += 1) {
    await embedded.publish();
    await care.run(automations.look, 'schedule');
  }
  // Whoever was always there has started by now.
  campus.deploy();
  campus.pass(plus(clock.now(), STARTED_MS));
  if (!signal.aborted) await care.run(automations.parity, 'schedule');
  if (!signal.aborted) await care.run(posture, 'schedule');
  if (!signal.aborted) await care.run(automations.credentials, 'schedule');
}

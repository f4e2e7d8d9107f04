import type { Image } from '../../src/core/estate.ts';
import { whyOf } from '../../src/core/outside-error.ts';
import type { News } from '../../src/core/report.ts';
import type { Log } from '../../src/log.ts';
import { automations } from '../../src/automations.ts';
import { REGIONS, startEmbedded, type Embedded } from '../../src/rehearsal/embedded.ts';
import { secretsIn, type Secrets } from '../../src/rehearsal/secrets.ts';
import { newsBlock } from '../../src/terminal/news.ts';
import type { Call } from '../command.ts';
import { caretaker, type Caretaker } from './caretaker.ts';
import { connectEmbedded, type LocalWorld } from './connect.ts';
import { readState, type Places } from './state.ts';

/** The embedded world while it runs, and who looks after it. */
export interface Raised {
  readonly embedded: Embedded;
  readonly world: LocalWorld;
  readonly secrets: Secrets;
  readonly care: Caretaker;
  close(): Promise<void>;
}

interface Wish {
  readonly image?: Image;
  readonly fullSpeed: boolean;
}

/** Starts the registries where they were before, and somebody to look after them. */
export async function raise(
  { terminal, now, env, signal }: Pick<Call, 'terminal' | 'now' | 'env' | 'signal'>,
  places: Places,
  { image, fullSpeed }: Wish,
): Promise<Raised> {
  const secrets = secretsIn(
    places.secrets,
    REGIONS.map(({ name }) => name),
  );
  const ports = readState(places)?.ports;
  const settings = {
    directory: places.registries,
    secrets,
    fullSpeed,
    ...(ports && { ports }),
    ...(image && { image }),
  };
  const embedded = await startEmbedded(settings);
  const log: Log = terminal.trouble;
  const broke = (error: unknown): void => {
    terminal.trouble('a look broke', error);
    const line = `failed: a look: ${whyOf(error)}`;
    terminal.say(...newsBlock([{ kind: 'failed', subject: 'a look', line }], now(), terminal));
  };
  const follow: Caretaker['follow'] = (progress) => {
    terminal.progress(progress);
    care.follow(progress);
  };
  const { estate, hosts } = embedded;
  const parts = { estate, hosts, secrets, journal: places.journal, env };
  const world = {
    ...connectEmbedded(parts, { now, log, print: (line) => terminal.say(line), onProgress: follow }),
    crew: { say: async (news) => terminal.say(...newsBlock(news.filter(isUntold), now(), terminal)) },
  } satisfies LocalWorld;
  const care = caretaker({ world, now, log, broke, signal });
  const close = async (): Promise<void> => {
    await embedded.close();
    world.journal.close();
  };
  return { embedded, world, secrets, care, close };
}

/** Every run has left its own line already. */
const isUntold = ({ kind }: News): boolean => kind !== 'done';

const RELEASES_TO_BEGIN_WITH = 3;

/** A few releases one after another, so that there is something to roll back to; or only a look, where there are some. */
export async function settleIn({ embedded, care }: Raised, isReal: boolean, signal: AbortSignal): Promise<void> {
  const missing = isReal || embedded.versions().length > 0 ? 0 : RELEASES_TO_BEGIN_WITH;
  for (let release = 0; release < missing && !signal.aborted; release += 1) {
    await embedded.publish();
    await care.run(automations.look, 'schedule');
  }
  if (!signal.aborted) await care.run(automations.parity, 'schedule');
}

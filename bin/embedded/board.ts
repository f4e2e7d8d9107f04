import { serveBoard, type Answer, type Asked, type Served } from '../../src/board/serve.ts';
import { receive } from '../../src/webhook.ts';
import { spoken } from '../../src/core/time.ts';
import { Stop } from '../command.ts';
import { breakageOf } from './breakage.ts';
import { controlRoutes, type Control } from './control.ts';
import { passTo } from './pass.ts';
import type { Incident } from './incident.ts';
import type { Raised } from './raise.ts';
import { isScene, play } from './scenes.ts';

export const USUAL_PORT = 4270;
const PORTS_TO_TRY = 20;

/** The board, the webhook and the doors of the command line, on one port of this machine. */
export async function openBoard(
  raised: Raised,
  asked: number | undefined,
  remembered: number | undefined,
): Promise<Served> {
  const { care, secrets } = raised;
  const routes = {
    'POST /webhook': (request: Asked) => webhook(raised, request),
    ...controlRoutes(secrets.control, controlOf(raised)),
  };
  const open = (port: number): Promise<Served> => serveBoard({ view: care.view, changes: care.changes, routes, port });
  const first = asked ?? remembered ?? USUAL_PORT;
  for (let port = first; ; port += 1) {
    try {
      return await open(port);
    } catch (error) {
      const taken = isTaken(error);
      if (asked === undefined && taken && port < first + PORTS_TO_TRY) continue;
      const sentence = error instanceof Error ? error.message : String(error);
      throw new Stop(sentence, {
        remedy: 'greenroom up --port <port>, or without --port for the next free one',
        cause: error,
      });
    }
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';

async function webhook({ secrets, world, care }: Raised, { method, headers, body }: Asked): Promise<Answer> {
  return receive(
    { method, headers, body },
    {
      secrets: async () => [secrets.webhook],
      sources: world.estate.images.map(({ source }) => source),
      bus: { look: async (images) => images.forEach(({ source }) => care.ring('webhook', [source])) },
    },
  );
}

function controlOf(raised: Raised): Control {
  const { embedded, care, clock, keepState } = raised;
  const breakage = breakageOf(raised);
  const played = new Map<boolean, Incident>();
  return {
    publish: ({ version }) => embedded.publish(typeof version === 'string' ? version : undefined),
    ring: () => care.ring('schedule'),
    break: ({ region, how, forMs }) => {
      if (typeof region !== 'string' || typeof how !== 'string') throw new Error('break what, and how?');
      breakage.break(region, how, typeof forMs === 'number' ? forMs : undefined);
    },
    mend: ({ region }) => ({ mended: breakage.mend(typeof region === 'string' ? region : undefined) }),
    clock: async ({ to }) => {
      const until = new Date(typeof to === 'string' ? to : Number.NaN);
      if (!(until >= clock.now())) throw new Error(`the clock goes on and not back: it is ${spoken(clock.now())}`);
      await passTo(until, raised);
      keepState();
      return { at: clock.now(), verdict: care.view().verdict };
    },
    scene: async ({ name, withGreenroom = true }) => {
      if (!isScene(name)) throw new Error('which scene?');
      const incident = await play(name, raised, { withGreenroom: withGreenroom === true });
      if (incident) played.set(incident.withGreenroom, incident);
      keepState();
      return { at: clock.now(), verdict: care.view().verdict, ...(incident && { incidents: [...played.values()] }) };
    },
  };
}

import { randomUUID } from 'node:crypto';
import { posture } from '../../src/automations.ts';
import { keyIn, USUAL_LIFE_MS, withKey } from '../../src/core/rotation.ts';
import { Secret } from '../../src/core/secret.ts';
import { hours, minus, minutes, plus } from '../../src/core/time.ts';
import { attendance, type Attended } from '../../src/rehearsal/attendance.ts';
import { HistoricRotator } from '../../src/rehearsal/historic-rotator.ts';
import { liteLlmOf } from '../../src/rotate-secret.ts';
import { passTo } from './pass.ts';
import type { Raised } from './raise.ts';

/** A workshop with the historic rotator in it, as its people lived through it. */
export interface Incident extends Attended {
  readonly withGreenroom: boolean;
  readonly title: string;
  readonly starts: Date;
  readonly ends: Date;
  readonly people: number;
  /** When it deleted the key that people worked with. */
  readonly deleted: readonly Date[];
}

/** Every two hours, and so in the middle of a workshop that begins at the hour. */
const OFTEN = '0 */2 * * *';
const USUALLY = '0 */4 * * *';
const PER_SECOND = 10;
const LOOK_EVERY_MS = minutes(5);

interface Event {
  readonly title: string;
  readonly starts: Date;
  readonly lastsMinutes: number;
  readonly people: number;
}

/** Plays a workshop in which the rotator of the incident runs, with Greenroom looking after it or asleep. */
export async function playIncident(raised: Raised, event: Event, withGreenroom: boolean): Promise<Incident> {
  const { campus, care } = raised;
  const { title, starts, lastsMinutes, people } = event;
  const ends = plus(starts, minutes(lastsMinutes));
  const rotator = installed(raised);
  try {
    await passTo(minus(starts, hours(26)), raised);
    care.asleep = !withGreenroom;
    await passTo(starts, raised);
    const room = attendance({
      people,
      perSecond: PER_SECOND,
      pass: campus.pass,
      ask: roundRobin(raised),
      published: () => publishedKey(raised),
      restarts: () => rotator.restarted,
    });
    for (let from = starts; from < ends; from = plus(from, LOOK_EVERY_MS)) {
      await room.attend(from, plus(from, LOOK_EVERY_MS));
      raised.clock.forward(plus(from, LOOK_EVERY_MS));
      await care.passBy(posture);
    }
    const deleted = rotator.deleted.filter((at) => starts <= at && at < ends);
    return { withGreenroom, title, starts, ends, people, deleted, ...room.soFar() };
  } finally {
    campus.rotate(USUALLY, () => undefined);
    await lastAgain(raised);
    care.asleep = false;
    await passTo(raised.clock.now(), raised);
  }
}

/** In place of the rotator that does nothing. */
function installed({ campus, world }: Raised): HistoricRotator {
  const { name: alias, secret, field } = ourKey(world);
  const { vault } = world;
  const rotator = new HistoricRotator({
    gateway: campus.gateway,
    alias,
    at: campus.at,
    publish: (key) =>
      vault.put(secret, { id: randomUUID(), text: new Secret(withKey(undefined, field, key.reveal())) }),
  });
  campus.ohio.attach(rotator);
  campus.rotate(OFTEN, (at) => rotator.fire(at));
  return rotator;
}

function ourKey({ estate }: Pick<Raised['world'], 'estate'>) {
  const [key] = liteLlmOf(estate)?.keys ?? [];
  if (!key) throw new Error('the embedded world publishes no key');
  return key;
}

async function publishedKey({ world }: Raised): Promise<string> {
  const { secret, field } = ourKey(world);
  return keyIn((await world.vault.read(secret, 'current'))?.text.reveal() ?? '', field) ?? '';
}

function roundRobin({ campus: { gateway, pods } }: Raised): (key: string) => boolean {
  let turn = 0;
  return (key) => {
    const serving = pods.serving();
    const replica = serving[(turn += 1) % serving.length];
    return replica !== undefined && gateway.answer(replica, { method: 'GET', path: '/v1/models', key }).status === 200;
  };
}

/** The usual rotator makes no keys: what the historic one made must last as long as any other. */
async function lastAgain(raised: Raised): Promise<void> {
  const { gateway } = raised.world;
  const key = new Secret(await publishedKey(raised));
  if (gateway && (await gateway.find(gateway.hashOf(key)))) await gateway.extend(gateway.hashOf(key), USUAL_LIFE_MS);
}

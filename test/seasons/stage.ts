import { askedRotation } from '../../src/asked-rotation.ts';
import { liteLlm } from '../../src/clients/litellm.ts';
import { clustersOf } from '../../src/cluster.ts';
import type { Estate, LiteLlmGateway } from '../../src/core/estate.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import type { News } from '../../src/core/report.ts';
import { Secret } from '../../src/core/secret.ts';
import { minutes, plus } from '../../src/core/time.ts';
import { liftLeases } from '../../src/lift.ts';
import type { Vault } from '../../src/ports.ts';
import { reconcile, type Automation, type Surroundings } from '../../src/reconcile.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { application, cronJob, workload } from '../../src/rehearsal/kubernetes/objects.ts';
import { rehearseGateway, type RehearsedGateway } from '../../src/rehearsal/litellm.ts';
import { hashed } from '../../src/rehearsal/litellm/desk.ts';
import { memoryVault } from '../../src/rehearsal/vault.ts';
import { rotateSecret, STEPS } from '../../src/rotate-secret.ts';
import { rehearsedWakeups } from '../../src/rehearsal/wakeups.ts';
import { diceOf } from '../months/dice.ts';
import { ENDS, fated } from '../months/fate.ts';
import { askOf, replicasOf } from '../servers/litellm.ts';
import type { Hand, Outage, Plan, Rotating, Stretch } from './plan.ts';
import { SleepLoop } from './sleep-loop.ts';

/** What happened, for a referee that knows nothing of why. */
export interface Season {
  readonly rotations: readonly { readonly at: Date; readonly key: string; readonly by: 'rotator' | 'Greenroom' }[];
  /** When a replica turned away the key that somebody holds, and what it said. */
  readonly refusals: readonly { readonly at: Date; readonly key: string; readonly said: string }[];
  readonly told: readonly { readonly at: Date; readonly news: News }[];
  readonly looks: readonly Looked[];
  /** Of each kind of thing, how often it happened. */
  readonly met: ReadonlyMap<string, number>;
}

export interface Looked {
  readonly at: Date;
  readonly automation: string;
  /** What was out of order while it looked; a look that something struck is none at all. */
  readonly without: readonly Outage[];
}

/** What a look may die of, or be refused. */
const ACTS = [
  ...['rotator', 'secret', 'set'].map((verb) => `cluster ${verb}`),
  ...['keys', 'probe', 'install', 'extend', 'remove'].map((verb) => `gateway ${verb}`),
  ...['read', 'propose', 'finish'].map((verb) => `vault ${verb}`),
  ...['leases', 'kept', 'last', 'append', 'keep', 'setLease', 'record', 'untold', 'setUntold'].map(
    (v) => `journal ${v}`,
  ),
  'calendar workshops',
  'wakeups set',
  'crew say',
];
/** The same where rotations are asked for: more that may be died of. */
const ASKING = [...ACTS, 'gateway own', 'vault rotate', 'vault standing'];

export const isIn = (stretches: readonly Stretch[], at: Date): boolean =>
  stretches.some(({ from, until }) => from <= at && at < until);

const secretOf = (key: string): string => `ai.coder.com/${key}`;
const FIELDS = {
  CronJob: (still: boolean) => ({ suspend: still }),
  Deployment: (still: boolean) => ({ replicas: still ? 0 : 1 }),
};

/** The key that people work with, and when its copy follows the secret. */
interface Held {
  readonly name: string;
  readonly copyMs: number;
  key: Secret;
  copyAt: Date | undefined;
}

export class Stage implements Season {
  readonly rotations: { at: Date; key: string; by: 'rotator' | 'Greenroom' }[] = [];
  readonly refusals: { at: Date; key: string; said: string }[] = [];
  readonly told: { at: Date; news: News }[] = [];
  readonly looks: Looked[] = [];
  readonly met = new Map<string, number>();
  readonly #plan: Plan;
  readonly #clock: { now: Date };
  readonly #gateway: RehearsedGateway;
  readonly #vault = memoryVault();
  readonly #ohio: RehearsedCluster;
  readonly #wakeups = rehearsedWakeups();
  readonly #held: Held[];
  readonly #dice;
  readonly #world: Surroundings;
  /** What posture has in AWS: not the key that administers the gateway, and nothing that writes a secret. */
  readonly #apart: Surroundings | undefined;
  #made = 0;

  constructor(plan: Plan, asks = false) {
    this.#plan = plan;
    this.#clock = { now: plan.begins };
    this.#dice = diceOf(plan.seed ^ 0x5eed);
    this.#gateway = rehearseGateway(() => this.#clock.now, plan.manners);
    this.#ohio = new RehearsedCluster({ name: 'ohio', begins: plan.begins });
    this.#held = plan.keys.map(({ name, copyMs, firstLifeMs }) => {
      const key = new Secret(`sk-first-${name}-0123456789`);
      this.#generate(key, name, firstLifeMs);
      this.#vault.put(secretOf(name), { id: 'first', text: key });
      return { name, copyMs, key, copyAt: undefined };
    });
    for (const held of this.#held) this.#copy(held);
    for (const rotator of plan.rotators) this.#install(rotator);
    this.#world = this.#worldOf();
    this.#apart = asks ? this.#apartFrom(this.#world) : undefined;
  }

  #count = (kind: string): void => void this.met.set(kind, (this.met.get(kind) ?? 0) + 1);

  #install(rotator: Rotating): void {
    const { name, form, cron: schedule, zone: timeZone, stubborn, pausedByHand, everyMs } = rotator;
    const kind = form === 'cron' ? 'CronJob' : 'Deployment';
    const group = form === 'cron' ? 'batch' : 'apps';
    const annotations = { 'argocd.argoproj.io/tracking-id': `keys:${group}/${kind}:litellm/${name}` };
    const meta = { namespace: 'litellm', name, ...(stubborn && { annotations }) };
    if (stubborn) this.#ohio.put('Application', application({ name: 'keys', automated: true, selfHeal: true }));
    if (form === 'cron') this.#ohio.put(kind, cronJob({ ...meta, schedule, timeZone, suspend: pausedByHand }));
    else {
      const firstAt = plus(this.#plan.begins, this.#dice.whole(0, everyMs));
      this.#ohio.attach(new SleepLoop(this.#ohio, name, everyMs, firstAt, (at) => this.#rotate(at, rotator)));
      this.#ohio.put(kind, workload({ ...meta, replicas: pausedByHand ? 0 : 1 }));
    }
    this.#ohio.cronJobs.onFire = (_namespace, fired, at) => {
      const firing = this.#plan.rotators.find((each) => each.name === fired);
      if (firing) this.#rotate(at, firing);
    };
  }

  /** Whether the gateway has made it: nobody publishes what it has not. */
  #generate(key: Secret, alias: string, lifeMs: number): boolean {
    const body = { key: key.reveal(), key_alias: alias, duration: `${Math.ceil(lifeMs / 1_000)}s` };
    return this.#administer('/key/generate', body) === 200;
  }

  #administer(path: string, body: unknown): number {
    const request = { method: 'POST', path, key: this.#gateway.masterKey, body: JSON.stringify(body) };
    return this.#gateway.answer(0, request).status;
  }

  /** What a rotator of somebody else's does when it fires. */
  #rotate(at: Date, rotator: Rotating): void {
    const later = this.#clock.now;
    this.#setTo(at);
    for (const name of rotator.keys) {
      const alias = rotator.historic ? name : `${name}-g${Math.floor(at.getTime() / 10_000)}`;
      if (rotator.historic) this.#administer('/key/delete', { key_aliases: [alias] });
      if (!this.#publish(name, alias, rotator.lifeMs)) continue;
      this.rotations.push({ at, key: name, by: 'rotator' });
      this.#count(rotator.form === 'cron' ? 'rotation by a CronJob' : 'rotation by a loop that sleeps');
    }
    this.#setTo(later);
  }

  #publish(name: string, alias: string, lifeMs: number): boolean {
    const held = this.#held.find((each) => each.name === name);
    const fresh = new Secret(`sk-rotated-${(this.#made += 1)}-0123456789`);
    if (!held || !this.#generate(fresh, alias, lifeMs)) return false;
    this.#vault.put(secretOf(name), { id: `made-${this.#made}`, text: fresh });
    held.copyAt = plus(this.#clock.now, held.copyMs);
    return true;
  }

  #copy(held: Held): void {
    held.copyAt = undefined;
    const data = { key: Buffer.from(held.key.reveal()).toString('base64') };
    this.#ohio.put('Secret', { metadata: { namespace: 'coder-ws', name: `${held.name}-key` }, data });
  }

  #isOut = (outage: Outage): boolean => isIn(this.#plan.outages[outage], this.#clock.now);
  #outages = (): Outage[] => (Object.keys(this.#plan.outages) as Outage[]).filter((outage) => this.#isOut(outage));

  #worldOf(): Surroundings {
    const estate = estateOf(this.#plan);
    const ask = askOf(this.#gateway);
    return {
      estate,
      registries: { source: nothing, copy: nothing },
      clusters: clustersOf(estate, () => this.#ohio.port),
      journal: memoryJournal(),
      mirroring: { mirror: nothing },
      wakeups: this.#wakeups,
      crew: [
        {
          name: 'crew',
          say: async (news) => {
            if (this.#isOut('crew')) throw away('crew');
            this.told.push(...news.map((each) => ({ at: this.#clock.now, news: each })));
          },
        },
      ],
      calendar: { workshops: async () => this.#reading() },
      gateway: liteLlm({
        url: 'http://gateway',
        masterKey: async () => new Secret(this.#gateway.masterKey),
        replicas: async () => replicasOf(this.#gateway),
        ask,
      }),
      vault: this.#guarded(),
    };
  }

  #apartFrom(world: Surroundings): Surroundings {
    for (const { name } of this.#held) {
      const SecretId = secretOf(name);
      this.#vault.rotateWith(SecretId, async (ClientRequestToken) => {
        for (const Step of STEPS)
          await rotateSecret({ Step, SecretId, ClientRequestToken }, world, { now: () => this.#clock.now });
      });
    }
    const answers = { ask: askOf(this.#gateway), replicas: async () => replicasOf(this.#gateway) };
    const vault: Vault = { ...this.#guarded(), propose: nothing, finish: nothing, withdraw: nothing };
    return { ...world, vault, gateway: liteLlm({ url: 'http://gateway', ...answers }) };
  }

  #guarded(): Vault {
    const finish = async (secret: string, id: string): Promise<void> => {
      const held = this.#held.find(({ name }) => secretOf(name) === secret);
      if (!held) throw new Error(`nobody has ${secret}`);
      const [before, after] = [await this.#vault.read(secret, 'current'), await this.#vault.read(secret, 'pending')];
      // What is published again as it is has nobody move.
      if (before?.text.reveal() === after?.text.reveal()) return this.#vault.finish(secret, id);
      this.rotations.push({ at: this.#clock.now, key: held.name, by: 'Greenroom' });
      this.#count('rotation by Greenroom');
      held.copyAt = plus(this.#clock.now, held.copyMs);
      await this.#vault.finish(secret, id);
    };
    const reach = async <T>(work: () => Promise<T>): Promise<T> => {
      if (this.#isOut('vault')) throw away('vault');
      return work();
    };
    const { read, propose, withdraw, rotate } = this.#vault;
    return {
      ...this.#vault,
      read: (...given) => reach(() => read(...given)),
      propose: (...given) => reach(() => propose(...given)),
      withdraw: (...given) => reach(() => withdraw(...given)),
      finish: (secret, id) => reach(() => finish(secret, id)),
      rotate: (...given) => reach(() => rotate(...given)),
    };
  }

  #reading() {
    if (this.#isOut('feed')) throw away('feed');
    const { now } = this.#clock;
    const isHidden = ({ vanishes }: Plan['calendar'][number]): boolean =>
      vanishes !== undefined && isIn([vanishes], now);
    const known = this.#plan.calendar.filter((each) => each.since <= now && !isHidden(each));
    const there = known.filter(({ until }) => until === undefined || now < until).map(({ workshop }) => workshop);
    const uids = new Set(known.map(({ workshop }) => workshop.id));
    return { workshops: there.toSorted((a, b) => Number(a.starts) - Number(b.starts)), troubles: [], uids, asOf: now };
  }

  #setTo(at: Date): void {
    this.#clock.now = at;
    this.#gateway.premises.database = this.#isOut('gateway') ? 'down' : 'up';
    this.#ohio.away = this.#isOut('cluster');
  }

  /** When something happens next that nobody is told of: a copy that follows, or the end of a key that somebody holds. */
  due(): Date {
    const { rows } = this.#gateway.premises as unknown as { rows: ReadonlyMap<string, { expires: string | null }> };
    const ends = this.#held.map(({ key }) => Date.parse(rows.get(hashed(key.reveal()))?.expires ?? '') + 1);
    const copies = this.#held.map(({ copyAt }) => copyAt?.getTime() ?? Infinity);
    return new Date(Math.min(8e15, ...[...ends, ...copies].filter((at) => at > this.#clock.now.getTime())));
  }

  /** Moves everything on to an instant, and asks every replica, as people do. */
  async passTo(at: Date): Promise<void> {
    this.#setTo(at);
    this.#ohio.advance(at);
    for (const held of this.#held) {
      if (!held.copyAt || held.copyAt > at) continue;
      held.key = (await this.#vault.read(secretOf(held.name), 'current'))?.text ?? held.key;
      this.#copy(held);
    }
    if (!this.#isOut('gateway')) for (const held of this.#held) this.#work(held, at);
    if (this.#isOut('Greenroom') || this.#wakeups.due(at).length === 0) return;
    this.#count('wake-up');
    await this.#live((world, signal) => liftLeases(world, { now: at, by: 'schedule', log: () => undefined, signal }));
  }

  #work({ key, name }: Held, at: Date): void {
    for (let replica = 0; replica < this.#gateway.replicas; replica += 1) {
      const asked = { method: 'GET', path: '/v1/models', key: key.reveal() };
      const { status, body } = this.#gateway.answer(replica, asked);
      if (status !== 200) this.refusals.push({ at, key: name, said: JSON.stringify(body) });
    }
  }

  async look(automation: Automation): Promise<void> {
    const { now: at } = this.#clock;
    const without = this.#outages();
    if (without.includes('Greenroom')) return this.#count('dropped look');
    const asks = automation.name === 'posture' ? this.#apart : undefined;
    const wasStruck = await this.#live(
      (world, signal) =>
        reconcile(automation, asks ? { ...world, renewal: askedRotation(world, 20) } : world, {
          now: at,
          log: () => undefined,
          signal,
        }),
      asks,
    );
    // A function that was called goes on, whoever called it.
    await this.#vault.settled();
    if (!wasStruck) this.looks.push({ at, automation: automation.name, without });
    for (const outage of without) this.#count(`look without ${outage}`);
  }

  /** Lives as itself, or as one that has a fate. Whether it struck. */
  async #live(
    work: (world: Surroundings, signal: AbortSignal) => Promise<unknown>,
    world: Surroundings = this.#world,
  ): Promise<boolean> {
    const isFated = this.#dice.chance(this.#plan.fated);
    const fate = {
      act: this.#dice.pick(this.#apart ? ASKING : ACTS),
      nth: this.#dice.whole(1, 3),
      what: this.#dice.pick(ENDS),
    };
    const life = isFated ? fated(world, fate) : undefined;
    try {
      await work(life?.world ?? world, life?.signal ?? new AbortController().signal);
    } catch (error) {
      if (!life?.struck() && !this.#isOut('crew') && !(error instanceof OutsideError)) throw error;
    }
    if (!life?.struck()) return false;
    this.#count(`${fate.what} ${fate.act}`);
    this.#count(`struck at ${fate.act}`);
    return true;
  }

  /** A person's doing. */
  act({ does, key, cron, zone, lifeMs }: Hand): void {
    const rotator = this.#plan.rotators.find(({ keys }) => keys.includes(key));
    if (does === 'publish' && !this.#publish(key, `by-hand-${this.#made}`, lifeMs)) return;
    if (does === 'shorten') this.#shorten(key, lifeMs);
    if (does === 'resume' || does === 'suspend' || does === 'reschedule') {
      if (!rotator || (does === 'reschedule' && rotator.form === 'loop')) return;
      const kind = rotator.form === 'cron' ? 'CronJob' : 'Deployment';
      const spec = does === 'reschedule' ? { schedule: cron, timeZone: zone } : FIELDS[kind](does === 'suspend');
      this.#ohio.change(kind, 'litellm', rotator.name, { spec });
    }
    this.#count(`hand: ${does}`);
  }

  #shorten(name: string, lifeMs: number): void {
    const key = this.#held.find((each) => each.name === name)?.key.reveal();
    this.#administer('/key/update', { key, duration: `${lifeMs / 1_000}s` });
  }
}

const away = (service: string): OutsideError =>
  new OutsideError({ service, operation: 'answer', trouble: 'timeout', detail: 'no answer' });

const nothing = (): never => {
  throw new Error('nobody asks for this in a season');
};

function estateOf({ manners, rotators, keys }: Plan): Estate {
  const gateway: LiteLlmGateway = {
    kind: 'litellm',
    url: 'http://gateway',
    masterKey: 'master',
    renews: manners.memory === 'sliding' ? 'rotate' : 'extend',
    ...(manners.longestMs !== undefined && { longestMinutes: manners.longestMs / minutes(1) }),
    keys: keys.map(({ name }) => ({
      name,
      secret: secretOf(name),
      consumers: [{ cluster: 'ohio', namespace: 'coder-ws', secret: `${name}-key`, entry: 'key' }],
    })),
  };
  const places = rotators.map(({ name, keys: rotates }) => {
    return { name, cluster: 'ohio', namespace: 'litellm', workload: name, keys: rotates };
  });
  return {
    name: 'season',
    home: 'us-east-2',
    regions: [],
    images: [],
    people: { emails: [] },
    gateway,
    clusters: [{ name: 'ohio', region: 'us-east-2', role: 'control-plane' }],
    ...(places.length > 0 && { rotators: places }),
  };
}

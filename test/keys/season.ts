import { liteLlm } from '../../src/clients/litellm.ts';
import { credentials, posture } from '../../src/automations.ts';
import { clustersOf } from '../../src/cluster.ts';
import { nextFiring, parseCron } from '../../src/core/cron.ts';
import type { Estate, LiteLlmGateway } from '../../src/core/estate.ts';
import { sure } from '../../src/core/parsed.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { outlook } from '../../src/core/posture.ts';
import type { News } from '../../src/core/report.ts';
import { Secret } from '../../src/core/secret.ts';
import { days, hours, minutes, plus } from '../../src/core/time.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import { reconcile, type Automation, type Surroundings } from '../../src/reconcile.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { application, cronJob } from '../../src/rehearsal/kubernetes/objects.ts';
import { rehearseGateway, type GatewayManners, type RehearsedGateway } from '../../src/rehearsal/litellm.ts';
import { memoryVault } from '../../src/rehearsal/vault.ts';
import { rehearsedWakeups } from '../../src/rehearsal/wakeups.ts';
import { askOf, replicasOf } from '../servers/litellm.ts';

/** A workshop, and since when the calendar has it; until when, where it is called off. */
export interface Announced {
  readonly workshop: Workshop;
  readonly since: Date;
  readonly until?: Date;
}

export interface Rotating {
  readonly cron: string;
  readonly zone: string;
  /** How long the keys last that it makes. */
  readonly lifeMs: number;
  /** As ai.coder.com's did: first the old key goes, then there is a new one. */
  readonly historic: boolean;
  /** Why it does not stand still when it is told to. */
  readonly stubborn: boolean;
  /** Somebody has paused it, for good. */
  readonly pausedByHand: boolean;
}

/** Everything that one season is made of. */
export interface Plan {
  readonly begins: Date;
  readonly ends: Date;
  readonly calendar: readonly Announced[];
  readonly rotator?: Rotating;
  /** How long the first key lasts. */
  readonly firstLifeMs: number;
  readonly manners: GatewayManners;
  /** How long after the secret its copy in the cluster follows. */
  readonly copyMs: number;
  /** Stretches in which Greenroom does not run, or in which the gateway's database is away. */
  readonly asleep: readonly Stretch[];
  readonly away: readonly Stretch[];
}

export interface Stretch {
  readonly from: Date;
  readonly until: Date;
}

/** What happened, for a referee that knows nothing of why. */
export interface Season {
  readonly rotations: readonly Date[];
  /** When a replica turned away the key that somebody holds, and what it said. */
  readonly refusals: readonly { readonly at: Date; readonly said: string }[];
  readonly told: readonly { readonly at: Date; readonly news: News }[];
  readonly looks: number;
}

const SECRET = 'ai.coder.com/litellm';
const TICK_MS = minutes(5);
const isIn = (stretches: readonly Stretch[], at: Date): boolean =>
  stretches.some(({ from, until }) => from <= at && at < until);

class Stage {
  readonly clock: { now: Date };
  readonly gateway: RehearsedGateway;
  readonly vault = memoryVault();
  readonly ohio: RehearsedCluster;
  readonly rotations: Date[] = [];
  readonly refusals: { at: Date; said: string }[] = [];
  readonly told: { at: Date; news: News }[] = [];
  /** The key that people work with, and when it was copied last. */
  held = new Secret('sk-first-0123456789abcdef');
  #copyAt: Date | undefined;
  #made = 0;
  looks = 0;
  readonly plan: Plan;
  readonly world: Surroundings;

  constructor(plan: Plan) {
    this.plan = plan;
    this.clock = { now: plan.begins };
    this.gateway = rehearseGateway(() => this.clock.now, plan.manners);
    this.ohio = new RehearsedCluster({ name: 'ohio', begins: plan.begins });
    this.#furnish();
    this.world = this.#worldOf();
  }

  #furnish(): void {
    const { rotator, firstLifeMs } = this.plan;
    this.#generate(this.held, 'ai-coder', firstLifeMs);
    this.vault.put(SECRET, { id: 'first', text: this.held });
    this.#copy();
    if (!rotator) return;
    const { cron: schedule, zone: timeZone, stubborn, pausedByHand: suspend } = rotator;
    const annotations = { 'argocd.argoproj.io/tracking-id': 'keys:batch/CronJob:litellm/rotate' };
    const meta = { namespace: 'litellm', name: 'rotate', ...(stubborn && { annotations }) };
    if (stubborn) this.ohio.put('Application', application({ name: 'keys', automated: true, selfHeal: true }));
    this.ohio.put('CronJob', cronJob({ ...meta, schedule, timeZone, suspend }));
    this.ohio.cronJobs.onFire = (_namespace, _name, at) => this.#rotate(at, rotator);
  }

  #generate(key: Secret, alias: string, lifeMs: number): void {
    const body = JSON.stringify({ key: key.reveal(), key_alias: alias, duration: `${Math.ceil(lifeMs / 1_000)}s` });
    this.gateway.answer(0, { method: 'POST', path: '/key/generate', key: this.gateway.masterKey, body });
  }

  /** What a rotator of somebody else's does when it fires. */
  #rotate(at: Date, { lifeMs, historic }: Rotating): void {
    const later = this.clock.now;
    this.clock.now = at;
    this.rotations.push(at);
    this.#made += 1;
    const alias = historic ? 'ai-coder' : `ai-coder-g${1_000 + this.#made}`;
    const fresh = new Secret(`sk-rotated-${this.#made}-0123456789`);
    if (historic) {
      const body = JSON.stringify({ key_aliases: [alias] });
      this.gateway.answer(0, { method: 'POST', path: '/key/delete', key: this.gateway.masterKey, body });
    }
    this.#generate(fresh, alias, lifeMs);
    this.vault.put(SECRET, { id: `rotated-${this.#made}`, text: fresh });
    this.#copyAt = plus(at, this.plan.copyMs);
    this.clock.now = later;
  }

  #copy(): void {
    const data = { key: Buffer.from(this.held.reveal()).toString('base64') };
    this.ohio.put('Secret', { metadata: { namespace: 'coder-ws', name: 'litellm-key' }, data });
  }

  #worldOf(): Surroundings {
    const { plan } = this;
    const estate: Estate = estateOf(plan);
    const ask = askOf(this.gateway);
    return {
      estate,
      registries: { source: nothing, copy: nothing },
      clusters: clustersOf(estate, () => this.ohio.port),
      journal: memoryJournal(),
      mirroring: { mirror: nothing },
      wakeups: rehearsedWakeups(),
      crew: [
        {
          name: 'crew',
          say: async (news) => void this.told.push(...news.map((each) => ({ at: this.clock.now, news: each }))),
        },
      ],
      calendar: { workshops: async () => this.#reading() },
      gateway: liteLlm({
        url: 'http://gateway',
        masterKey: async () => new Secret(this.gateway.masterKey),
        replicas: async () => replicasOf(this.gateway),
        ask,
      }),
      vault: {
        ...this.vault,
        finish: async (secret, id) => {
          this.rotations.push(this.clock.now);
          this.#copyAt = plus(this.clock.now, plan.copyMs);
          await this.vault.finish(secret, id);
        },
      },
    };
  }

  #reading() {
    const { now } = this.clock;
    const known = this.plan.calendar.filter(({ since }) => since <= now);
    const there = known.filter(({ until }) => until === undefined || now < until).map(({ workshop }) => workshop);
    const uids = new Set(known.map(({ workshop }) => workshop.id));
    return { workshops: there, troubles: [], uids, asOf: now };
  }

  /** Moves everything on to an instant, and asks every replica, as people do. */
  async passTo(at: Date): Promise<void> {
    this.clock.now = at;
    this.gateway.premises.database = isIn(this.plan.away, at) ? 'down' : 'up';
    this.ohio.advance(at);
    if (this.#copyAt && this.#copyAt <= at) {
      this.held = (await this.vault.read(SECRET, 'current'))?.text ?? this.held;
      this.#copy();
      this.#copyAt = undefined;
    }
    if (isIn(this.plan.away, at)) return;
    for (let replica = 0; replica < this.gateway.replicas; replica += 1) {
      const { status, body } = this.gateway.answer(replica, {
        method: 'GET',
        path: '/v1/models',
        key: this.held.reveal(),
      });
      if (status !== 200) this.refusals.push({ at, said: JSON.stringify(body) });
    }
  }

  async look(automation: Automation): Promise<void> {
    if (isIn(this.plan.asleep, this.clock.now)) return;
    this.looks += 1;
    await reconcile(automation, this.world, { now: this.clock.now, log: () => undefined });
  }

  /** When the copy in the cluster follows. */
  get copyDue(): Date | undefined {
    return this.#copyAt;
  }
}

const nothing = (): never => {
  throw new Error('nobody asks for this in a season');
};

function estateOf({ manners, rotator }: Plan): Estate {
  const gateway: LiteLlmGateway = {
    kind: 'litellm',
    url: 'http://gateway',
    masterKey: 'master',
    renews: manners.memory === 'sliding' ? 'rotate' : 'extend',
    ...(manners.longestMs !== undefined && { longestMinutes: manners.longestMs / minutes(1) }),
    keys: [
      {
        name: 'ai-coder',
        secret: SECRET,
        consumers: [{ cluster: 'ohio', namespace: 'coder-ws', secret: 'litellm-key', entry: 'key' }],
      },
    ],
  };
  return {
    name: 'season',
    home: 'us-east-2',
    regions: [],
    images: [],
    people: { emails: [] },
    gateway,
    clusters: [{ name: 'ohio', region: 'us-east-2', role: 'control-plane' }],
    ...(rotator && { rotators: [{ name: 'rotator', cluster: 'ohio', namespace: 'litellm', workload: 'rotate' }] }),
  };
}

const loop: Automation = { ...posture, checks: posture.checks.filter(({ name }) => /keys|rotators/.test(name)) };

/** Plays a season. The loop looks whenever something may have changed: in between it would find nothing. */
export async function play(plan: Plan): Promise<Season> {
  const stage = new Stage(plan);
  await stage.look(credentials);
  for (const { at, looks } of stopsOf(plan)) {
    while (stage.copyDue && stage.copyDue < at) await stage.passTo(stage.copyDue);
    await stage.passTo(at);
    for (const automation of looks) await stage.look(automation);
  }
  return stage;
}

interface Stop {
  readonly at: Date;
  /** What looks then. None, where only people are asked for their opinion. */
  readonly looks: ReadonlySet<Automation>;
}

/** A new key, the old one in its copies, the pause: as many ticks, and one more. */
const SETTLING = 4;

/** The ticks of the schedule after everything that may change: some, since what one look does the next one sees. */
function stopsOf(plan: Plan): Stop[] {
  const { begins, ends, calendar, asleep, away, rotator } = plan;
  const pauses = calendarsIn(calendar).flatMap((workshops) => outlook(workshops, DEFAULT_POLICY).pauses);
  const stops = new Map<number, Set<Automation>>();
  const add = (at: Date, ticks: number, ...looks: readonly Automation[]): void => {
    for (let n = 0; n <= ticks; n += 1) {
      const stop = Math.ceil(at.getTime() / TICK_MS) * TICK_MS + n * TICK_MS;
      if (stop <= begins.getTime() || stop > ends.getTime()) continue;
      stops.set(stop, new Set([...(stops.get(stop) ?? []), ...looks]));
    }
  };
  for (const { dueFrom, from, until } of pauses) {
    add(dueFrom, SETTLING, loop);
    for (const instant of [from, until, ...firingsIn(rotator, dueFrom, plus(from, 1))]) add(instant, 1, loop);
    for (let at = from; at < until; at = plus(at, hours(1))) add(at, 0);
  }
  for (const { until } of [...asleep, ...away]) add(until, SETTLING, loop);
  for (const { since, until } of calendar) {
    add(since, 0, credentials);
    add(since, SETTLING, loop);
    if (until) add(until, 1, loop);
  }
  for (let at = begins; at < ends; at = plus(at, days(1))) add(at, 0, credentials);
  return [...stops].toSorted(([a], [b]) => a - b).map(([at, looks]) => ({ at: new Date(at), looks }));
}

/** What the calendar says after each of its changes. */
function calendarsIn(calendar: readonly Announced[]): Workshop[][] {
  const changes = calendar.flatMap(({ since, until }) => (until ? [since, until] : [since]));
  return [...new Set(changes.map((at) => at.getTime()))].map((at) =>
    calendar
      .filter(({ since, until }) => since.getTime() <= at && (until?.getTime() ?? Infinity) > at)
      .map(({ workshop }) => workshop),
  );
}

function firingsIn(rotator: Rotating | undefined, from: Date, until: Date): Date[] {
  if (!rotator) return [];
  const cron = sure(parseCron(rotator.cron));
  const found: Date[] = [];
  for (let at = nextFiring(cron, rotator.zone, from); at && at < until && found.length < 4;) {
    found.push(at);
    at = nextFiring(cron, rotator.zone, at);
  }
  return found;
}

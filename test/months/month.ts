import { automations } from '../../src/automations.ts';
import { confirmationKey, writeConfirmation } from '../../src/core/confirmation.ts';
import { FROZEN } from '../../src/core/lever.ts';
import { aDigest } from '../builders.ts';
import type { Fate } from './fate.ts';
import { liftLeases } from '../../src/lift.ts';
import { classroom, type Classroom } from '../../src/rehearsal/classroom.ts';
import { reconcile } from '../../src/reconcile.ts';
import { diceOf, type Dice } from './dice.ts';
import { ENDS, fated, RARE_ACTS, USUAL_ACTS } from './fate.ts';
import {
  HOUR,
  MINUTE,
  promotedInWindow,
  raisedAt,
  rotatedInWindow,
  wrongAt,
  type Announced,
  type Standing,
} from './referee.ts';
import { wakeupOf } from '../../src/steps/move-knob.ts';
import { scriptOf, type Event, type Outage, type Plan } from './script.ts';

const BEGINS = Date.parse('2026-12-01T00:00:00.000Z');

export type Weather = Record<string, number>;

/** A month that broke a promise: which one, by which seed, and everything that happened until then. */
export class Broken extends Error {}

/** Lives through the month that a seed decides. Throws `Broken` where a promise is broken. */
export async function month(seed: number, weather: Weather): Promise<void> {
  const life = new Month(seed, weather);
  try {
    await life.pass();
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Broken(`month ${seed}: ${what}\n${life.diary.join('\n')}\nAgain: GREENROOM_MONTH=${seed} npm run months`);
  }
}

class Month {
  readonly diary: string[] = [];
  readonly #dice: Dice;
  readonly #weather: Weather;
  readonly #room: Classroom;
  readonly #plans = new Map<string, Plan>();
  readonly #events: readonly Event[];
  readonly #announced = new Map<string, Announced>();
  /** What the calendar no longer has and Greenroom must get ready for all the same. */
  readonly #vanished = new Map<string, number>();
  readonly #out = new Set<Outage>();
  readonly #loose = new Set<keyof Standing>();
  readonly #rings = new Map<string, number>();
  /** What a look that could read the calendar was told last; nothing where it may have died over it. */
  #read: readonly Announced[] | undefined = [];
  #usual = { provisioners: 2, gateway: 2, paused: false, frozen: false, held: false };
  #lastFair = 0;
  #touched = 0;
  #idleSince: number | undefined;
  #offered = 0;
  #lost = 0;

  constructor(seed: number, weather: Weather) {
    this.#dice = diceOf(seed);
    this.#weather = weather;
    this.#room = classroom(new Date(BEGINS));
    const { plans, events } = scriptOf(this.#dice, BEGINS + HOUR);
    for (const plan of plans) this.#plans.set(plan.title, plan);
    this.#events = events;
    this.#room.ohio.cronJobs.onFire = (_namespace, _name, at) => this.#fired(at.getTime());
    if (plans.some((a) => plans.some((b) => a !== b && a.starts < b.ends && b.starts < a.ends))) this.#count('overlap');
    if (plans.some((a) => plans.some((b) => a !== b && Math.abs(a.starts - b.starts) < 3 * MINUTE)))
      this.#count('arrive together');
    this.#watchWakeups();
  }

  async pass(): Promise<void> {
    for (const event of this.#events) {
      await this.#ring(event.at);
      this.#goOn(event.at);
      await this.#happen(event);
      this.#buildsLive();
    }
    const left = await this.#room.journal.leases();
    if (left.length > 0) throw new Error(`leases are left: ${left.map(({ target }) => target).join(', ')}`);
  }

  #now = (): number => this.#room.now().getTime();
  #goOn = (at: number): void => (at > this.#now() ? this.#room.pass(at - this.#now()) : undefined);
  #count = (what: string): void => void (this.#weather[what] = (this.#weather[what] ?? 0) + 1);
  #note = (what: string): void => void this.diary.push(`${this.#room.now().toISOString().slice(5, 19)} ${what}`);

  /** Wake-ups ring whether or not the loop lives. One that dies is tried again a minute later, as AWS does. */
  async #ring(until: number): Promise<void> {
    const { wakeups } = this.#room;
    for (let next = wakeups.next()?.getTime(); next !== undefined && next <= until; next = wakeups.next()?.getTime()) {
      this.#goOn(next);
      const names = wakeups.due(this.#room.now());
      const { end, struck } = await this.#live(this.#dice.chance(0.2), (world, signal) =>
        liftLeases(world, this.#wake(signal)),
      );
      this.#note(`wake-up ${names.join(', ')}: ${end}`);
      this.#count('wake-up');
      this.#idleSince = undefined;
      if (!struck || end === 'done') continue;
      for (const name of names) if (!this.#rings.has(name)) await wakeups.set(name, new Date(this.#now() + MINUTE));
    }
  }

  #watchWakeups(): void {
    const { wakeups } = this.#room;
    const { set, cancel, due } = wakeups;
    Object.assign(wakeups, {
      set: (name: never, at: Date) => (this.#rings.set(name, at.getTime()), set(name, at)),
      cancel: (name: never) => (this.#rings.delete(name), cancel(name)),
      due: (now: Date) => due(now).map((name) => (this.#rings.delete(name), name)),
    });
  }

  #wake = (signal: AbortSignal) => ({ now: this.#room.now(), by: 'schedule', signal, log: () => undefined });

  async #happen(event: Event): Promise<void> {
    switch (event.does) {
      case 'look':
        return this.#out.has('loop') ? this.#count('dropped look') : this.#look(this.#dice.chance(0.3));
      case 'unhindered look':
        return this.#look(false);
      case 'promote':
        return this.#promote();
      case 'build':
        return this.#build();
      case 'out':
      case 'back':
        return this.#outage(event.what, event.does === 'out');
      case 'conflict':
        return this.#conflict();
      case 'hand':
        return this.#hand(event.on, event.to);
      case 'redeploy':
        return this.#git(this.#usual.provisioners, 'redeploy');
      case 'git':
        return this.#git(event.to, 'git');
      case 'announce':
      case 'call off':
      case 'move':
      case 'vanish':
      case 'confirm':
      case 'come back':
        return this.#calendar(event);
      default:
        return event satisfies never;
    }
  }

  #outage(what: Outage, isOut: boolean): void {
    this.#note(`${what} ${isOut ? 'out' : 'back'}`);
    if (isOut) this.#out.add(what);
    else this.#out.delete(what);
    if (isOut) this.#count(`${what} out`);
    const room = this.#room;
    if (what === 'feed') room.unreadable = isOut ? '503' : undefined;
    if (what === 'cluster') room.ohio.away = isOut;
    if (what === 'coder') room.control.away = isOut;
    if (what === 'crew') room.crewIsAway = isOut;
  }

  async #calendar(event: Extract<Event, { title: string }>): Promise<void> {
    const { title, does } = event;
    const plan = this.#plans.get(title);
    const there = this.#announced.get(title);
    if (!plan || (does === 'announce') === (there !== undefined)) return undefined;
    const near = there && raisedAt([there], this.#now()).length > 0;
    if (does === 'vanish' && !(near && this.#read?.includes(there) && this.#lastFair > 0)) return undefined;
    if ((does === 'confirm' || does === 'come back') !== this.#vanished.has(title)) return undefined;
    // The command takes a word only about what a look has seen to be missing.
    if (does === 'confirm' && this.#lastFair <= (this.#vanished.get(title) ?? Infinity)) return undefined;
    const moved = does === 'move' ? { ...plan, starts: plan.starts + event.byMs, ends: plan.ends + event.byMs } : plan;
    if (moved.starts < this.#now() && does === 'move') return undefined;
    this.#note(
      `${does} ${title} ${new Date(moved.starts).toISOString()} to ${new Date(moved.ends).toISOString()}, ${plan.people} people`,
    );
    const inWindow = there && there.starts <= this.#now() ? ' in its window' : '';
    this.#count(`${does}${does === 'call off' ? inWindow : ''}`);
    if (does === 'announce' || does === 'move') this.#announced.set(title, { ...moved, since: this.#now() });
    if (does === 'call off' || does === 'confirm') this.#announced.delete(title);
    if (does === 'vanish') this.#vanished.set(title, this.#now());
    if (does === 'confirm' || does === 'come back') this.#vanished.delete(title);
    if (does === 'call off') this.#room.calledOff.add(title);
    if (does === 'confirm') await this.#confirm(title);
    // A person's word is heard also while the feed cannot be read.
    if (does === 'confirm') this.#read = this.#read?.filter((each) => each.title !== title);
    const { workshops } = this.#room;
    workshops.length = 0;
    for (const each of this.#announced.values()) if (!this.#vanished.has(each.title)) workshops.push(workshopOf(each));
    return undefined;
  }

  #confirm = (title: string): Promise<void> =>
    this.#room.journal.keep(
      confirmationKey(title),
      writeConfirmation({ by: 'ana', why: 'she knows' }),
      new Date(BEGINS + 60 * 24 * HOUR),
    );

  async #look(isFated: boolean): Promise<void> {
    const twins = !isFated && this.#dice.chance(0.04);
    const before = this.#room.said.length;
    const { end, struck } = await this.#live(isFated, (world, signal) =>
      Promise.all(
        (twins ? ['one', 'another'] : ['one']).map(() => reconcile(automations.posture, world, this.#wake(signal))),
      ),
    );
    if (twins) this.#count('two looks at once');
    const done = this.#room.said.slice(before).filter(({ kind }) => kind === 'done' || kind === 'failed');
    this.#note(`look: ${end}${done.map(({ line }) => `\n      ${line}`).join('')}`);
    if (!struck && !twins && !this.#out.has('cluster')) return this.#judge();
    this.#idleSince = undefined;
    if (this.#read && JSON.stringify(this.#read) !== JSON.stringify(this.#known())) this.#read = undefined;
    return undefined;
  }

  /** Lives as itself, or as one that has a fate. Whoever cannot tell the crew says so at the very end, when all is done. */
  async #live(
    isFated: boolean,
    work: (world: Classroom, signal: AbortSignal) => Promise<unknown>,
  ): Promise<{ readonly end: string; readonly struck: boolean }> {
    const fate: Fate = {
      act: this.#dice.pick(this.#dice.chance(0.7) ? RARE_ACTS : USUAL_ACTS),
      nth: isFated ? this.#dice.whole(1, 2) : Infinity,
      what: this.#dice.pick(ENDS),
    };
    const { world, signal, struck } = isFated
      ? fated(this.#room, fate)
      : { world: this.#room, signal: new AbortController().signal, struck: () => false };
    try {
      await work(world, signal);
    } catch (error) {
      if (!struck() && !(this.#out.has('crew') && String(error).includes('crew'))) throw error;
    }
    if (!struck()) return { end: 'done', struck: false };
    this.#count(`${fate.what} ${fate.act}`);
    return { end: `${fate.what} ${fate.act} (${fate.nth})`, struck: true };
  }

  #known = (): readonly Announced[] => [...this.#announced.values()];

  async #judge(): Promise<void> {
    const at = this.#now();
    if (!this.#out.has('feed')) {
      this.#read = this.#known();
      this.#lastFair = at;
    }
    if (!this.#read) return;
    const stands = await this.#stands();
    const leases = await this.#room.journal.leases();
    const wrong = wrongAt(at, stands, this.#usual, this.#read, this.#loose);
    if (raisedAt(this.#read, at).length === 0) wrong.push(...this.#afterwards(at, stands, leases.length > 0));
    else this.#idleSince = undefined;
    const late = leases.filter((lease) => lease.until.getTime() < at - 5 * MINUTE && lease.kind !== 'floor');
    wrong.push(...late.map(({ target }) => `lease outlived its end: ${target}`));
    const silent = leases.filter((lease) => !this.#rings.has(wakeupOf(lease)));
    wrong.push(...silent.map(({ target }) => `nothing would lift ${target} if we died`));
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  }

  /** Provisioners go when two looks, a minute apart and not more than a quarter of an hour, found nobody building. */
  #afterwards(at: number, stands: Standing, isLeased: boolean): string[] {
    const { control } = this.#room;
    const builds = !this.#out.has('coder') && control.jobsOf('default').length === 0;
    const was = this.#idleSince;
    const forgotten = was === undefined || at - was >= 15 * MINUTE;
    if (!builds || forgotten) this.#idleSince = builds ? at : undefined;
    if (!isLeased) {
      if (this.#loose.size > 0)
        this.#usual = { ...this.#usual, provisioners: stands.provisioners, gateway: stands.gateway };
      this.#loose.clear();
      return stands.provisioners === this.#usual.provisioners
        ? []
        : [`left behind: ${stands.provisioners} provisioners and no lease`];
    }
    if (!builds || forgotten || at - (was ?? at) < MINUTE) return [];
    return ['lease outlived its end: provisioners, though nobody builds'];
  }

  async #stands(): Promise<Standing> {
    const { ohio, journal } = this.#room;
    const read = async (
      kind: 'StatefulSet' | 'HorizontalPodAutoscaler' | 'CronJob' | 'NodePool',
      namespace: string,
      name: string,
    ) => (await ohio.port.read({ kind, namespace, name }))?.value;
    const holds = await journal.holds(this.#room.now());
    return {
      provisioners: Number(await read('StatefulSet', 'coder-ws', 'coder-provisioner')),
      gateway: Number(await read('HorizontalPodAutoscaler', 'litellm', 'litellm')),
      paused: (await read('CronJob', 'litellm', 'litellm-rotate-key')) === true,
      frozen: (await read('NodePool', '', 'default')) === FROZEN,
      held: holds.length > 0,
    };
  }

  #fired(at: number): void {
    this.#count('rotator fired');
    if (rotatedInWindow(this.#known(), at, this.#lastFair, this.#touched))
      throw new Error(`rotation in a window at ${new Date(at).toISOString()}`);
  }

  async #promote(): Promise<void> {
    const { journal } = this.#room;
    const now = this.#room.now();
    this.#offered += 1;
    const claim = await journal.claim('coder-preview:latest', 'mirror', now, new Date(now.getTime() + HOUR));
    if (!claim) throw new Error('nobody else promotes');
    const release = {
      image: 'coder-preview',
      tag: 'latest',
      digest: aDigest('a'),
      at: now,
      state: 'begun',
      kind: 'forward',
    } as const;
    const id = String(this.#offered).padStart(6, '0');
    const outcome = await journal.begin({ ...release, id, by: 'schedule', why: 'news', regions: [] }, claim, now);
    this.#note(`promotion offered: ${outcome}`);
    this.#count(`promotion ${outcome}`);
    if (outcome === 'begun' && promotedInWindow(this.#known(), now.getTime(), this.#lastFair))
      throw new Error('promotion in a window');
  }

  #build(): void {
    const takesMs = this.#dice.between(1, 100) * MINUTE;
    // Several, so that those provisioners are busy too that would go first.
    const together = this.#dice.whole(1, 8);
    this.#note(`${together} builds of ${Math.round(takesMs / MINUTE)} min`);
    this.#count('build');
    for (let n = 0; n < together; n += 1)
      this.#room.control.build({ organization: 'default', takesMs }, this.#room.now());
  }

  #buildsLive(): void {
    const { lost } = this.#room.control;
    if (lost.length > this.#lost) throw new Error(`builds lost: ${lost.join(', ')}`);
  }

  /** Somebody writes to everything just as we do, once: labels only, but the version we read is over. */
  #conflict(): void {
    const { ohio } = this.#room;
    this.#count('conflict');
    const labels = { metadata: { labels: { touched: String(this.#now()) } } };
    ohio.meddle = () => {
      ohio.meddle = () => undefined;
      this.#count('conflict struck');
      const author = { manager: 'kubectl-label', at: ohio.now };
      ohio.write('StatefulSet', 'coder-ws', 'coder-provisioner', labels, author);
      ohio.write('HorizontalPodAutoscaler', 'litellm', 'litellm', labels, author);
      ohio.write('CronJob', 'litellm', 'litellm-rotate-key', labels, author);
      ohio.write('NodePool', '', 'default', labels, author);
    };
  }

  /** A person with kubectl, who would not cut builds short either. */
  #hand(on: 'provisioners' | 'gateway' | 'paused', to: number): void {
    const { ohio } = this.#room;
    this.#note(`somebody sets ${on}${on === 'paused' ? ' to false' : ` to ${to}`}`);
    this.#count(`hand on ${on}`);
    if (on === 'paused') {
      this.#touched = this.#now();
      ohio.change('CronJob', 'litellm', 'litellm-rotate-key', { spec: { suspend: false } });
    } else if (on === 'gateway') {
      this.#loose.add('gateway');
      ohio.change('HorizontalPodAutoscaler', 'litellm', 'litellm', { spec: { minReplicas: Math.min(to, 20) } });
    } else if (this.#room.control.jobsOf('default').length === 0) {
      this.#loose.add('provisioners');
      ohio.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: to } });
    }
  }

  #git(to: number, does: string): void {
    if (this.#room.control.jobsOf('default').length > 0) return;
    this.#note(`${does}: provisioners at ${to}`);
    this.#count(does);
    if (does === 'git') this.#loose.add('provisioners');
    this.#room.ohio.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: to } }, 'helm');
  }
}

const workshopOf = ({ title, starts, ends, people }: Announced) => ({
  id: title,
  title,
  starts: new Date(starts),
  ends: new Date(ends),
  zone: 'Europe/London',
  attendance: { people, from: 'description' as const },
});

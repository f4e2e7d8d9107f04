import { nextFiring, parseCron, type Cron } from '../../core/cron.ts';
import type { Json } from '../../core/json.ts';
import { nameOf, namespaceOf, numberAt, textAt, valueAt } from '../../core/kubernetes.ts';
import { sure } from '../../core/parsed.ts';
import { keyOf, type Controller } from './controller.ts';
import type { Store } from './store.ts';

interface JobState {
  /** Firings are reckoned from here. */
  since: number;
  next: number;
  schedule: string;
  endsAt: number;
  readonly fired: Date[];
}

/** CronJobs that fire. What was missed while one was suspended is made up for once when it is resumed, as Kubernetes does. */
export class CronJobs implements Controller {
  readonly #store: Store;
  readonly #jobs = new Map<string, JobState>();
  readonly #runMs: number;
  /** Told of each firing. */
  onFire: (namespace: string, name: string, at: Date) => void = () => undefined;

  constructor(store: Store, runMs: number) {
    this.#store = store;
    this.#runMs = runMs;
  }

  fired(namespace: string, name: string): readonly Date[] {
    return this.#jobs.get(`${namespace}/${name}`)?.fired ?? [];
  }

  due(): number {
    let next = Infinity;
    for (const object of this.#store.list('CronJob', '')) {
      const job = this.#jobs.get(keyOf(object));
      if (job) next = Math.min(next, job.endsAt, valueAt(object, 'spec', 'suspend') === true ? Infinity : job.next);
    }
    return next;
  }

  act(at: number): boolean {
    const before = this.#store.revision;
    for (const object of this.#store.list('CronJob', '')) this.#tend(object, at);
    return this.#store.revision !== before;
  }

  #tend(object: Json, at: number): void {
    const job = this.#jobOf(object, at);
    if (job.endsAt <= at) {
      job.endsAt = Infinity;
      this.#show(object, [], at);
    }
    if (valueAt(object, 'spec', 'suspend') === true || job.next > at) return;
    const deadline = numberAt(object, 'spec', 'startingDeadlineSeconds');
    const isTooLate = deadline !== undefined && at - this.#latestBefore(object, job, at) > deadline * 1_000;
    job.since = at;
    job.next = reckon(object, at);
    if (isTooLate) return;
    job.fired.push(new Date(at));
    job.endsAt = at + this.#runMs;
    this.#show(object, [{ kind: 'Job', name: `${nameOf(object)}-${Math.floor(at / 60_000)}` }], at);
    this.onFire(namespaceOf(object), nameOf(object), new Date(at));
  }

  #latestBefore(object: Json, { next }: JobState, at: number): number {
    let latest = next;
    for (let following = next; following <= at; following = reckon(object, following)) latest = following;
    return latest;
  }

  #jobOf(object: Json, at: number): JobState {
    const schedule = `${textAt(object, 'spec', 'schedule')} ${textAt(object, 'spec', 'timeZone')}`;
    const known = this.#jobs.get(keyOf(object));
    if (known?.schedule === schedule) return known;
    const job: JobState = {
      since: at,
      next: reckon(object, at),
      schedule,
      endsAt: known?.endsAt ?? Infinity,
      fired: known?.fired ?? [],
    };
    this.#jobs.set(keyOf(object), job);
    return job;
  }

  #show(object: Json, active: readonly Json[], at: number): void {
    const last = active.length > 0 && { lastScheduleTime: new Date(at).toISOString() };
    const author = { manager: 'kube-controller-manager', at: new Date(at) };
    this.#store.patch('CronJob', namespaceOf(object), nameOf(object), { status: { active, ...last } }, author);
  }
}

/** A month fires hundreds of times by one schedule. */
const parsed = new Map<string, Cron>();

function reckon(object: Json, after: number): number {
  const text = textAt(object, 'spec', 'schedule') ?? '';
  const cron = parsed.get(text) ?? sure(parseCron(text));
  parsed.set(text, cron);
  return nextFiring(cron, textAt(object, 'spec', 'timeZone') ?? 'UTC', new Date(after))?.getTime() ?? Infinity;
}

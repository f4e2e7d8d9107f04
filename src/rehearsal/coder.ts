import {
  mayRun,
  type Build as CoderBuild,
  type CoderToken,
  type Daemon,
  type Job,
  type Tags,
  type WorkspaceProxy,
} from '../core/coder.ts';
import type { Place } from '../core/estate.ts';
import { selectorOf, textAt } from '../core/kubernetes.ts';
import { OutsideError } from '../core/outside-error.ts';
import { podOf } from '../core/pod.ts';
import type { Coder } from '../ports.ts';
import type { RehearsedCluster } from './kubernetes/cluster.ts';
import type { Controller } from './kubernetes/controller.ts';

export interface CoderScenery {
  readonly version?: string;
  /** From a pod being ready to its daemon being known. Default 2 s. */
  readonly connectMs?: number;
  /** How long a daemon that is gone still counts as there. Default 90 s, as Coder's. */
  readonly staleMs?: number;
  /** How long a pod that is told to go may finish its build. Default 10 minutes, as the chart's. */
  readonly graceMs?: number;
}

interface Follower {
  readonly cluster: RehearsedCluster;
  readonly place: Place;
  readonly organization: string;
  readonly tags: Tags;
}

interface DaemonState {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly organization: string;
  readonly tags: Tags;
  readonly knownAt: number;
  leaving: boolean;
  goneAt?: number;
  job?: JobState;
}

interface JobState {
  readonly id: string;
  readonly organization: string;
  readonly tags: Tags;
  readonly created: number;
  readonly takesMs: number;
  readonly prebuild: boolean;
  started?: number;
}

/** What is asked to be built. `takesMs`: `Infinity` for as long as the story wants, until `finish`. */
export interface Build {
  readonly organization: string;
  readonly takesMs: number;
  readonly tags?: Tags;
  readonly prebuild?: boolean;
}

const MOST_BUILDS = 200;
const FORGOTTEN_MS = 24 * 60 * 60_000;
const SCOPE: Tags = { scope: 'organization', owner: '' };

/** A Coder whose provisioner daemons live in the pods of rehearsed clusters, and whose builds take their time. */
export class RehearsedCoder implements Controller {
  version: string;
  readonly proxies = new Map<string, WorkspaceProxy>();
  /** Builds that ended, and builds that died with their pod. */
  readonly finished: string[] = [];
  readonly built: (CoderBuild & { readonly organization: string })[] = [];
  readonly lost: string[] = [];
  away = false;
  /** Whether new pods find their way here: not with a wrong key. */
  connects = true;
  requests = 0;
  /** What the API says of the token that it is asked with. */
  token: CoderToken | undefined;
  readonly port: Coder;
  readonly #scenery: Required<CoderScenery>;
  readonly #followers: Follower[] = [];
  readonly #daemons: DaemonState[] = [];
  readonly #waiting: JobState[] = [];
  #made = 0;
  #now = -Infinity;
  #seen = -1;

  constructor(scenery: CoderScenery = {}) {
    this.#scenery = { version: 'v2.30.0+abc1234', connectMs: 2_000, staleMs: 90_000, graceMs: 600_000, ...scenery };
    this.version = this.#scenery.version;
    this.port = this.#portOf();
  }

  /** From now on, each ready pod of this workload is a daemon of this organization. */
  follow(cluster: RehearsedCluster, place: Place, organization = 'default', tags: Tags = {}): void {
    this.#followers.push({ cluster, place, organization, tags: { ...SCOPE, ...tags } });
    cluster.attach(this);
    cluster.kubelet.leave = (namespace, pod, at) => this.#leave(namespace, pod, at);
  }

  get organizations(): readonly string[] {
    return [...new Set(this.#followers.map(({ organization }) => organization))];
  }

  /** Somebody presses the button. The build's id. */
  build({ organization, takesMs, tags = {}, prebuild = false }: Build, at: Date): string {
    this.#made += 1;
    const id = uuid(this.#made);
    this.#waiting.push({ id, organization, takesMs, tags: { ...SCOPE, ...tags }, created: at.getTime(), prebuild });
    return id;
  }

  /** Ends a build that was to take as long as the story wants. */
  finish(id: string): void {
    for (const daemon of this.#daemons) if (daemon.job?.id === id) this.#end(daemon);
  }

  due(): number {
    let next = Infinity;
    for (const { job, knownAt } of this.#daemons) {
      if (job?.started !== undefined) next = Math.min(next, job.started + job.takesMs);
      if (knownAt > this.#now) next = Math.min(next, knownAt);
    }
    return next;
  }

  act(at: number): boolean {
    this.#now = Math.max(this.#now, at);
    const changes = [this.#work(), this.#meet(), this.#assign()];
    return changes.some(Boolean);
  }

  /** Daemons come with ready pods, count as there for a while when their pod has gone, and are forgotten in the end. */
  #meet(): boolean {
    const revision = this.#followers.reduce(
      (sum, { cluster }) => sum + cluster.store.revisionOf('Deployment', 'StatefulSet', 'Pod'),
      0,
    );
    const before = this.#daemons.length;
    for (let i = this.#daemons.length - 1; i >= 0; i -= 1) {
      if ((this.#daemons[i]?.goneAt ?? Infinity) + FORGOTTEN_MS <= this.#now) this.#daemons.splice(i, 1);
    }
    if (revision === this.#seen) return this.#daemons.length !== before;
    this.#seen = revision;
    for (const follower of this.#followers) this.#compare(follower);
    return true;
  }

  #compare({ cluster, place, organization, tags }: Follower): void {
    const { namespace, workload } = place;
    const object =
      cluster.store.get('StatefulSet', namespace, workload) ?? cluster.store.get('Deployment', namespace, workload);
    const pods = object ? cluster.store.list('Pod', namespace, selectorOf(object)) : [];
    const there = new Set(pods.map((pod) => textAt(pod, 'metadata', 'name') ?? ''));
    const ours = this.#daemons.filter(
      (daemon) => daemon.namespace === namespace && daemon.organization === organization && daemon.goneAt === undefined,
    );
    for (const daemon of ours.filter(({ name }) => !there.has(name))) this.#vanish(daemon);
    for (const pod of pods) {
      const { name, ready } = podOf(pod);
      if (!ready || !this.connects || ours.some((daemon) => daemon.name === name)) continue;
      this.#made += 1;
      const knownAt = this.#now + this.#scenery.connectMs;
      this.#daemons.push({ id: uuid(this.#made), name, namespace, organization, tags, knownAt, leaving: false });
    }
  }

  #vanish(daemon: DaemonState): void {
    daemon.goneAt = this.#now;
    if (!daemon.job) return;
    this.lost.push(daemon.job.id);
    delete daemon.job;
  }

  #work(): boolean {
    const done = this.#daemons.filter(
      ({ job }) => job?.started !== undefined && job.started + job.takesMs <= this.#now,
    );
    for (const daemon of done) this.#end(daemon);
    return done.length > 0;
  }

  #end(daemon: DaemonState): void {
    if (daemon.job) {
      const { id, organization, started = this.#now } = daemon.job;
      this.finished.push(id);
      this.built.push({ organization, started: new Date(started), ended: new Date(this.#now) });
    }
    delete daemon.job;
  }

  /** What people wait for first, then by age. */
  #assign(): boolean {
    if (this.#waiting.length === 0) return false;
    const idle = this.#daemons.filter(
      (daemon) => !daemon.job && !daemon.leaving && daemon.goneAt === undefined && daemon.knownAt <= this.#now,
    );
    const before = this.#waiting.length;
    for (const job of this.#waiting.toSorted(
      (a, b) => Number(a.prebuild) - Number(b.prebuild) || a.created - b.created,
    )) {
      const daemon = idle.find((each) => !each.job && mayRun(each, job));
      if (!daemon) continue;
      daemon.job = job;
      job.started = this.#now;
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
    }
    return this.#waiting.length !== before;
  }

  /** A daemon that is told to stop takes no more work and finishes what it has, within its grace. */
  #leave(namespace: string, pod: string, at: Date): Date {
    const daemon = this.#daemons.find(
      (each) => each.namespace === namespace && each.name === pod && each.goneAt === undefined,
    );
    if (!daemon) return at;
    daemon.leaving = true;
    const { job } = daemon;
    const end = job?.started === undefined ? at.getTime() : job.started + job.takesMs;
    return new Date(Math.min(Math.max(end, at.getTime()), at.getTime() + this.#scenery.graceMs));
  }

  daemonsOf(organization: string): Daemon[] {
    const known = this.#daemons.filter((daemon) => daemon.organization === organization && daemon.knownAt <= this.#now);
    return known.map(({ id, name, tags, job, goneAt }) => ({
      id,
      name,
      organization,
      status: (goneAt ?? Infinity) + this.#scenery.staleMs <= this.#now ? 'offline' : job ? 'busy' : 'idle',
      version: this.version,
      tags,
      ...(job && { job: job.id }),
      lastSeen: new Date(goneAt ?? this.#now),
    }));
  }

  jobsOf(organization: string): Job[] {
    const running = this.#daemons.flatMap(({ job }) => (job ? [job] : []));
    return [...this.#waiting, ...running]
      .filter((job) => job.organization === organization)
      .map(({ id, tags, created, started, prebuild }) => ({
        id,
        organization,
        status: started === undefined ? 'pending' : 'running',
        tags,
        created: new Date(created),
        ...(started !== undefined && { started: new Date(started) }),
        prebuild,
      }));
  }

  buildsOf(organization: string): CoderBuild[] {
    const ours = this.built.filter((each) => each.organization === organization).toReversed();
    return ours.slice(0, MOST_BUILDS).map(({ started, ended }) => ({ started, ended }));
  }

  #portOf(): Coder {
    const answer = async <T>(operation: string, value: () => T, signal?: AbortSignal): Promise<T> => {
      signal?.throwIfAborted();
      this.requests += 1;
      if (this.away) throw new OutsideError({ service: 'coder', operation, trouble: 'timeout', detail: 'no answer' });
      return value();
    };
    const known = (organization: string): string => {
      if (this.organizations.includes(organization)) return organization;
      throw new OutsideError({
        service: 'coder',
        operation: `look at ${organization}`,
        trouble: 'absent',
        status: 404,
      });
    };
    return {
      version: (signal) => answer('read its version', () => this.version, signal),
      organizations: (signal) => answer('list organizations', () => this.organizations, signal),
      daemons: (organization, signal) => answer('list daemons', () => this.daemonsOf(known(organization)), signal),
      jobs: (organization, signal) => answer('list jobs', () => this.jobsOf(known(organization)), signal),
      builds: (organization, signal) => answer('list builds', () => this.buildsOf(known(organization)), signal),
      proxies: (signal) => answer('list proxies', () => [...this.proxies.values()], signal),
      token: (signal) => answer('look up its own token', () => this.token, signal),
    };
  }
}

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

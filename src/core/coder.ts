import { between } from './time.ts';

/** A provisioner daemon, as Coder knows it. One daemon runs one build at a time. */
export interface Daemon {
  readonly id: string;
  /** The name of the pod it runs in. Two organizations may each have a `coder-provisioner-0`. */
  readonly name: string;
  readonly organization: string;
  readonly status: 'idle' | 'busy' | 'offline';
  readonly version: string;
  readonly tags: Tags;
  /** The build that it runs now. */
  readonly job?: string;
  readonly lastSeen?: Date;
}

export type Tags = Readonly<Record<string, string>>;

/** A build that waits for a daemon, or is run by one. */
export interface Job {
  readonly id: string;
  readonly organization: string;
  readonly status: 'pending' | 'running' | 'canceling';
  readonly tags: Tags;
  readonly created: Date;
  readonly started?: Date;
  /** Made ahead for nobody in particular: Coder runs it after what people wait for. */
  readonly prebuild: boolean;
}

/** A workspace's build that came through: it was started, stopped or deleted, which Coder's list does not tell apart. */
export interface Build {
  readonly started: Date;
  readonly ended: Date;
}

/** How long builds have kept a provisioner busy lately. */
export interface BuildTimes {
  readonly builds: number;
  /** Half of all took so long at most. */
  readonly p50Seconds: number;
  /** Nineteen of twenty did: where half of all are stops, nine starts in ten. */
  readonly p95Seconds: number;
  readonly since: Date;
}

/** Of fewer, one slow build would be the figure. */
const ENOUGH_BUILDS = 20;

/** `undefined`: there were too few to tell. */
export function buildTimesOf(builds: readonly Build[]): BuildTimes | undefined {
  if (builds.length < ENOUGH_BUILDS) return undefined;
  const took = builds.map(({ started, ended }) => between(started, ended) / 1_000).toSorted((a, b) => a - b);
  const share = (of: number): number => Math.max(1, Math.ceil(took[Math.ceil(took.length * of) - 1] ?? 0));
  const since = new Date(Math.min(...builds.map(({ started }) => started.getTime())));
  return { builds: builds.length, p50Seconds: share(0.5), p95Seconds: share(0.95), since };
}

/** A workspace proxy, as the control plane sees it. */
export interface WorkspaceProxy {
  readonly name: string;
  /** `ok`, `unreachable`, `unhealthy`, `unregistered`: the control plane looks once a minute. */
  readonly status: string;
  /** Empty while it has never registered. */
  readonly version: string;
  readonly url: string;
}

/** A token of Coder's API, without the token. */
export interface CoderToken {
  readonly expires: Date;
  readonly created: Date;
  /** What each use prolongs it to, in milliseconds, unless the server was told not to. */
  readonly lifetimeMs: number;
}

/** The user in whose name Coder makes prebuilt workspaces. Source: coder, provisionerjobs.sql. */
export const PREBUILDS_USER = 'c42fdf75-3097-471c-8c33-fb52454d81c0';

/** Whether a daemon may run a job: every tag of the job is the daemon's, and an untagged daemon takes untagged jobs only. */
export function mayRun(
  daemon: Pick<Daemon, 'tags' | 'organization'>,
  job: Pick<Job, 'tags' | 'organization'>,
): boolean {
  return (
    daemon.organization === job.organization &&
    Object.entries(job.tags).every(([key, value]) => daemon.tags[key] === value)
  );
}

/** How many wait, by the tags that they ask for; counted here, because Coder's own figures mix all organizations. */
export interface Queue {
  readonly tags: Tags;
  /** What people wait for. */
  readonly waiting: number;
  readonly prebuilds: number;
  /** The longest wait so far among what people wait for. */
  readonly oldest?: Date;
}

export function queuesOf(jobs: readonly Job[]): Queue[] {
  const pending = jobs.filter(({ status }) => status === 'pending');
  const byTags = new Map<string, Job[]>();
  for (const job of pending) {
    const key = JSON.stringify(Object.entries(job.tags).toSorted(([a], [b]) => a.localeCompare(b)));
    byTags.set(key, [...(byTags.get(key) ?? []), job]);
  }
  return [...byTags.values()].map((group) => {
    const people = group.filter(({ prebuild }) => !prebuild);
    const oldest = people.map(({ created }) => created).toSorted((a, b) => a.getTime() - b.getTime())[0];
    return {
      tags: group[0]?.tags ?? {},
      waiting: people.length,
      prebuilds: group.length - people.length,
      ...(oldest && { oldest }),
    };
  });
}

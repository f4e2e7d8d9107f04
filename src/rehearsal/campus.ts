import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Digest } from '../core/digest.ts';
import { isPattern, type Estate, type Image } from '../core/estate.ts';
import { days, hours, minus, minutes, plus, seconds } from '../core/time.ts';
import { calendarText, type Event } from './announcements.ts';
import { RehearsedCoder } from './coder.ts';
import { serveCoder } from './coder/serve.ts';
import { rehearseGateway, type RehearsedGateway } from './litellm.ts';
import { breakdownOf, type WayToBreakAGateway } from './litellm/breakdown.ts';
import { podsOfGateway, type GatewayPods } from './litellm/pods.ts';
import { servePods } from './litellm/serve.ts';
import { RehearsedCluster } from './kubernetes/cluster.ts';
import { application, cronJob, hpa, nodePool, trackedBy, workload } from './kubernetes/objects.ts';
import { serveKubernetes } from './kubernetes/serve.ts';
import { REHEARSED_DOMAINS, REHEARSED_TOKENS } from './issuers.ts';
import { onPort } from './on-port.ts';

export interface CampusSettings {
  readonly begins: Date;
  /** Opens the clusters' APIs and Coder's. */
  readonly token: string;
  /** The calendar's file, which people may edit as well. */
  readonly calendar: string;
  /** What the control plane and the proxies run, and what a tag of it means in a region. */
  readonly image: Image;
  served(region: string, tag: string): Digest | undefined;
  /** Where each listened before, by name. */
  readonly ports?: Readonly<Record<string, number>>;
}

/**
 * What a workshop needs besides images: three clusters, a Coder, and a calendar; each spoken to as the real one is.
 *
 * Nothing here has a timer: everything acts when it is told what time it is.
 */
export interface Campus {
  readonly estate: Required<
    Pick<Estate, 'clusters' | 'pools' | 'rotators' | 'coder' | 'calendar' | 'gateway' | 'domains' | 'tokens'>
  >;
  /** `http://127.0.0.1:41000`, by cluster, `coder`, and `litellm`: the gateway's common address, and the door to its pods. */
  readonly urls: Readonly<Record<string, string>>;
  readonly ohio: RehearsedCluster;
  readonly coder: RehearsedCoder;
  readonly gateway: RehearsedGateway;
  /** Its replicas: the pods of its pool. */
  readonly pods: GatewayPods;
  pass(until: Date): void;
  /** Puts workshops on the calendar, and calls off what was there before: it would seem to have vanished. */
  announce(events: readonly Event[]): void;
  /** Deploys Coder where it is not deployed yet: its image must be there to be pulled. */
  deploy(): void;
  /** Makes the gateway fail in one way, or work again. */
  breakGateway(how: WayToBreakAGateway | undefined): void;
  /** Does something as if it were that instant. */
  at(instant: Date, work: () => void): void;
  /** When the rotator of keys fires, and what it does then. */
  rotate(schedule: string, fire: (at: Date) => void): void;
  /** Argo CD tracks the provisioners and heals what it finds changed; or it has nothing to do with them. */
  heal(heals: boolean): void;
  close(): Promise<void>;
}

const CLUSTERS = [
  { name: 'ohio', region: 'us-east-2', role: 'control-plane', nodePools: ['default'] },
  { name: 'oregon', region: 'us-west-2', role: 'proxy' },
  { name: 'london', region: 'eu-west-2', role: 'proxy' },
] as const;

const PROVISIONERS = { namespace: 'coder-ws', workload: 'coder-provisioner' } as const;
const GATEWAY = { namespace: 'litellm', workload: 'litellm' } as const;
const CODER = { namespace: 'coder', workload: 'coder' } as const;
const ROTATOR = { namespace: 'litellm', workload: 'litellm-rotate-key' } as const;
const APPLICATION = 'ohio.coder-ws';
const FEW_PROVISIONERS = 6;
const FEW_REPLICAS = 4;
/** Nothing listens there: whoever asks a pod is led to the one door of all (`throughDoor`). */
const GATEWAY_PORT = 4_000;

/** Quick enough to be watched. */
const POD_STARTS_MS = seconds(4);

export async function startCampus(settings: CampusSettings): Promise<Campus> {
  const { begins, token, calendar, ports = {} } = settings;
  const earlier = minus(begins, minutes(5));
  const clusters = CLUSTERS.map(({ name }) => new RehearsedCluster({ name, begins: earlier, startMs: POD_STARTS_MS }));
  const ohio = clusters[0] as RehearsedCluster;
  const coder = furnished(ohio);
  const clock = { now: begins };
  const gateway = rehearseGateway(() => clock.now, { masterKey: masterKeyOf(token), replicas: 0 });
  const pods = podsOfGateway(gateway, ohio, { ...GATEWAY, port: GATEWAY_PORT });
  const knows = (said: string): boolean => said === token;
  const servers = await Promise.all([
    ...clusters.map((cluster) => onPort(ports[cluster.name], (port) => serveKubernetes({ cluster, port, knows }))),
    onPort(ports['coder'], (port) => serveCoder({ coder, port, token })),
    onPort(ports['litellm'], (port) => servePods(gateway, pods, port)),
  ]);
  const urls = Object.fromEntries(
    [...CLUSTERS.map(({ name }) => name), 'coder', 'litellm'].map((name, i) => [name, servers[i]?.url ?? '']),
  );
  const pass = (until: Date): void => {
    clock.now = until;
    clusters.forEach((cluster) => cluster.advance(until));
    coder.token = prolonged(coder.token, until);
  };
  // Whoever was always there has started by now.
  pass(begins);
  return {
    estate: estateOf(urls, settings),
    urls,
    ohio,
    coder,
    gateway,
    pods,
    pass,
    announce: (events) => writeFileSync(calendar, calendarText(events, textOf(calendar))),
    deploy: () => clusters.forEach((cluster, i) => deploy(cluster, CLUSTERS[i]?.region ?? '', settings)),
    breakGateway: breakdownOf(gateway, pods),
    at: (instant, work) => {
      const later = clock.now;
      clock.now = instant;
      work();
      clock.now = later;
    },
    rotate: rotateIn(ohio),
    heal: (heals) => heal(ohio, heals),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

const rotateIn =
  (ohio: RehearsedCluster): Campus['rotate'] =>
  (schedule, fire) => {
    const { namespace, workload: name } = ROTATOR;
    ohio.change('CronJob', namespace, name, { spec: { schedule } });
    ohio.cronJobs.onFire = (_namespace, _name, at) => fire(at);
  };

const TOKEN_LASTS_MS = days(7);

/** Each use prolongs it, once an hour at the most, and Greenroom uses it all the time. */
function prolonged(token: RehearsedCoder['token'], now: Date): RehearsedCoder['token'] {
  if (token && plus(now, TOKEN_LASTS_MS - hours(1)) < token.expires) return token;
  const created = token?.created ?? minus(now, days(30));
  return { created, expires: plus(now, TOKEN_LASTS_MS), lifetimeMs: TOKEN_LASTS_MS };
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** What opens the gateway's administration, as LiteLLM wants a key to begin. */
export const masterKeyOf = (token: string): string => `sk-${token}`;

const tagOf = ({ tags }: Image): string => tags.find((tag) => !isPattern(tag)) ?? '';

/** A node pulls what its region's tag means when the pod is made. */
function deploy(cluster: RehearsedCluster, region: string, { image, served }: CampusSettings): void {
  const { namespace, workload: name } = CODER;
  const tag = tagOf(image);
  const wanted = `${region}.rehearsal/${image.repository}:${tag}`;
  cluster.kubelet.pull = (asked) => {
    const digest = asked === wanted ? served(region, tag) : undefined;
    return digest && `${wanted}@${digest}`;
  };
  if (cluster.store.get('Deployment', namespace, name)) return;
  cluster.put('Deployment', workload({ namespace, name, replicas: 2, image: wanted }));
}

const estateOf = (urls: Campus['urls'], { calendar: file, image }: CampusSettings): Campus['estate'] => ({
  clusters: CLUSTERS.map((each) => ({ ...each, runs: [{ ...CODER, image: image.name, tag: tagOf(image) }] })),
  pools: [
    { name: 'provisioners', kind: 'provisioners', cluster: 'ohio', ...PROVISIONERS },
    { name: 'gateway', kind: 'gateway', cluster: 'ohio', ...GATEWAY },
  ],
  rotators: [{ name: 'key-rotator', cluster: 'ohio', ...ROTATOR }],
  coder: { url: urls['coder'] ?? '', token: 'rehearsal/coder' },
  gateway: {
    kind: 'litellm',
    url: urls['litellm'] ?? '',
    masterKey: 'litellm/master',
    replicas: { port: GATEWAY_PORT },
    keys: [{ name: 'ai-coder', secret: 'rehearsal/litellm', field: 'key' }],
  },
  domains: REHEARSED_DOMAINS,
  tokens: REHEARSED_TOKENS,
  calendar: { file, zone: 'America/New_York', marks: ['workshop'], attendance: 15 },
});

/** As ai.coder.com is: provisioners in a StatefulSet, a gateway below an HPA, a rotator that fires every four hours. */
function furnished(ohio: RehearsedCluster): RehearsedCoder {
  const coder = new RehearsedCoder({ connectMs: seconds(1) });
  coder.built.push(...yesterday(ohio.now));
  const { namespace, workload: name } = GATEWAY;
  ohio.put('StatefulSet', provisioners());
  const [target, min] = [{ kind: 'Deployment', name } as const, FEW_REPLICAS];
  ohio.put('Deployment', workload({ namespace, name, replicas: min }));
  ohio.put('HorizontalPodAutoscaler', hpa({ namespace, name, target, min, max: 20 }));
  ohio.put('CronJob', cronJob({ namespace, name: ROTATOR.workload, schedule: '0 */4 * * *' }));
  ohio.put('NodePool', nodePool('default'));
  coder.follow(ohio, PROVISIONERS);
  for (const { name: proxy, role } of CLUSTERS) {
    if (role === 'proxy') coder.proxies.set(proxy, { name: proxy, status: 'ok', version: coder.version, url: '' });
  }
  return coder;
}

/** Builds as they were before the story begins: every half hour one, of 50 to 84 s. */
const yesterday = (now: Date) =>
  Array.from({ length: 48 }, (_, i) => {
    const started = minus(now, minutes(30 * (48 - i)));
    return { organization: 'default', started, ended: plus(started, seconds(50 + ((i * 11) % 35))) };
  });

const provisioners = (annotations: Readonly<Record<string, string>> = {}) =>
  workload({
    namespace: PROVISIONERS.namespace,
    name: PROVISIONERS.workload,
    replicas: FEW_PROVISIONERS,
    annotations,
  });

function heal(ohio: RehearsedCluster, heals: boolean): void {
  const { namespace, workload: name } = PROVISIONERS;
  const annotations = {
    'argocd.argoproj.io/tracking-id': heals ? trackedBy(APPLICATION)['argocd.argoproj.io/tracking-id'] : null,
  };
  ohio.put('Application', application({ name: APPLICATION, automated: true, selfHeal: heals }));
  ohio.argo.declare(APPLICATION, 'StatefulSet', {
    metadata: { namespace, name },
    spec: { replicas: FEW_PROVISIONERS },
  });
  ohio.change('StatefulSet', namespace, name, { metadata: { annotations } }, 'argocd-controller');
}

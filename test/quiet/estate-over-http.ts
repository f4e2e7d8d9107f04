import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { aiCoderCom } from '../../estates/ai.coder.com.ts';
import { coderApi } from '../../src/clients/coder.ts';
import { dynamoJournal } from '../../src/clients/dynamodb.ts';
import { httpClient } from '../../src/clients/http.ts';
import { icalendar } from '../../src/clients/icalendar.ts';
import { issuers } from '../../src/clients/issuers.ts';
import { kubernetesCluster } from '../../src/clients/kubernetes.ts';
import { liteLlm } from '../../src/clients/litellm.ts';
import { schedulerWakeups } from '../../src/clients/scheduler.ts';
import { secretsManager } from '../../src/clients/secrets-manager.ts';
import { secretsManagerVault } from '../../src/clients/vault.ts';
import { clustersOf } from '../../src/cluster.ts';
import { EXPIRY_TAG } from '../../src/core/credential.ts';
import type { Estate, Image } from '../../src/core/estate.ts';
import { Secret } from '../../src/core/secret.ts';
import { days, minutes, plus } from '../../src/core/time.ts';
import { fallbackTag } from '../../src/mirror/referrers.ts';
import type { Surroundings } from '../../src/reconcile.ts';
import { calendarText } from '../../src/rehearsal/announcements.ts';
import { masterKeyOf, startCampus, type Campus } from '../../src/rehearsal/campus.ts';
import { cronJob, workload } from '../../src/rehearsal/kubernetes/objects.ts';
import { throughDoor } from '../../src/rehearsal/litellm/pods.ts';
import type { RegistryServer } from '../../src/rehearsal/registry.ts';
import { referrerList, smallImage, smallSignature, type SmallImage } from '../../src/rehearsal/small-image.ts';
import { replicasOf } from '../../src/replicas.ts';
import { liteLlmOf } from '../../src/rotate-secret.ts';
import { makeBed, NAME } from '../mirror/bed.ts';
import { refusal, serveAwsJson } from '../servers/aws-json.ts';
import { serveDynamoDb } from '../servers/dynamodb.ts';
import { serveScheduler } from '../servers/scheduler.ts';

const KEY = 'sk-published-0123456789';
const TOKEN = 'campus-token';
const LONG = days(360);
const [IMAGE] = aiCoderCom.images.map((image): Image => ({ ...image, tags: ['latest'] }));

/** Everything that is spoken to, each by the protocol of the real one. */
async function serve(begins: Date, now: () => Date) {
  const image = sure(IMAGE);
  const { digest } = smallImage('monday').root;
  const calendar = await serveCalendar(begins);
  const servers = {
    calendar,
    bed: await makeBed({ inEcr: true, clock: () => now().getTime() }),
    campus: await startCampus({ begins, token: TOKEN, calendar: '', image, served: () => digest }),
    db: await serveDynamoDb(),
    scheduler: await serveScheduler(),
    secrets: await serveSecrets({
      'greenroom/calendar': calendar.url,
      'greenroom/coder': TOKEN,
      'litellm/master': masterKeyOf(TOKEN),
      'rehearsal/litellm': JSON.stringify({ key: KEY }),
    }),
  };
  for (const registry of [servers.bed.source, ...servers.bed.regions.values()]) await release(registry);
  furnish(servers.campus, begins);
  return servers;
}

type Servers = Awaited<ReturnType<typeof serve>>;

const estateOn = ({ estate, urls }: Campus): Estate & Required<Pick<Estate, 'coder' | 'calendar'>> => ({
  ...aiCoderCom,
  clusters: estate.clusters,
  gateway: estate.gateway,
  images: [sure(IMAGE)],
  pools: [...estate.pools, { ...PROVISIONERS, name: 'data-provisioners', workload: 'coder-provisioner-data' }],
  rotators: [...estate.rotators, { ...ROTATOR, name: 'bedrock-rotator', workload: 'bedrock-rotate-key' }],
  coder: { url: sure(urls['coder']), token: 'greenroom/coder' },
  calendar: sure(aiCoderCom.calendar),
});

/** A process that has just been started: clients that know nothing yet. */
function connect({ bed, campus, db, scheduler, secrets }: Servers, now: () => Date, told: string[]): Surroundings {
  const estate = estateOn(campus);
  const client = new SecretsManagerClient(secrets.connection);
  const texts = secretsManager({ now, client });
  const vault = secretsManagerVault({ client });
  const { source, copies } = bed.through({ now });
  const clusters = clustersOf(estate, ({ name }) => {
    const access = { endpoint: new URL(sure(campus.urls[name])), ca: '' };
    const ways = { access: async () => access, token: async () => TOKEN, forget: () => undefined };
    return kubernetesCluster({ name, access: ways });
  });
  return {
    estate,
    clusters,
    vault,
    registries: { source: () => source, copy: (_, region) => sure(copies.get(region)) },
    coder: coderApi({ url: estate.coder.url, token: () => texts.read(estate.coder.token) }),
    calendar: icalendar({ estate, address: () => texts.read('greenroom/calendar'), now }),
    gateway: liteLlm({
      url: sure(campus.urls['litellm']),
      replicas: async (signal) => replicasOf(sure(liteLlmOf(estate)), { estate, clusters }, signal),
      ask: throughDoor(httpClient().ask, sure(campus.urls['litellm'])),
      masterKey: async () => sure(await vault.read('litellm/master', 'current')).text,
    }),
    issuers: issuers({ client, tag: EXPIRY_TAG }),
    journal: dynamoJournal({ table: db.table, client: db.client() }),
    wakeups: schedulerWakeups({ ...SCHEDULER, now, client: scheduler.client() }),
    crew: ['e-mail', 'slack'].map((name) => ({
      name,
      say: async (news) => void told.push(...news.map(({ line }) => line)),
    })),
    mirroring: { mirror: () => Promise.reject(new Error('nothing is to be mirrored')) },
    mendsElsewhere: true,
  };
}

/**
 * As ai.coder.com is, with a second pool of provisioners and a second rotator: three clusters behind their APIs, Coder, a
 * gateway with four pods, a calendar with an ETag, registries in three regions, and AWS's services, all over loopback
 * and spoken to by the clients that speak to the real ones.
 */
export async function estateOverHttp(begins: Date) {
  const clock = { now: plus(begins, minutes(1)) };
  const now = (): Date => clock.now;
  const servers = await serve(begins, now);
  const { campus, calendar } = servers;
  const told: string[] = [];
  const start = (): Surroundings => connect(servers, now, told);
  const estate = {
    world: start(),
    told,
    now,
    /** The status of every answer of the calendar's server. */
    calendarAnswers: calendar.answers,
    restart: (): void => void (estate.world = start()),
    pass: (milliseconds: number): void => campus.pass((clock.now = plus(clock.now, milliseconds))),
    close: async () => {
      const { bed, db, scheduler, secrets } = servers;
      await Promise.all([bed, campus, calendar].map((each) => each.close()));
      await Promise.all([db, scheduler, secrets].map((each) => each[Symbol.asyncDispose]()));
    },
  };
  const wish = { alias: 'ai-coder', lastingMs: days(60), settings: {} };
  await sure(estate.world.gateway).install(new Secret(KEY), wish);
  return estate;
}

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the estate has less in it than it should');
  return value;
}

const PROVISIONERS = { kind: 'provisioners', cluster: 'ohio', namespace: 'coder-ws' } as const;
const ROTATOR = { cluster: 'ohio', namespace: 'litellm' } as const;
const SCHEDULER = {
  group: 'greenroom-wakeups',
  role: 'arn:aws:iam::123456789012:role/wakeups',
  deadLetters: 'arn:aws:sqs:us-east-2:123456789012:letters',
  functions: {
    posture: 'arn:aws:lambda:us-east-2:123456789012:function:posture',
    lift: 'arn:aws:lambda:us-east-2:123456789012:function:lift',
  },
};

/** The images that run, what the estate has besides the campus, and time for all of it to start. */
function furnish(campus: Campus, begins: Date): void {
  campus.deploy();
  campus.coder.token = { created: begins, expires: plus(begins, LONG), lifetimeMs: LONG };
  // Helm writes it everywhere, and it may be an Application of Argo CD's own: each is looked for.
  const labels = { 'app.kubernetes.io/instance': 'data' };
  campus.ohio.put(
    'StatefulSet',
    workload({ namespace: 'coder-ws', name: 'coder-provisioner-data', replicas: 4, labels }),
  );
  const schedule = '30 */6 * * *';
  campus.ohio.put('CronJob', cronJob({ namespace: 'litellm', name: 'bedrock-rotate-key', schedule }));
  campus.pass(plus(begins, minutes(1)));
}

/** Two platforms, signed and attested in every way at once: listed for the release, and under cosign's own tags. */
async function release(registry: RegistryServer): Promise<void> {
  const image = smallImage('monday');
  const listed = smallSignature(image.root);
  const tag = fallbackTag(image.root.digest);
  await shelve(registry, image, 'latest');
  await shelve(registry, listed);
  await shelve(registry, smallImage('signature'), `${tag}.sig`);
  await shelve(registry, smallImage('attestation'), `${tag}.att`);
  await shelve(registry, referrerList(listed), tag);
}

async function shelve(registry: RegistryServer, { blobs, manifests, root }: SmallImage, tag?: string): Promise<void> {
  for (const { bytes } of blobs) await registry.putBlob(NAME, Buffer.from(bytes));
  for (const { bytes, mediaType } of manifests) registry.putManifest(NAME, Buffer.from(bytes), mediaType);
  if (tag !== undefined) registry.setTag(NAME, tag, root.digest);
}

/** A calendar with one workshop, two weeks away, which is sent once and then only said to be unchanged. */
async function serveCalendar(begins: Date) {
  const [starts, tag] = [plus(begins, days(14)), '"1"'];
  const event = { title: 'Agentic workshop', starts, lastsMinutes: 120, people: 20, zone: 'America/New_York' };
  const answers: number[] = [];
  const server = createServer((request, response) => {
    if (request.headers['if-none-match'] === tag) response.writeHead(304).end();
    else response.setHeader('etag', tag).end(calendarText([event]));
    answers.push(response.statusCode);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    answers,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/calendar/ical/private/basic.ics`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const serveSecrets = (texts: Readonly<Record<string, string>>) =>
  serveAwsJson({
    GetSecretValue: ({ SecretId }: { SecretId: string }) => {
      const SecretString = texts[SecretId];
      if (SecretString === undefined) return refusal('ResourceNotFoundException', `no secret ${SecretId}`);
      return { body: { VersionId: 'first', SecretString, VersionStages: ['AWSCURRENT'] } };
    },
    ListSecrets: () => ({ body: { SecretList: [] } }),
  });

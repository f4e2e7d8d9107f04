import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kubernetesCluster } from '../../src/clients/kubernetes.ts';
import type { Lever } from '../../src/core/lever.ts';
import { numberAt, textAt, valueAt } from '../../src/core/kubernetes.ts';
import { hours, plus } from '../../src/core/time.ts';
import { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { cronJob, workload } from '../../src/rehearsal/kubernetes/objects.ts';
import { serveKubernetes } from '../../src/rehearsal/kubernetes/serve.ts';
import { emptyDirectory } from '../bin/cli.ts';
import { livePage, pagesWith, type Type } from '../handbook/handbook.ts';
import { privateAuthority } from '../servers/authority.ts';
import { byHand } from '../servers/by-hand.ts';
import { VISITOR } from '../servers/rbac.ts';
import { shell } from './shell.ts';

// The runbook's kubectl lines, by kubectl itself, at a rehearsed cluster: an operator where Greenroom has been before.

const FILE = 'RUNBOOK.md';
const KUBECTL = 'kubectl';
const BEGINS = new Date('2026-09-14T12:00:00.000Z');
const OPERATOR = 'an-operator';
const SET: Lever = { kind: 'StatefulSet', namespace: 'coder-ws', name: 'coder-provisioner' };
const JOB: Lever = { kind: 'CronJob', namespace: 'litellm', name: 'litellm-rotate-key' };
const POOL = { namespace: SET.namespace, workload: SET.name };

/** A cluster with what the runbook names, as Greenroom and an operator reach it over HTTPS. */
async function aCluster() {
  const world = new RehearsedCluster({ name: 'ohio', begins: BEGINS });
  world.put('StatefulSet', workload({ namespace: SET.namespace, name: SET.name, replicas: 6 }));
  world.put('CronJob', cronJob({ namespace: JOB.namespace, name: JOB.name, schedule: '0 */4 * * *' }));
  const authority = privateAuthority();
  const hand = byHand(world, OPERATOR);
  const rbac = () => hand.granted(VISITOR);
  const server = await serveKubernetes({ cluster: world, tls: authority, operator: hand, rbac });
  onTestFinished(() => server.close());
  const port = kubernetesCluster({
    name: 'ohio',
    access: {
      access: async () => ({ endpoint: new URL(server.url), ca: authority.ca }),
      token: async () => 'greenrooms',
      forget: () => undefined,
    },
  });
  const home = await emptyDirectory();
  const env = { HOME: home, KUBECONFIG: join(home, 'config') };
  await writeFile(env.KUBECONFIG, kubeconfig(server.url, authority.ca));
  const run = (line: string) => shell(line.replaceAll('<was>', '6'), { env });
  return { world, port, run };
}

const kubeconfig = (server: string, ca: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'ohio',
    contexts: [{ name: 'ohio', context: { cluster: 'ohio', user: 'operator' } }],
    clusters: [{ name: 'ohio', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'operator', user: { token: OPERATOR } }],
  });

type Room = Awaited<ReturnType<typeof aCluster>>;

const APPLY = 'kubectl apply -f deploy/rbac.yaml';
const SHRINK = 'kubectl -n coder-ws scale statefulset coder-provisioner --replicas <was>';

/** Raised and paused by Greenroom, whose journal is no help any more. */
async function leftBehind({ port, run }: Room): Promise<void> {
  await run(APPLY);
  const until = plus(BEGINS, hours(4));
  await port.set(SET, 19, { ifWas: 6, breadcrumbs: { was: 6, set: 19, until, why: 'Agents', edition: 1 } });
  await port.set(JOB, true, { ifWas: false, breadcrumbs: { was: false, set: true, until, why: 'Agents', edition: 1 } });
}

const replicasOf = ({ world }: Room) =>
  numberAt(world.store.get('StatefulSet', SET.namespace, SET.name), 'spec', 'replicas');
const isSuspended = ({ world }: Room) =>
  valueAt(world.store.get('CronJob', JOB.namespace, JOB.name), 'spec', 'suspend');
const crumbOf = ({ world }: Room) =>
  textAt(world.store.get('StatefulSet', SET.namespace, SET.name), 'metadata', 'annotations', 'greenroom.coder.com/was');

const pages: Readonly<Record<string, (type: Type, room: Room) => Promise<void>>> = {
  'More provisioners, by hand': async (type, room) => {
    await leftBehind(room);
    await type("kubectl -n coder-ws get statefulset coder-provisioner -o jsonpath='{.metadata.annotations}'", {
      says: [
        /"greenroom.coder.com\/was":"6"/,
        /"greenroom.coder.com\/set":"19"/,
        /"greenroom.coder.com\/why":"Agents"/,
      ],
    });
    await type(SHRINK, { says: /statefulset.apps\/coder-provisioner scaled/ });
    expect(replicasOf(room)).toBe(6);
    const marks = ['was', 'set', 'until', 'why', 'edition'].map((mark) => `greenroom.coder.com/${mark}-`);
    await type(`kubectl -n coder-ws annotate statefulset coder-provisioner ${marks.join(' ')}`, { says: /annotated/ });
    expect(crumbOf(room)).toBeUndefined();
  },

  'Rotation is to stand still, or to go on': async (type, room) => {
    const set = (to: boolean) =>
      `kubectl -n litellm patch cronjob litellm-rotate-key --type merge -p '{"spec":{"suspend":${to}}}'`;
    await type(set(true), { says: /cronjob.batch\/litellm-rotate-key patched/ });
    expect(isSuspended(room)).toBe(true);
    await leftBehind(room);
    await type(set(false), { says: /patched/ });
    expect(isSuspended(room)).toBe(false);
  },

  'Something stays raised or paused, and Greenroom is dead': async (type, room) => {
    await leftBehind(room);
    await type('kubectl -n coder-ws get statefulset coder-provisioner -o yaml | grep greenroom.coder.com', {
      says: [/greenroom.coder.com\/was: "6"/, /greenroom.coder.com\/until: /],
    });
    await type(SHRINK, { says: /scaled/ });
    expect(replicasOf(room)).toBe(6);
    await type(`kubectl -n litellm patch cronjob litellm-rotate-key --type merge -p '{"spec":{"suspend":false}}'`, {
      says: /patched/,
    });
    expect(isSuspended(room)).toBe(false);
  },

  'Let Greenroom look into the clusters': async (type, room) => {
    await expect(room.port.pool(POOL)).rejects.toThrow('403');
    await type(APPLY, { says: [/clusterrole.rbac.authorization.k8s.io\/greenroom-workloads created/] });
    expect(await room.port.pool(POOL)).toMatchObject({ desired: 6 });
    await type(APPLY, { says: /unchanged/ });
    const as = (what: string) => `kubectl -n coder-ws get ${what} --as greenroom --as-group greenroom`;
    await type(as('statefulset coder-provisioner'), { says: /^coder-provisioner/m });
    await type(as('secret litellm-key'), { exit: 1, says: /Forbidden.*cannot get resource "secrets"/ });
  },
};

describe(`${FILE}, by kubectl`, () => {
  it('has no page with something to type that is not lived through here', () => {
    expect(Object.keys(pages).toSorted()).toEqual(pagesWith(FILE, KUBECTL).toSorted());
  });

  it.each(Object.entries(pages))('%s', async (page, story) => {
    const room = await aCluster();
    await livePage([FILE, page, KUBECTL], room, (type) => story(type, room));
  });
});

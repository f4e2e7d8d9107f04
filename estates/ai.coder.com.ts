import type { Estate } from '../src/core/estate.ts';

/** The public Coder environment: control plane in Ohio, workspace proxies in Oregon and London. */
export const aiCoderCom: Estate = {
  name: 'ai.coder.com',
  home: 'us-east-2',
  regions: [
    { name: 'us-east-2', city: 'Ohio' },
    { name: 'us-west-2', city: 'Oregon' },
    { name: 'eu-west-2', city: 'London' },
  ],
  images: [
    {
      name: 'coder-preview',
      source: 'ghcr.io/coder/coder-preview',
      repository: 'coder-preview',
      tags: ['latest', 'v*'],
      moving: ['latest'],
    },
  ],
  people: {
    emails: [],
    // Everything goes here, by an incoming webhook whose address is in the secret. Another channel may hear of less:
    // { name: 'facilitators', secret: 'greenroom/slack-facilitators', hears: ['fail'] }.
    slack: [{ name: 'greenroom', secret: 'greenroom/slack' }],
    // What can wait would wait with quiet: { zone: 'America/New_York', from: '22:00', until: '07:00' }.
  },
  // EKS's own name is one for all three (the Terraform's CODER_CLUSTER_NAME). What is called otherwise in yours, call so
  // here: a workload that is not there is told, and never taken for one that is well.
  clusters: [
    {
      name: 'ohio',
      eks: 'ai-coder-com',
      region: 'us-east-2',
      role: 'control-plane',
      runs: [{ namespace: 'coder', workload: 'coder', image: 'coder-preview', tag: 'latest' }],
    },
    {
      name: 'oregon',
      eks: 'ai-coder-com',
      region: 'us-west-2',
      role: 'proxy',
      proxy: 'oregon-proxy',
      runs: [{ namespace: 'coder-proxy', workload: 'coder', image: 'coder-preview', tag: 'latest' }],
    },
    {
      name: 'london',
      eks: 'ai-coder-com',
      region: 'eu-west-2',
      role: 'proxy',
      proxy: 'emea-proxy',
      runs: [{ namespace: 'coder-proxy', workload: 'coder', image: 'coder-preview', tag: 'latest' }],
    },
  ],
  pools: [
    {
      name: 'provisioners',
      kind: 'provisioners',
      cluster: 'ohio',
      namespace: 'coder-ws',
      workload: 'coder-provisioner',
      organization: 'coder',
    },
    { name: 'gateway', kind: 'gateway', cluster: 'ohio', namespace: 'litellm', workload: 'litellm' },
  ],
  // The gateway's keys would be looked after with gateway: { kind: 'litellm', url: 'https://…', masterKey: 'litellm/master',
  // replicas: { port: 4000 }, keys: [{ name: 'ai-coder', secret: '…' }] }, which asks each pod of that pool, and vpc.
  rotators: [{ name: 'key-rotator', cluster: 'ohio', namespace: 'litellm', workload: 'litellm-rotate-key' }],
  coder: { url: 'https://ai.coder.com', token: 'greenroom/coder' },
  calendar: {
    secret: 'greenroom/calendar',
    zone: 'America/New_York',
    marks: ['workshop', 'lab'],
    attendance: 15,
    sharedWith: ['coderdemo.io', 'devcoder.io'],
  },
};

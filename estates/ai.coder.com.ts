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
  people: { emails: [] },
  calendar: {
    secret: 'greenroom/calendar',
    zone: 'America/New_York',
    marks: ['workshop', 'lab'],
    attendance: 15,
    sharedWith: ['coderdemo.io', 'devcoder.io'],
  },
};

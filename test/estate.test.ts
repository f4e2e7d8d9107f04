import { describe, expect, it } from 'vitest';
import { estates } from '../estates/index.ts';
import { EstateError, readEstate } from '../src/estate.ts';

const image = {
  name: 'coder-preview',
  source: 'ghcr.io/coder/coder-preview',
  repository: 'coder-preview',
  tags: ['latest', 'v*'],
  moving: ['latest'],
};

const estate = {
  name: 'ai.coder.com',
  home: 'us-east-2',
  regions: [
    { name: 'us-east-2', city: 'Ohio' },
    { name: 'us-west-2', city: 'Oregon' },
  ],
  images: [image],
  people: { emails: ['ana@example.com'] },
};

const cluster = {
  name: 'ohio',
  eks: 'ai-coder-com',
  region: 'us-east-2',
  role: 'control-plane',
  runs: [{ namespace: 'coder', workload: 'coder', image: 'coder-preview', tag: 'latest' }],
  nodePools: ['coder-provisioner'],
};
const pool = {
  name: 'provisioners',
  kind: 'provisioners',
  cluster: 'ohio',
  namespace: 'coder-ws',
  workload: 'coder-provisioner',
  organization: 'coder',
};
const rotator = { name: 'key-rotator', cluster: 'ohio', namespace: 'litellm', workload: 'rotate-keys' };
const watched = {
  ...estate,
  clusters: [cluster],
  pools: [pool],
  rotators: [rotator],
  coder: { url: 'https://ai.coder.com', token: 'greenroom/coder' },
};

const withImage = (change: object) => ({ ...estate, images: [{ ...image, ...change }] });

const withPolicy = (policy: unknown) => ({ ...estate, policy });

const calendar = { secret: 'greenroom/calendar', zone: 'America/New_York', marks: ['workshop'], attendance: 12 };
const withPeople = (people: object) => ({ ...estate, people: { emails: [], ...people } });
const withCalendar = (change: object) => ({ ...estate, calendar: { ...calendar, ...change } });

function faultsOf(wrong: unknown): readonly string[] {
  try {
    readEstate(wrong);
  } catch (error) {
    if (error instanceof EstateError) return error.faults;
    throw error;
  }
  return [];
}

describe('an estate that is well written', () => {
  it.each([...estates])('%s is the one we look after', (name, ours) => {
    expect(readEstate(ours)).toEqual(ours);
    expect(ours.name).toBe(name);
  });

  it.each<[string, unknown]>([
    ['names nobody to tell', { ...estate, people: { emails: [] } }],
    ['names the account it lives in', { ...estate, account: '012345678901' }],
    ['runs Greenroom in a region without copies', { ...estate, home: 'eu-central-1' }],
    ['keeps copies in a government region', { ...estate, regions: [{ name: 'us-gov-west-1', city: 'Oregon' }] }],
    ['lets no tag move', withImage({ tags: ['v*'], moving: [] })],
    ['lets the versions of one line move', withImage({ tags: ['v*', 'latest'], moving: ['latest', 'v2.*'] })],
    ['lets every tag move', withImage({ moving: ['*'] })],
    ['copies two platforms only', withImage({ platforms: ['linux/amd64', 'linux/arm/v7'] })],
    ['keeps twenty versions', withImage({ newest: 20 })],
    ['reads its source with a secret', withImage({ credentials: 'greenroom/ghcr' })],
    ['mirrors from a port', withImage({ source: 'registry.example.com:5000/coder' })],
    ['names its clusters, and what is scaled and paused in them', watched],
    ['names no cluster', { ...estate, clusters: [], pools: [] }],
    ['speaks to a Coder on this machine', { ...estate, coder: { url: 'http://127.0.0.1:4100', token: 'coder' } }],
    ['keeps copies in a namespace', withImage({ repository: 'coder/coder-preview' })],
    ['has a policy without a change', withPolicy({})],
    ['measured its builds', withPolicy({ sizing: { buildSeconds: 75, showRate: 0.7 } })],
    ['gets ready two days ahead', withPolicy({ raiseLeadMinutes: 2_880 })],
    ['has no grace and no pause before the start', withPolicy({ graceMinutes: 0, closeLeadMinutes: 0 })],
    [
      'tells a channel of Slack',
      withPeople({ slack: [{ name: 'greenroom', secret: 'greenroom/slack', hears: ['fail'] }] }),
    ],
    ['has quiet hours', withPeople({ quiet: { zone: 'UTC', from: '22:00', until: '07:00' } })],
    ['reminds as often as it likes', { ...estate, policy: { reminders: { failMinutes: 30 } } }],
    ['reads its calendar behind a secret', withCalendar({})],
    ['reads its calendar from a file', withCalendar({ secret: undefined, file: 'examples/workshops.ics' })],
    ['reads its calendar from S3', withCalendar({ secret: undefined, object: 's3://work.shops/2026/a_b~c.ics' })],
    ['shares its calendar', withCalendar({ sharedWith: ['coderdemo.io'] })],
  ])('%s', (_, well) => {
    expect(faultsOf(well)).toEqual([]);
  });
});

describe('an estate with one fault names the field, the value and what is allowed', () => {
  it.each<[string, unknown, RegExp]>([
    ['nothing at all', undefined, /^the estate: left out; want an object with name, account, home/],
    ['a list', [], /^the estate: \[\]; want an object/],
    ['no name', { ...estate, name: undefined }, /^name: left out; want lower-case/],
    ['a name in capitals', { ...estate, name: 'AI' }, /^name: "AI"; want lower-case/],
    [
      'an account that lost its zero',
      { ...estate, account: 12345678901 },
      /^account: 12345678901; want .*quotes.*zero/,
    ],
    [
      'an account of eleven digits',
      { ...estate, account: '12345678901' },
      /^account: "12345678901"; want twelve digits/,
    ],
    ['a home that is a city', { ...estate, home: 'Ohio' }, /^home: "Ohio"; want the name of an AWS region/],
    ['no regions', { ...estate, regions: [] }, /^regions: \[\]; want at least one region/],
    [
      'a region by its city',
      { ...estate, regions: [{ name: 'ohio', city: 'Ohio' }] },
      /^regions\[0\]\.name: "ohio"; want/,
    ],
    [
      'a region with a zone',
      { ...estate, regions: [{ name: 'us-east-2a', city: 'O' }] },
      /^regions\[0\]\.name: "us-east-2a"/,
    ],
    ['a region without a city', { ...estate, regions: [{ name: 'us-east-2' }] }, /^regions\[0\]\.city: left out; want/],
    [
      'a region twice',
      { ...estate, regions: [...estate.regions, { name: 'us-east-2', city: 'Columbus' }] },
      /^regions\[2\]: "us-east-2" is also the name of regions\[0\]/,
    ],
    [
      'a cluster without a role',
      { ...watched, clusters: [{ ...cluster, role: 'main' }] },
      /^clusters\[0\]\.role: "main"; want "control-plane" or "proxy"/,
    ],
    [
      'a cluster twice',
      { ...watched, clusters: [cluster, cluster] },
      /^clusters\[1\]: "ohio" is also the name of clusters\[0\]/,
    ],
    [
      'a cluster that runs an image that is not mirrored',
      { ...watched, clusters: [{ ...cluster, runs: [{ ...cluster.runs[0], image: 'coder' }] }] },
      /^clusters\[0\]\.runs\[0\]\.image: "coder"; want one of the images here: coder-preview/,
    ],
    [
      'a cluster that runs a tag that is not mirrored',
      { ...watched, clusters: [{ ...cluster, runs: [{ ...cluster.runs[0], tag: 'main' }] }] },
      /^clusters\[0\]\.runs\[0\]\.tag: "main"; want one that is mirrored: latest, v\*/,
    ],
    [
      'a workload with a slash',
      { ...watched, pools: [{ ...pool, workload: 'coder/provisioner' }] },
      /^pools\[0\]\.workload: "coder\/provisioner"; want a Kubernetes name/,
    ],
    [
      'a pool in a cluster that is not there',
      { ...watched, pools: [{ ...pool, cluster: 'london' }] },
      /^pools\[0\]\.cluster: "london"; want one of the clusters here: ohio/,
    ],
    [
      'a rotator where there are no clusters',
      { ...watched, clusters: undefined, pools: [] },
      /^rotators\[0\]\.cluster: "ohio"; want one of the clusters here: none/,
    ],
    [
      'a Coder in the clear',
      { ...watched, coder: { url: 'http://ai.coder.com', token: 'coder' } },
      /^coder\.url: "http:\/\/ai\.coder\.com"; want https/,
    ],
    [
      'a Coder by the address of its API',
      { ...watched, coder: { url: 'https://ai.coder.com/api/v2', token: 'coder' } },
      /^coder\.url: .*nothing behind it/,
    ],
    [
      'a token instead of its name',
      { ...watched, coder: { url: 'https://ai.coder.com', token: 'abc def' } },
      /^coder\.token: not the name of a secret/,
    ],
    ['no images', { ...estate, images: [] }, /^images: \[\]; want at least one/],
    [
      'two images of one name',
      { ...estate, images: [image, { ...image, repository: 'other' }] },
      /^images\[1\]: "coder-preview" is also the name of images\[0\]/,
    ],
    [
      'two images in one repository',
      { ...estate, images: [image, { ...image, name: 'other' }] },
      /^images\[1\]: "coder-preview" is also the repository of images\[0\]/,
    ],
    ['an image name with a colon', withImage({ name: 'coder:preview' }), /^images\[0\]\.name: "coder:preview"; want/],
    ['an image that is called everything', withImage({ name: '*' }), /^images\[0\]\.name: "\*"; want/],
    ['a source with a tag', withImage({ source: 'ghcr.io/coder/c:latest' }), /\.source: .*; want it without ":latest"/],
    ['a source with a digest', withImage({ source: `ghcr.io/c/c@sha256:${'0'.repeat(64)}` }), /\.source: .* a digest/],
    [
      'a source without its registry',
      withImage({ source: 'coder/coder' }),
      /\.source: "coder\/coder"; want it in full: docker\.io\/coder\/coder/,
    ],
    [
      'a source with a scheme',
      withImage({ source: 'https://ghcr.io/coder/c' }),
      /\.source: .*; want it in full: ghcr\.io\/coder\/c/,
    ],
    [
      'a source in capitals',
      withImage({ source: 'ghcr.io/Coder/coder' }),
      /\.source: .*"Coder\/coder" is not a repository name; want/,
    ],
    ['a source that is a number', withImage({ source: 7 }), /\.source: 7; want a registry and a repository/],
    ['a repository in capitals', withImage({ repository: 'Coder' }), /\.repository: "Coder"; want the name of an ECR/],
    ['a repository of one letter', withImage({ repository: 'c' }), /\.repository: "c"; want .*2 to 256/],
    ['a repository with two slashes', withImage({ repository: 'a//b' }), /\.repository: "a\/\/b"; want/],
    ['no tags', withImage({ tags: [], moving: [] }), /\.tags: \[\]; want at least one tag/],
    ['one tag, not a list', withImage({ tags: 'latest', moving: [] }), /\.tags: "latest"; want at least one tag/],
    ['a tag with a blank', withImage({ tags: ['latest', 'v 1'] }), /\.tags\[1\]: "v 1"; want a tag/],
    ['a tag that is a number', withImage({ tags: ['latest', 2.1] }), /\.tags\[1\]: 2\.1; want a tag/],
    [
      'a tag twice',
      withImage({ tags: ['latest', 'latest'] }),
      /\.tags\[1\]: "latest" is also the tag of .*\.tags\[0\]/,
    ],
    [
      'a tag that Greenroom writes itself',
      withImage({ tags: ['latest', 'gr-*'] }),
      /\.tags\[1\]: "gr-\*"; want another/,
    ],
    [
      'a tag that cosign writes',
      withImage({ tags: ['latest', `sha256-${'a'.repeat(64)}.sig`] }),
      /\.tags\[1\]: .*; want another/,
    ],
    [
      'a moving tag that is not mirrored',
      withImage({ moving: ['latest', 'edge'] }),
      /\.moving\[1\]: "edge"; want one that is mirrored: latest, v\*/,
    ],
    ['a latest that may not move', withImage({ moving: [] }), /\.moving: \[\]; want "latest" among them/],
    ['no word on what moves', withImage({ tags: ['v*'], moving: undefined }), /\.moving: left out; want a list/],
    [
      'more moving tags than ECR takes',
      withImage({ moving: ['latest', 'v1*', 'v2*', 'v3*', 'v4*', 'v5*'] }),
      /\.moving: .*; want at most 5/,
    ],
    [
      'a moving pattern with three stars',
      withImage({ moving: ['latest', 'v*.*.*'] }),
      /\.moving\[1\]: "v\*\.\*\.\*"; want at most two/,
    ],
    [
      'a platform without an architecture',
      withImage({ platforms: ['linux'] }),
      /\.platforms\[0\]: "linux"; want os\/arch/,
    ],
    ['a platform by its kernel name', withImage({ platforms: ['linux/x86_64'] }), /\.platforms\[0\]: .*; want "amd64"/],
    ['an empty list of platforms', withImage({ platforms: [] }), /\.platforms: \[\]; want at least one/],
    ['no versions kept', withImage({ newest: 0 }), /\.newest: 0; want 1 to 100/],
    [
      'a misspelt field',
      withImage({ platform: ['linux/amd64'] }),
      /^images\[0\]\.platform: no such field; allowed are name/,
    ],
    ['people without addresses', { ...estate, people: {} }, /^people\.emails: left out; want a list/],
    [
      'an address without a host',
      { ...estate, people: { emails: ['ana'] } },
      /^people\.emails\[0\]: "ana"; want an e-mail/,
    ],
    ['a policy that is a word', withPolicy('strict'), /^policy: "strict"; want an object with checkLeadMinutes/],
    [
      'a lead of a day and a half hours',
      withPolicy({ raiseLeadMinutes: 1.5 }),
      /^policy\.raiseLeadMinutes: 1\.5; want a whole/,
    ],
    [
      'a lead in words',
      withPolicy({ closeLeadMinutes: '2h' }),
      /^policy\.closeLeadMinutes: "2h"; want a number from 0/,
    ],
    ['a lead without its unit', withPolicy({ closeLead: 120 }), /^policy\.closeLead: no such field; allowed are check/],
    [
      'no checks at all',
      withPolicy({ checkLeadMinutes: [] }),
      /^policy\.checkLeadMinutes: \[\]; want at least one lead/,
    ],
    [
      'checks that come after what they check',
      withPolicy({ checkLeadMinutes: [60] }),
      /^policy\.raiseLeadMinutes: 1440; want at most 60, which is policy\.checkLeadMinutes/,
    ],
    [
      'a pause before the keys are made',
      withPolicy({ closeLeadMinutes: 240 }),
      /^policy\.closeLeadMinutes: 240; want at most 180, which is policy\.rotateLeadMinutes/,
    ],
    [
      'a show rate in per cent',
      withPolicy({ sizing: { showRate: 70 } }),
      /^policy\.sizing\.showRate: 70; want .* to 1/,
    ],
    [
      'a range the wrong way round',
      withPolicy({ sizing: { workspace: { cpus: [4, 2], memoryGb: [4, 8], ephemeralGb: [10, 10] } } }),
      /^policy\.sizing\.workspace\.cpus: \[4,2\]; want the least first/,
    ],
    [
      'an address twice',
      { ...estate, people: { emails: ['ana@example.com', 'ana@example.com'] } },
      /^people\.emails\[1\]: "ana@example.com" is also the address of/,
    ],
    [
      'a webhook’s address where the name of its secret belongs',
      withPeople({ slack: [{ name: 'greenroom', secret: 'https://hooks.slack.com/services/hunter2' }] }),
      /^(?!.*hunter2)people\.slack\[0\]\.secret: not the name of a secret/,
    ],
    [
      'a channel that hears of something that there is not',
      withPeople({ slack: [{ name: 'greenroom', secret: 'greenroom/slack', hears: ['panic'] }] }),
      /^people\.slack\[0\]\.hears\[0\]: "panic"; want "fail", "unknown", "warn" or "done"/,
    ],
    [
      'a channel twice',
      withPeople({ slack: ['a', 'b'].map((secret) => ({ name: 'greenroom', secret })) }),
      /^people\.slack\[1\]: .*name/,
    ],
    [
      'quiet hours that never end',
      withPeople({ quiet: { zone: 'UTC', from: '07:00', until: '07:00' } }),
      /^people\.quiet\.until: "07:00"; want another time than from/,
    ],
    [
      'quiet hours by a clock that there is not',
      withPeople({ quiet: { zone: 'Mars/Olympus', from: '22:00', until: '07:00' } }),
      /^people\.quiet\.zone: "Mars/,
    ],
    [
      'reminders without a pause',
      { ...estate, policy: { reminders: { failMinutes: 1 } } },
      /^policy\.reminders\.failMinutes: 1; want a number from 5/,
    ],
    ['a calendar without an address', withCalendar({ secret: undefined }), /^calendar: want secret, .* or else file/],
    ['a calendar with two addresses', withCalendar({ file: 'a.ics' }), /^calendar: want secret, .* only one of them/],
    [
      'a calendar that is a secret and an object',
      withCalendar({ object: 's3://workshops/a.ics' }),
      /^calendar: want secret, .* only one of them/,
    ],
    ...[
      's3://workshops',
      's3://Workshops/a.ics',
      's3://workshops/*.ics',
      's3://workshops/a/../b.ics',
      's3://workshops/${aws:username}.ics',
      'https://workshops.s3.amazonaws.com/a.ics?X-Amz-Signature=hunter2',
    ].map((object): [string, object, RegExp] => [
      `an object that no role could be held to: ${object.slice(0, 30)}`,
      withCalendar({ secret: undefined, object }),
      /^(?!.*hunter2)calendar\.object: want s3:\/\/bucket\/key/,
    ]),
    [
      'a calendar’s address where the name of its secret belongs',
      withCalendar({ secret: 'https://calendar.google.com/private-hunter2/basic.ics' }),
      /^(?!.*hunter2)calendar\.secret: not the name of a secret/,
    ],
    [
      'a calendar’s address in place of a file',
      withCalendar({ secret: undefined, file: 'https://calendar.google.com/private-hunter2/basic.ics' }),
      /^(?!.*hunter2)calendar\.file: not the path of a file/,
    ],
    ['a zone that is an offset', withCalendar({ zone: 'EST' }), /^calendar\.zone: "EST"; want the IANA name/],
    ['no words for workshops', withCalendar({ marks: [] }), /^calendar\.marks: \[\]; want at least one word/],
    ['nobody expected', withCalendar({ attendance: 0 }), /^calendar\.attendance: 0; want .*people/],
  ])('%s', (_, wrong, sentence) => {
    expect(faultsOf(wrong)).toEqual([expect.stringMatching(sentence)]);
  });
});

const key = { name: 'ai-coder', secret: 'ai.coder.com/litellm', field: 'key' };
const consumer = { cluster: 'ohio', namespace: 'coder-ws', secret: 'litellm-key', entry: 'key' };
const litellm = {
  kind: 'litellm',
  url: 'https://gateway.ai.coder.com',
  masterKey: 'litellm/master',
  replicas: ['http://127.0.0.1:4000', 'https://replica-1.ai.coder.com'],
  renews: 'rotate',
  longestMinutes: 60 * 24 * 30,
  keys: [{ ...key, consumers: [consumer] }],
};
const domains = ['ai.coder.com', '*.ai.coder.com'];
const tokens = [{ name: 'dns', issuer: 'cloudflare', secret: 'greenroom/cloudflare', field: 'token' }];
const vpc = { subnets: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3e'], securityGroups: ['sg-0a1b2c3d'] };
const keyed = {
  ...watched,
  gateway: litellm,
  rotators: [{ ...rotator, keys: ['ai-coder'] }],
  domains,
  tokens,
  vpc,
};
const withGateway = (change: object) => ({ ...keyed, gateway: { ...litellm, ...change } });
const withPods = (replicas: object) => ({
  ...withGateway({ replicas }),
  pools: [pool, { ...pool, name: 'models', kind: 'gateway' }],
});
const withKey = (change: object) => withGateway({ keys: [{ ...key, ...change }] });
const withConsumer = (change: object) => withKey({ consumers: [{ ...consumer, ...change }] });
const withToken = (change: object) => ({ ...keyed, tokens: [{ ...tokens[0], ...change }] });
const withVpc = (change: object) => ({ ...keyed, vpc: { ...vpc, ...change } });

describe('an estate with keys and credentials that is well written', () => {
  it.each([
    ['names all that there is', keyed],
    ['has no gateway, and says so', { ...keyed, rotators: [rotator], gateway: { kind: 'none' } }],
    ['has the least of a gateway', withGateway({ replicas: undefined, renews: undefined, longestMinutes: undefined })],
    ['asks the gateway’s pods', withPods({ port: 4000 })],
    ['has two keys in one secret', withGateway({ keys: [key, { ...key, name: 'other', field: 'other' }] })],
    ['has a key that is the whole secret', withKey({ field: undefined })],
    ['replaces no key', { ...keyed, rotators: [{ ...rotator, keys: [] }] }],
  ])('%s', (_, well) => {
    expect(faultsOf(well)).toEqual([]);
  });
});

describe('an estate with one fault in its keys and credentials names it', () => {
  it.each<[string, unknown, RegExp]>([
    ['another gateway', withGateway({ kind: 'portkey' }), /^gateway\.kind: "portkey"; want "litellm" or "none"/],
    ['no kind of gateway', withGateway({ kind: undefined }), /^gateway\.kind: left out; want "litellm"/],
    [
      'a gateway that is none and has keys',
      { ...keyed, rotators: [rotator], gateway: { kind: 'none', keys: [] } },
      /^gateway\.keys: no such field; allowed are kind/,
    ],
    ['a misspelt field', withGateway({ replica: [] }), /^gateway\.replica: no such field; allowed are .*replicas/],
    ['a gateway in the clear', withGateway({ url: 'http://gateway.ai.coder.com' }), /^gateway\.url: .*want https/],
    ['a gateway with a path', withGateway({ url: 'https://ai.coder.com/v1' }), /^gateway\.url: .*nothing behind it/],
    [
      'a gateway with a password in its address',
      withGateway({ url: 'https://sk-hunter2@ai.coder.com' }),
      /^(?!.*hunter2)gateway\.url: not an address but .*nothing behind it/,
    ],
    ['no replica', withGateway({ replicas: [] }), /^gateway\.replicas: \[\]; want at least one address/],
    [
      'a replica twice',
      withGateway({ replicas: ['https://a.example.com', 'https://a.example.com'] }),
      /^gateway\.replicas\[1\]: .* is also the address of/,
    ],
    [
      'replicas by a word',
      withGateway({ replicas: 'pods' }),
      /^gateway\.replicas: "pods"; want at least one address, \{ port/,
    ],
    ['pods without a port', withPods({}), /^gateway\.replicas\.port: left out; want a number from 1 to 65535/],
    ['pods on no port', withPods({ port: 0 }), /^gateway\.replicas\.port: 0; want a number from 1/],
    ['pods and more', withPods({ port: 4000, tls: true }), /^gateway\.replicas\.tls: no such field; allowed are port/],
    [
      'pods of no pool',
      { ...withPods({ port: 4000 }), pools: [pool] },
      /^gateway\.replicas: \{"port":4000\}; want a pool of kind "gateway" in pools, whose pods are asked; or a list/,
    ],
    ['a replica by its host', withGateway({ replicas: ['10.0.1.7'] }), /^gateway\.replicas\[0\]: "10\.0\.1\.7"; want/],
    [
      'another way to renew',
      withGateway({ renews: 'delete' }),
      /^gateway\.renews: "delete"; want "extend" or "rotate"/,
    ],
    ['a life of none', withGateway({ longestMinutes: 0 }), /^gateway\.longestMinutes: 0; want a number from 1 to/],
    ['a life in hours', withGateway({ longestMinutes: '8h' }), /^gateway\.longestMinutes: "8h"; want a number/],
    ['a minute and a half', withGateway({ longestMinutes: 1.5 }), /^gateway\.longestMinutes: 1\.5; want a whole/],
    ['no keys', { ...withGateway({ keys: [] }), rotators: [rotator] }, /^gateway\.keys: \[\]; want at least one key/],
    [
      'a key twice',
      withGateway({ keys: [key, { ...key, secret: 'another' }] }),
      /^gateway\.keys\[1\]: "ai-coder" is also the name of gateway\.keys\[0\]/,
    ],
    [
      'two keys in one place',
      withGateway({ keys: [key, { ...key, name: 'other' }] }),
      /^gateway\.keys\[1\]: .* is also the secret of gateway\.keys\[0\]/,
    ],
    ['a key without a secret', withKey({ secret: undefined }), /^gateway\.keys\[0\]\.secret: not the name of a secret/],
    ['a field with a space', withKey({ field: 'the key' }), /^gateway\.keys\[0\]\.field: "the key"; want letters/],
    [
      'a consumer in a cluster that is not there',
      withConsumer({ cluster: 'tokyo' }),
      /^gateway\.keys\[0\]\.consumers\[0\]\.cluster: "tokyo"; want one of the clusters here: ohio/,
    ],
    [
      'a consumer in a namespace that Kubernetes would refuse',
      withConsumer({ namespace: 'Coder_WS' }),
      /^gateway\.keys\[0\]\.consumers\[0\]\.namespace: "Coder_WS"; want a Kubernetes name/,
    ],
    [
      'an entry that is a path',
      withConsumer({ entry: 'data/key' }),
      /^gateway\.keys\[0\]\.consumers\[0\]\.entry: "data\/key"; want letters/,
    ],
    [
      'a rotator of a key that nobody publishes',
      { ...keyed, rotators: [{ ...rotator, keys: ['ai-coder', 'ai-codr'] }] },
      /^rotators\[0\]\.keys\[1\]: "ai-codr"; want one of the keys here: ai-coder/,
    ],
    [
      'a rotator of a key where there is no gateway',
      { ...keyed, gateway: { kind: 'none' } },
      /^rotators\[0\]\.keys\[0\]: "ai-coder"; want one of the keys here: none/,
    ],
    [
      'a rotator that names a key twice',
      { ...keyed, rotators: [{ ...rotator, keys: ['ai-coder', 'ai-coder'] }] },
      /^rotators\[0\]\.keys\[1\]: "ai-coder" is also the name of/,
    ],
    ['a domain with a scheme', { ...keyed, domains: ['https://ai.coder.com'] }, /^domains\[0\]: .*want a domain/],
    ['a domain in capitals', { ...keyed, domains: ['AI.coder.com'] }, /^domains\[0\]: "AI\.coder\.com"; want a domain/],
    ['a star in the middle', { ...keyed, domains: ['ai.*.com'] }, /^domains\[0\]: "ai\.\*\.com"; want a domain/],
    ['a domain with a port', { ...keyed, domains: ['ai.coder.com:443'] }, /^domains\[0\]: .*want a domain/],
    ['a bare name', { ...keyed, domains: ['localhost'] }, /^domains\[0\]: "localhost"; want a domain/],
    ['a domain twice', { ...keyed, domains: ['a.com', 'a.com'] }, /^domains\[1\]: "a\.com" is also the domain of/],
    [
      'another issuer',
      withToken({ issuer: 'gitlab' }),
      /^tokens\[0\]\.issuer: "gitlab"; want "cloudflare" or "github"/,
    ],
    ['a token twice', { ...keyed, tokens: [tokens[0], tokens[0]] }, /^tokens\[1\]: "dns" is also the name of/],
    ['a subnet by its name', withVpc({ subnets: ['private-a'] }), /^vpc\.subnets\[0\]: "private-a"; want the id/],
    ['no subnet', withVpc({ subnets: [] }), /^vpc\.subnets: \[\]; want at least one subnet of the home region/],
    ['no security group', withVpc({ securityGroups: [] }), /^vpc\.securityGroups: \[\]; want at least one security/],
    [
      'more security groups than Lambda takes',
      withVpc({ securityGroups: [1, 2, 3, 4, 5, 6].map((n) => `sg-0a1b2c3${n}`) }),
      /^vpc\.securityGroups: .*want at most 5/,
    ],
    [
      'a subnet twice',
      withVpc({ subnets: ['subnet-0a1b2c3d', 'subnet-0a1b2c3d'] }),
      /^vpc\.subnets\[1\]: .* is also the subnet/,
    ],
    ['a VPC by its id', withVpc({ id: 'vpc-1' }), /^vpc\.id: no such field; allowed are subnets, securityGroups/],
  ])('%s', (_, wrong, sentence) => {
    expect(faultsOf(wrong)).toEqual([expect.stringMatching(sentence)]);
  });

  it('and repeats nothing that may be a key or a token', () => {
    const pasted = 'github_pat_hunter2hunter2';
    const wrong = {
      ...keyed,
      gateway: { ...litellm, masterKey: `sk hunter2`, keys: [{ ...key, secret: 'sk hunter2' }] },
      tokens: [{ ...tokens[0], secret: pasted }],
    };
    const faults = faultsOf(wrong);
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'gateway.masterKey',
      'gateway.keys[0].secret',
      'tokens[0].secret',
    ]);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('and all of them together, wherever they are', () => {
    const wrong = {
      ...withGateway({ renews: 'no', longestMinutes: -1, keys: [{ ...key, consumers: [{ cluster: 'tokyo' }] }] }),
      domains: ['*'],
      tokens: [{}],
      vpc: {},
    };
    expect(faultsOf(wrong).map((fault) => fault.split(':')[0])).toEqual([
      'gateway.renews',
      'gateway.longestMinutes',
      ...['namespace', 'secret', 'entry'].map((each) => `gateway.keys[0].consumers[0].${each}`),
      'vpc.subnets',
      'vpc.securityGroups',
      'domains[0]',
      ...['name', 'issuer', 'secret'].map((each) => `tokens[0].${each}`),
      'gateway.keys[0].consumers[0].cluster',
    ]);
  });
});

describe('an estate with many faults', () => {
  it('hears of all of them at once', () => {
    const wrong = {
      ...withImage({ source: 'ghcr.io/coder/c:latest', tags: ['latest', 'gr-1'], platforms: ['linux'] }),
      account: 1,
      home: 'Ohio',
      people: { emails: ['ana'] },
    };
    expect(faultsOf(wrong).map((fault) => fault.split(':')[0])).toEqual([
      'account',
      'home',
      'images[0].source',
      'images[0].tags[1]',
      'images[0].platforms[0]',
      'people.emails[0]',
    ]);
  });

  it('is told which estate it is, a line for each fault', () => {
    expect(() => readEstate({ ...estate, home: 'Ohio', images: [] })).toThrow(
      'ai.coder.com is not an estate that can be looked after:\n  - home: "Ohio"',
    );
  });

  it('never repeats what may be a secret', () => {
    const secret = '{"username":"bot","password":"hunter2"}';
    expect(faultsOf(withImage({ credentials: secret })).join()).not.toContain('hunter2');
    expect(faultsOf(withImage({ credentials: 'ghp_abcdefhunter2' })).join()).toMatch(
      /^(?!.*hunter2).*never the secret/,
    );
  });
});

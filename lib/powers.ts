import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { EksCluster, Estate } from '../src/core/estate.ts';
import { podsPort } from '../src/core/keys.ts';
import { s3Object } from '../src/core/s3-object.ts';
import type { WakeupVerb } from './wakeups.ts';

/** What may be done to the copies. AWS checks the same actions behind a registry's `/v2/`. */
const copyVerbs = {
  /** Tags and manifests; referrers as well. */
  see: ['BatchGetImage'],
  /** Which blobs are there, and whether the repository is. */
  check: ['BatchCheckLayerAvailability'],
  /** The list of tags: where signatures of a digest that only a region still has are found. */
  list: ['ListImages'],
  /** A region that fell behind is filled from a sibling. */
  read: ['GetDownloadUrlForLayer'],
  /** Blobs. Nothing that is there changes by it, since content is named by its digest. */
  upload: ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'],
  /** Manifests by digest, and tags. */
  tag: ['PutImage'],
  /**
   * Taking back a tag that this very promotion made: where another region refused, one that had no such tag before
   * can only go back to having none. ECR has no narrower way to untag, and offers no condition on the tag; with its
   * last tag the image would go as well, so it is asked first what else the image is called.
   */
  untag: ['DescribeImages', 'BatchDeleteImage'],
} as const;

/** Never Scan: what must be found has a key. Nobody deletes: what may go has a time to live. */
const journalVerbs = {
  get: ['GetItem'],
  list: ['Query'],
  put: ['PutItem'],
  /** Claims: on a release, or on the turn to tell. */
  update: ['UpdateItem'],
  /** Writing one thing only while another is so. */
  fence: ['ConditionCheckItem'],
} as const;

export interface Powers {
  readonly copies: readonly (keyof typeof copyVerbs)[];
  readonly journal: readonly (keyof typeof journalVerbs)[];
  /** Reads the source with the credentials that the estate names, where it names any. */
  readonly source: boolean;
  /** Tells people by itself. */
  readonly tells: boolean;
  /** Starts the state machine. */
  readonly mirrors: boolean;
  /** Looks into the estate's clusters and asks its Coder. What it may do in a cluster, the cluster says: deploy/rbac.yaml. */
  readonly clusters?: boolean;
  /** Reads the address of the calendar, or the calendar itself where it is an object. */
  readonly calendar?: boolean;
  /** Sets and cancels one-off schedules, and passes on the one role by which they call. */
  readonly wakeups?: readonly WakeupVerb[];
  /**
   * `administer`: looks at the gateway's keys with the key that administers it, and at everything else that ends. `watch`:
   * looks at the published keys by themselves, and has them rotated by the function that may.
   */
  readonly keys?: 'administer' | 'watch';
}

/**
 * What each function may do. One table, because permissions are reviewed side by side.
 *
 * Nobody may make or delete a repository: that is the region stacks'. The webhook is not here: it may put events on
 * the bus and read its own secret.
 */
export const powers = {
  look: { copies: ['see'], journal: ['get', 'list', 'put', 'update'], source: true, tells: true, mirrors: true },
  parity: {
    copies: ['see', 'check', 'list'],
    journal: ['get', 'list', 'put', 'update'],
    source: true,
    tells: true,
    mirrors: true,
    clusters: true,
  },
  posture: {
    copies: [],
    journal: ['get', 'list', 'put', 'update'],
    source: false,
    tells: true,
    mirrors: false,
    clusters: true,
    calendar: true,
    wakeups: ['set', 'cancel'],
    keys: 'watch',
  },
  // It asks the calendar, because a workshop may have been made longer; and what it could not lift, it comes back for.
  lift: {
    copies: [],
    journal: ['get', 'list', 'put', 'update'],
    source: false,
    tells: true,
    mirrors: false,
    clusters: true,
    calendar: true,
    wakeups: ['set', 'cancel'],
  },
  // It retires keys at the gateway, which asks for its own key and not for a power of AWS.
  credentials: {
    copies: [],
    journal: ['get', 'list', 'put', 'update'],
    source: true,
    tells: true,
    mirrors: false,
    clusters: true,
    calendar: true,
    keys: 'administer',
  },
  plan: {
    copies: ['see', 'check', 'list'],
    journal: ['get', 'put', 'update'],
    source: true,
    tells: false,
    mirrors: false,
  },
  transfer: {
    copies: ['see', 'check', 'read', 'upload'],
    // It keeps the run's claim while it sits.
    journal: ['get', 'put', 'update'],
    source: true,
    tells: false,
    mirrors: false,
  },
  // It may upload as well, because a release is signed minutes after it is pushed, and a region may lose something
  // meanwhile: promoting looks again and brings what is lacking, instead of failing an hour's work for a signature.
  promote: {
    copies: ['see', 'check', 'list', 'read', 'upload', 'tag', 'untag'],
    journal: ['get', 'list', 'put', 'update', 'fence'],
    source: true,
    tells: false,
    mirrors: false,
  },
  abandon: { copies: [], journal: ['get', 'put', 'update'], source: false, tells: false, mirrors: false },
} as const satisfies Readonly<Record<string, Powers>>;

/** Grants on the repositories of every region, by name: the stacks that make them need not be deployed first. */
export function grantCopies(to: IGrantable, scope: Construct, estate: Estate, verbs: Powers['copies']): void {
  if (verbs.length === 0) return;
  const actions = verbs.flatMap((verb) => copyVerbs[verb].map((action) => `ecr:${action}`));
  const resources = estate.regions.flatMap(({ name: region }) =>
    estate.images.map(({ repository }) => repositoryArn(scope, region, repository)),
  );
  to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  // Because the token is the registry's and not a repository's: AWS knows no resource for it.
  const token = new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] });
  to.grantPrincipal.addToPrincipalPolicy(token);
}

export function grantJournal(to: IGrantable, journal: TableV2, verbs: Powers['journal']): void {
  if (verbs.length === 0) return;
  journal.grant(to, ...verbs.flatMap((verb) => journalVerbs[verb].map((action) => `dynamodb:${action}`)));
}

/** To read them, and not to ask about them as `grantRead` would allow too. */
export function grantCredentials(to: IGrantable, secrets: readonly Secret[]): void {
  if (secrets.length === 0) return;
  const resources = secrets.map(({ secretArn }) => secretArn);
  const read = new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources });
  to.grantPrincipal.addToPrincipalPolicy(read);
}

/** Where a cluster answers, and the token for Coder. Nothing, where the estate names neither. */
export function grantClusters(
  to: IGrantable,
  scope: Construct,
  { clusters = [], coder, home }: Pick<Estate, 'clusters' | 'coder' | 'home'>,
): void {
  const resources = clusters.map(({ name, eks = name, region }) =>
    Stack.of(scope).formatArn({ service: 'eks', region, resource: 'cluster', resourceName: eks }),
  );
  if (resources.length > 0) {
    to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['eks:DescribeCluster'], resources }));
  }
  if (coder) grantSecret(to, scope, home, coder.token);
}

/** In which clusters a rotation finds the gateway's pods. None, where the estate lists addresses or has no gateway. */
export function clustersOfPods({ clusters = [], pools = [], gateway }: Estate): readonly EksCluster[] {
  if (gateway?.kind !== 'litellm' || podsPort(gateway) === undefined) return [];
  return clusters.filter(({ name }) => pools.some(({ kind, cluster }) => kind === 'gateway' && cluster === name));
}

/** The secret that holds the feed's address, or the feed itself in S3. Nothing, where the estate names neither. */
export function grantCalendar(to: IGrantable, scope: Construct, { calendar, home }: Estate): void {
  if (calendar?.secret !== undefined) grantSecret(to, scope, home, calendar.secret);
  const object = s3Object(calendar?.object ?? '');
  if (!object) return;
  const { bucket: resource, key: resourceName } = object;
  const arn = Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource, resourceName });
  to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [arn] }));
}

/** The secrets that open the channels which are told. Nothing, where the estate names none. */
export function grantSlack(to: IGrantable, scope: Construct, { people: { slack = [] }, home }: Estate): void {
  for (const name of new Set(slack.map(({ secret }) => secret))) grantSecret(to, scope, home, name);
}

/** Of a secret that somebody else makes, by its name. */
function grantSecret(to: IGrantable, scope: Construct, region: string, name: string): void {
  const resources = [secretArn(scope, region, name)];
  const read = new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources });
  to.grantPrincipal.addToPrincipalPolicy(read);
}

/** Secrets Manager puts six characters of its own behind a secret's name. */
export const secretArn = (scope: Construct, region: string, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'secretsmanager',
    region,
    resource: 'secret',
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** To see what is published and have it rotated: not the key that administers the gateway, and to write nothing. */
export function grantWatchingKeys(to: IGrantable, scope: Construct, { gateway, home }: Estate): void {
  if (gateway?.kind !== 'litellm') return;
  const resources = gateway.keys.map(({ secret }) => secretArn(scope, home, secret));
  const actions = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:RotateSecret'];
  to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
}

/** What the estate names secrets for, and which of all secrets are tagged with an end: that list knows no resource. */
export function grantKeys(to: IGrantable, scope: Construct, { gateway, tokens = [], home }: Estate): void {
  const keys = gateway?.kind === 'litellm' ? [gateway.masterKey, ...gateway.keys.map(({ secret }) => secret)] : [];
  const named = new Set([...keys, ...tokens.map(({ secret }) => secret)]);
  for (const name of named) grantSecret(to, scope, home, name);
  const list = new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] });
  to.grantPrincipal.addToPrincipalPolicy(list);
}

function repositoryArn(scope: Construct, region: string, repository: string): string {
  return Stack.of(scope).formatArn({
    service: 'ecr',
    region,
    resource: 'repository',
    resourceName: repository,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}

import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Estate } from '../src/core/estate.ts';

/** What may be done with the copies, by the OCI verb that needs it: AWS checks these also behind `/v2/`. */
const copyVerbs = {
  /** Tags, manifests, referrers, and which blobs are there. */
  see: ['BatchGetImage', 'BatchCheckLayerAvailability'],
  /** A region that was missed is filled from a sibling. */
  read: ['GetDownloadUrlForLayer'],
  /** Blobs and manifests. Nothing that is there is changed by it: content is named by its digest. */
  add: ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload', 'PutImage'],
  /** Pointing a tag. */
  point: ['PutImage'],
  /**
   * Taking back a tag that this very promotion made. Where the others refused, the region that had no such tag before
   * can only go back to having none, and ECR has no narrower way to untag.
   */
  untag: ['BatchDeleteImage'],
} as const;

/** Never Scan: what must be found has a key. */
const journalVerbs = {
  read: ['GetItem', 'Query'],
  write: ['PutItem', 'UpdateItem', 'DeleteItem'],
  /** A transaction that also insists on something else being true. */
  fence: ['ConditionCheckItem'],
} as const;

export interface Powers {
  readonly copies: readonly (keyof typeof copyVerbs)[];
  readonly journal: readonly (keyof typeof journalVerbs)[];
}

/**
 * What each function may do to the copies and in the journal. One table, because permissions are reviewed side by side.
 *
 * Nobody may create or delete a repository: the region stacks do.
 */
export const powers = {
  look: { copies: ['see'], journal: ['read', 'write'] },
  parity: { copies: ['see'], journal: ['read', 'write'] },
  plan: { copies: ['see'], journal: ['read', 'write'] },
  transfer: { copies: ['see', 'read', 'add'], journal: ['read', 'write'] },
  promote: { copies: ['see', 'point', 'untag'], journal: ['read', 'write', 'fence'] },
  abandon: { copies: [], journal: ['read', 'write'] },
} as const satisfies Readonly<Record<string, Powers>>;

/** Grants on the repositories of every region, by name: the stacks that make them need not be deployed first. */
export function grantCopies(to: IGrantable, scope: Construct, estate: Estate, verbs: Powers['copies']): void {
  if (verbs.length === 0) return;
  const actions = [...new Set(verbs.flatMap((verb) => copyVerbs[verb]))];
  const resources = estate.regions.flatMap(({ name: region }) =>
    estate.images.map(({ repository }) => repositoryArn(scope, region, repository)),
  );
  to.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: actions.map((action) => `ecr:${action}`), resources }),
  );
  // Because the token is the registry's, not a repository's: AWS knows no resource for it.
  to.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
  );
}

export function grantJournal(to: IGrantable, journal: ITableV2, verbs: Powers['journal']): void {
  if (verbs.length === 0) return;
  journal.grant(to, ...verbs.flatMap((verb) => journalVerbs[verb].map((action) => `dynamodb:${action}`)));
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

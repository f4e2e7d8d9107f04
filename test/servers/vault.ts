import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { refusal, serveAwsJson, type AwsAnswer, type AwsServer } from './aws-json.ts';

export interface VaultServer extends AwsServer {
  readonly client: SecretsManagerClient;
  /** Another client of it. */
  connect(): SecretsManagerClient;
}

interface Ask {
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly SecretString: string;
  readonly VersionStage: string;
  readonly VersionStages: readonly string[];
  readonly MoveToVersionId?: string;
  readonly RemoveFromVersionId?: string;
}

/**
 * One secret's versions and labels, as Secrets Manager moves them. Left without `rotates`, its rotation is asked for and
 * never called; otherwise that is called, behind the back of whoever asked.
 */
export async function serveVault(first: string, rotates?: (version: string) => Promise<void>): Promise<VaultServer> {
  const texts = new Map([['first', first]]);
  const labels = new Map([['AWSCURRENT', 'first']]);
  const attach = (label: string, version: string): void => {
    const current = labels.get('AWSCURRENT');
    if (label === 'AWSCURRENT' && current !== undefined) labels.set('AWSPREVIOUS', current);
    labels.set(label, version);
  };
  const server = await serveAwsJson({
    DescribeSecret: () => {
      const versions: Record<string, string[]> = {};
      for (const [label, version] of labels) (versions[version] ??= []).push(label);
      return { body: { ARN: 'arn', RotationEnabled: true, VersionIdsToStages: versions } };
    },
    GetSecretValue: ({ VersionStage }: Ask): AwsAnswer => {
      const version = labels.get(VersionStage);
      if (version === undefined || !texts.has(version))
        return refusal('ResourceNotFoundException', `no value for staging label: ${VersionStage}`);
      return { body: { VersionId: version, SecretString: texts.get(version), VersionStages: [VersionStage] } };
    },
    PutSecretValue: ({ ClientRequestToken: version, SecretString: text, VersionStages }: Ask): AwsAnswer => {
      if ((texts.get(version) ?? text) !== text) {
        return refusal('ResourceExistsException', 'a version with this token and other content exists');
      }
      texts.set(version, text);
      for (const label of VersionStages) attach(label, version);
      return { body: { VersionId: version } };
    },
    RotateSecret: ({ ClientRequestToken: version }: Ask): AwsAnswer => {
      const pending = labels.get('AWSPENDING');
      if (pending !== undefined && pending !== labels.get('AWSCURRENT')) {
        return refusal(
          'InvalidRequestException',
          'A previous rotation isn’t complete. That rotation will be reattempted.',
        );
      }
      labels.set('AWSPENDING', version);
      void rotates?.(version);
      return { body: { ARN: 'arn', Name: 'litellm', VersionId: version } };
    },
    UpdateSecretVersionStage: ({
      VersionStage: label,
      MoveToVersionId: to,
      RemoveFromVersionId: from,
    }: Ask): AwsAnswer => {
      const at = labels.get(label);
      if (at !== undefined && at !== from) {
        return refusal('InvalidParameterException', `the label ${label} is attached to ${at}: name it to remove it`);
      }
      if (to === undefined) labels.delete(label);
      else attach(label, to);
      return { body: {} };
    },
  });
  const connect = (): SecretsManagerClient => new SecretsManagerClient(server.connection);
  return { ...server, connect, client: connect() };
}

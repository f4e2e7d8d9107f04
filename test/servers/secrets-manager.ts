import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { refusal, serveAwsJson, type AwsAnswer, type AwsServer } from './aws-json.ts';

export interface SecretsManagerServer extends AwsServer {
  readonly client: SecretsManagerClient;
  readonly arn: string;
  /** Makes a new current version; the one that was current becomes the previous one. */
  rotate(text: string): void;
  /** Answers so from now on, until it is called without. */
  answerInstead(answer?: () => AwsAnswer | Promise<AwsAnswer>): void;
}

/** One secret with staging labels, as GetSecretValue tells it. */
export async function serveSecretsManager(current?: string): Promise<SecretsManagerServer> {
  const arn = 'arn:aws:secretsmanager:us-east-2:123456789012:secret:greenroom-webhook-Ab1Cd2';
  const versions = new Map<string, string>(current === undefined ? [] : [['AWSCURRENT', current]]);
  let instead: (() => AwsAnswer | Promise<AwsAnswer>) | undefined;
  const server = await serveAwsJson({
    GetSecretValue: ({ SecretId, VersionStage = 'AWSCURRENT' }: { SecretId: string; VersionStage?: string }) => {
      if (instead) return instead();
      const text = SecretId === arn ? versions.get(VersionStage) : undefined;
      if (text !== undefined) return { body: { ARN: arn, SecretString: text, VersionStages: [VersionStage] } };
      return refusal(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}`,
      );
    },
  });
  return {
    ...server,
    client: new SecretsManagerClient(server.connection),
    arn,
    rotate(text) {
      const before = versions.get('AWSCURRENT');
      if (before !== undefined) versions.set('AWSPREVIOUS', before);
      versions.set('AWSCURRENT', text);
    },
    answerInstead(answer) {
      instead = answer;
    },
  };
}

import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Estate } from '../src/core/estate.ts';
import { acknowledge } from './acknowledged.ts';

/** Each secret that an image's source asks for, once. */
export const sourceCredentials = (scope: Construct, { images }: Estate): Secret[] =>
  [...new Set(images.flatMap(({ credentials }) => credentials ?? []))].map(
    (name) => new SourceCredentials(scope, `credentials-${name}`, name),
  );

/** A placeholder in the form that is expected: somebody puts the real one in. */
class SourceCredentials extends Secret {
  constructor(scope: Construct, id: string, secretName: string) {
    super(scope, id, {
      secretName,
      description: 'How to sign in to a source: a machine user and a classic token that may read packages',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: 'nobody-yet' }),
        generateStringKey: 'password',
      },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(
      this,
      'AwsSolutions-SMG4',
      'GitHub issues the token, and offers no interface by which AWS could rotate it.',
    );
  }
}

import { Aws } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Estate } from '../src/core/estate.ts';

export interface NewsProps {
  readonly estate: Estate;
  readonly deadLetters: IQueue;
}

/** How people are told: by the functions what has changed, and by the alarms that the functions cannot. */
export class News extends Topic {
  constructor(scope: Construct, id: string, { estate: { name, people }, deadLetters }: NewsProps) {
    // Because news is sent on as plain e-mail anyway, and alarms may publish to an encrypted topic only under a key of
    // our own, which would then be one more thing that can keep bad news from arriving.
    super(scope, id, { displayName: `Greenroom ${name}`.slice(0, 100), enforceSSL: true });
    for (const address of people.emails) {
      this.addSubscription(new EmailSubscription(address, { deadLetterQueue: deadLetters }));
    }
    // Because a policy of our own takes the place of the topic's default one, and only that one let alarms in: they
    // would ring, and nobody would hear them.
    this.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }
}

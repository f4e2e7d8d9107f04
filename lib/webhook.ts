import { Duration } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Estate } from '../src/core/estate.ts';
import { acknowledge } from './acknowledged.ts';
import { ringForErrors, ringForWebhook } from './alarms.ts';
import { grantCredentials } from './powers.ts';
import { Program } from './program.ts';

export interface WebhookProps {
  readonly estate: Estate;
  readonly bus: EventBus;
  readonly news: ITopic;
  readonly reserves: boolean;
}

/** Where GitHub rings. It may read its secret and put events on the bus, and nothing else. */
export class Webhook extends Construct {
  readonly url: string;
  readonly secret: Secret;

  constructor(scope: Construct, id: string, { estate, bus, news, reserves }: WebhookProps) {
    super(scope, id);
    this.secret = new Secret(this, 'secret', {
      description: `What GitHub signs its deliveries to Greenroom (${estate.name}) with`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    const program = new Program(this, 'webhook', {
      description: 'Takes deliveries from GitHub, and rings for a look',
      // Because GitHub hangs up after ten seconds.
      timeout: Duration.seconds(10),
      memoryMiB: 512,
      // Because anybody may call it, and pays with our account: ten at once are a hundred calls a second at the most.
      ...(reserves && { atOnce: 10 }),
      environment: {
        GREENROOM_ESTATE: estate.name,
        GREENROOM_BUS: bus.eventBusName,
        GREENROOM_WEBHOOK_SECRET: this.secret.secretArn,
      },
    });
    grantCredentials(program, [this.secret]);
    bus.grantPutEventsTo(program);
    // Because GitHub cannot sign as AWS wants it; the function checks GitHub's own signature before anything else.
    this.url = program.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
    ringForErrors(program, 'webhook', news);
    ringForWebhook(this, program, news);
    acknowledge(
      this.secret,
      'AwsSolutions-SMG4',
      'GitHub holds the other half: it is rotated by hand at both ends, and both versions fit meanwhile.',
    );
  }
}

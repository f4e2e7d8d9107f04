import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Estate } from '../src/core/estate.ts';
import { acknowledge } from './acknowledged.ts';
import { ringForDeadLetters, ringForMachine, ringForSilence } from './alarms.ts';
import { Doorbell } from './doorbell.ts';
import { MirrorMachine } from './mirror-machine.ts';
import { nameFor } from './names.ts';
import { LOOKS_WITHIN, machineArn, makePrograms } from './programs.ts';
import { Schedules } from './schedules.ts';
import { Webhook } from './webhook.ts';

export interface HomeStackProps extends StackProps {
  readonly estate: Estate;
}

/** Where Greenroom itself runs: from here it looks, mirrors, remembers and tells. */
export class HomeStack extends Stack {
  constructor(scope: Construct, id: string, { estate, ...props }: HomeStackProps) {
    super(scope, id, props);
    const name = nameFor(estate);
    const deadLetters = deadLetterQueue(this);
    const news = newsTopic(this, estate, deadLetters);
    const journal = journalTable(this);

    const doorbell = new Doorbell(this, 'doorbell', { name, estate, deadLetters, answeredWithin: LOOKS_WITHIN });
    const programs = makePrograms(this, {
      estate,
      machine: machineArn(this, name),
      journal,
      news,
      deadLetters,
      credentials: sourceCredentials(this, estate),
    });
    doorbell.wakes(programs.look);
    const webhook = new Webhook(this, 'door', { estate, bus: doorbell.bus, news });
    const { machine } = new MirrorMachine(this, 'mirror', { name, estate: estate.name, stages: programs, news });
    new Schedules(this, 'schedules', { functions: programs, deadLetters });

    ringForDeadLetters(this, deadLetters, news);
    ringForSilence(this, programs.look, news);
    ringForMachine(this, machine, news);
    this.#say({
      WebhookUrl: [webhook.url, 'Where GitHub delivers "registry_package" events, as application/json'],
      WebhookSecret: [webhook.secret.secretName, 'Holds the secret to give to GitHub with that URL'],
      NewsTopic: [news.topicArn, 'Everything that people are told'],
      StateMachine: [machine.stateMachineArn, 'Start it with {"image":"…","tag":"…","by":"<you>"}'],
      JournalTable: [journal.tableName, 'Promotions, pins, holds, claims and minutes'],
    });
  }

  #say(outputs: Readonly<Record<string, readonly [value: string, description: string]>>): void {
    for (const [id, [value, description]] of Object.entries(outputs)) new CfnOutput(this, id, { value, description });
  }
}

function newsTopic(scope: Construct, { name, people }: Estate, deadLetterQueue: Queue): Topic {
  // Because news is sent on as plain e-mail anyway, and alarms may publish to an encrypted topic only under a key of
  // our own, which would then be one more thing that can keep bad news from arriving.
  const topic = new Topic(scope, 'news', { displayName: `Greenroom ${name}`.slice(0, 100), enforceSSL: true });
  for (const address of people.emails) topic.addSubscription(new EmailSubscription(address, { deadLetterQueue }));
  return topic;
}

function deadLetterQueue(scope: Construct): Queue {
  const queue = new Queue(scope, 'dead-letters', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, 'Serverless-SQSRedrivePolicy', 'It is where the others redrive to.');
  return queue;
}

const journalTable = (scope: Construct): TableV2 =>
  new TableV2(scope, 'journal', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billing: Billing.onDemand(),
    timeToLiveAttribute: 'expires',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // Because pins and holds are people's words, and the history is the only way back.
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });

/** A placeholder for each secret that an image's source asks for: somebody puts the real one in. */
function sourceCredentials(scope: Construct, { images }: Estate): Secret[] {
  const names = new Set(images.flatMap(({ credentials }) => credentials ?? []));
  return [...names].map(
    (secretName) =>
      new Secret(scope, `credentials-${secretName}`, {
        secretName,
        description: 'How to sign in to a source: a machine user and a classic token that may read packages',
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ username: 'nobody-yet' }),
          generateStringKey: 'password',
        },
        removalPolicy: RemovalPolicy.RETAIN,
      }),
  );
}

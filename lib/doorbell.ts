import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LOOK } from '../src/core/delivery.ts';
import type { Estate } from '../src/core/estate.ts';
import { acknowledge } from './acknowledged.ts';
import type { Program } from './program.ts';

export interface DoorbellProps {
  readonly name: string;
  readonly estate: Estate;
  readonly deadLetters: IQueue;
  /** The longest that whoever answers may take. */
  readonly answeredWithin: Duration;
}

/**
 * How long one push is left to finish ringing. It rings once for each platform, attestation and tag, and for the
 * index; whoever runs at the first ring sees half a release.
 */
const RINGING = Duration.seconds(30);

/** Where wake-ups arrive, and wait together until somebody looks. */
export class Doorbell extends Construct {
  readonly bus: EventBus;
  readonly rings: Queue;

  constructor(scope: Construct, id: string, { name, estate, deadLetters, answeredWithin }: DoorbellProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'bus', { eventBusName: name, description: `Wake-ups for Greenroom, ${estate.name}` });
    this.rings = new Queue(this, 'rings', {
      // Because EventBridge may not use the AWS-managed key, and one of our own would guard nothing but names.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Because a message stays hidden while its batch is gathered and tried: AWS asks for six times the function's own.
      visibilityTimeout: Duration.seconds(6 * answeredWithin.toSeconds() + RINGING.toSeconds()),
      // Because a scheduled look has long since seen whatever rang.
      retentionPeriod: Duration.hours(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
    });
    new Rule(this, 'rule', {
      description: 'Wake-ups wait together until somebody looks',
      eventBus: this.bus,
      eventPattern: { source: [LOOK.source], detailType: [LOOK.detailType] },
      targets: [new SqsQueue(this.rings, { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(1) })],
    });
  }

  /** Wakes a function with all that rang in a while at once, so that one push is one look. */
  wakes(answering: Program): void {
    answering.addEventSource(
      new SqsEventSource(this.rings, {
        maxBatchingWindow: RINGING,
        batchSize: 500,
        // Because it answers one at a time anyway, and two is the least that AWS lets us say.
        maxConcurrency: 2,
      }),
    );
    acknowledge(
      answering,
      'Serverless-LambdaEventSourceMappingDestination',
      'AWS offers none for a queue: what fails goes to dead letters by the queue itself.',
    );
  }
}

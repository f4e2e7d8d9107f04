import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Estate } from '../src/core/estate.ts';
import { slug } from './names.ts';

/** Who publishes wake-ups, and what they say: `src/clients/eventbridge.ts` writes the same two. */
export const WAKE_UP = { source: 'greenroom', detailType: 'look at this image' } as const;

/**
 * How long one push is left to finish ringing. It rings once per platform, attestation and tag, and again for the
 * index; whoever looks at the first ring sees half a release.
 */
export const RINGING_FOR = Duration.seconds(30);

export interface DoorbellProps {
  readonly estate: Estate;
  readonly deadLetters: IQueue;
  /** The timeout of whoever answers. */
  readonly answeredIn: Duration;
}

/** Where wake-ups arrive, and where they wait together until somebody looks. */
export class Doorbell extends Construct {
  readonly bus: EventBus;
  readonly rings: Queue;

  constructor(scope: Construct, id: string, { estate, deadLetters, answeredIn }: DoorbellProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'bus', {
      eventBusName: `greenroom-${slug(estate.name)}`,
      description: `Wake-ups for Greenroom, which looks after ${estate.name}`,
    });
    this.rings = new Queue(this, 'rings', {
      // Because EventBridge may not use the AWS-managed KMS key, and a key of our own would guard nothing: a wake-up is a name.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Because Lambda hides a batch for as long as it tries, throttling and batching window included: AWS says six times.
      visibilityTimeout: Duration.seconds(answeredIn.toSeconds() * 6 + RINGING_FOR.toSeconds()),
      retentionPeriod: Duration.hours(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
    });
    new Rule(this, 'rule', {
      description: 'Collects wake-ups until somebody looks',
      eventBus: this.bus,
      eventPattern: { source: [WAKE_UP.source], detailType: [WAKE_UP.detailType] },
      targets: [
        new SqsQueue(this.rings, { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(1), retryAttempts: 20 }),
      ],
    });
  }
}

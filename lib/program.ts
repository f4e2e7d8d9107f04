import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { join } from 'node:path';
import { acknowledge } from './acknowledged.ts';
import { bundling } from './bundling.ts';

export interface ProgramProps {
  /** What a person who sees the function, or its alarm, in the console should know. */
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Told when the function fails. */
  readonly news: ITopic;
  /** Where a wake-up goes that could not be answered. */
  readonly deadLetters: IQueue;
  /** How long a wake-up is worth answering: after that the next one is fresher. */
  readonly wakeUpsLast?: Duration;
  /** At most so many at a time. Left out: as many as there is work. */
  readonly atOnce?: number;
}

/** One file of `lambdas/` as a function, with everything that all of them have in common. */
export class Program extends NodejsFunction {
  readonly label: string;

  constructor(scope: Construct, label: string, props: ProgramProps) {
    const logGroup = new LogGroup(scope, `${label}-log`, {
      retention: RetentionDays.THREE_MONTHS,
      // Because what must outlive the stack is in the journal; a log group left behind would only stand in a redeploy's way.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, label, {
      description: props.description,
      entry: join(import.meta.dirname, '..', 'lambdas', `${label}.ts`),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memoryMiB,
      ...(props.atOnce !== undefined && { reservedConcurrentExecutions: props.atOnce }),
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      bundling: cdkBundling,
      tracing: Tracing.ACTIVE,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      // Because every wake-up is only a wake-up: once more is enough, and an old one is worth nothing.
      retryAttempts: 1,
      maxEventAge: props.wakeUpsLast ?? Duration.minutes(15),
      onFailure: new SqsDestination(props.deadLetters),
    });
    this.label = label;
    this.ringOnErrors(props);
    acknowledge(
      this,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray (PutTraceSegments, PutTelemetryRecords) and ecr:GetAuthorizationToken know no resource to name.',
    );
  }

  private ringOnErrors({ description, news }: ProgramProps): void {
    const alarm = new Alarm(this, 'fails', {
      alarmDescription: `Greenroom's "${this.label}" failed. It should: ${description} Its log says why.`,
      metric: this.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(news));
  }
}

const cdkBundling = {
  format: OutputFormat.ESM,
  target: bundling.target,
  mainFields: [...bundling.mainFields],
  minify: bundling.minify,
  sourceMap: bundling.sourcemap,
  sourceMapMode: SourceMapMode.DEFAULT,
  sourcesContent: bundling.sourcesContent,
  // The CDK would leave the AWS SDK out by itself.
  externalModules: [],
};

import { RemovalPolicy, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogLevel, NodejsFunction, OutputFormat, type BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { join } from 'node:path';
import { acknowledge } from './acknowledged.ts';
import { bundling } from './bundling.ts';

export interface ProgramProps {
  /** Its own and its role's name, where somebody must know them beforehand. */
  readonly name?: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
  /** For what is woken and not waited for. */
  readonly woken?: {
    /** Where a wake-up goes that could not be answered. */
    readonly deadLetters: IQueue;
    /** After this the next wake-up is the better one. */
    readonly freshFor: Duration;
    /** Once more, where nothing else is said. */
    readonly again?: number;
  };
  /** Never more than so many at once. Left out: as many as there is work. */
  readonly atOnce?: number;
}

/** A file of `lambdas/` as a function, with all that every function of ours has in common. */
export class Program extends NodejsFunction {
  constructor(scope: Construct, label: string, props: ProgramProps) {
    const { name, description, timeout, memoryMiB, environment, woken, atOnce } = props;
    const logGroup = logGroupOf(scope, label);
    super(scope, label, {
      ...(name !== undefined && { functionName: name }),
      description,
      entry: join(import.meta.dirname, '..', 'lambdas', `${label}.ts`),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout,
      memorySize: memoryMiB,
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      bundling: bundlingOptions,
      tracing: Tracing.ACTIVE,
      logGroup,
      role: roleOf(scope, label, logGroup, name),
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(atOnce !== undefined && { reservedConcurrentExecutions: atOnce }),
      ...(woken && {
        // Because a wake-up only says when to look: once more is enough, and an old one is worth nothing.
        retryAttempts: woken.again ?? 1,
        maxEventAge: woken.freshFor,
        onFailure: new SqsDestination(woken.deadLetters),
      }),
    });
    acknowledge(this, 'Serverless-LambdaDLQ', woken ? DESTINED : AWAITED);
  }

  /** The function alone and not `:*` of it, because nobody calls a version. */
  override get resourceArnsForGrantInvoke(): string[] {
    return [this.functionArn];
  }
}

const DESTINED = 'Dead letters are its on-failure destination, which carries the error along with the event.';
const AWAITED = 'Whoever calls it waits for the answer: there is nothing asynchronous that could be lost.';
const UNNAMEABLE =
  'X-Ray (PutTraceSegments, PutTelemetryRecords) and ecr:GetAuthorizationToken know no resource that could be named.';

/** Its own log group and nothing else's, which the managed policy for this would open. */
function roleOf(scope: Construct, label: string, logGroup: LogGroup, name?: string): Role {
  const role = new Role(scope, `${label}-role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    ...(name !== undefined && { roleName: name }),
  });
  logGroup.grantWrite(role);
  acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', UNNAMEABLE);
  return role;
}

const logGroupOf = (scope: Construct, label: string): LogGroup =>
  new LogGroup(scope, `${label}-log`, {
    retention: RetentionDays.THREE_MONTHS,
    // Because what must outlive a stack is in the journal, and groups left behind are never looked at.
    removalPolicy: RemovalPolicy.DESTROY,
  });

const bundlingOptions: BundlingOptions = {
  format: OutputFormat.ESM,
  target: bundling.target,
  mainFields: [...bundling.mainFields],
  minify: bundling.minify,
  sourceMap: bundling.sourcemap,
  sourcesContent: bundling.sourcesContent,
  // Because left alone the CDK leaves the AWS SDK out.
  externalModules: [],
  esbuildArgs: Object.fromEntries(Object.entries(bundling.alias).map(([from, to]) => [`--alias:${from}`, to])),
  logLevel: LogLevel.WARNING,
};

import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import {
  Choice,
  Condition,
  DefinitionBody,
  Errors,
  Fail,
  JitterType,
  JsonPath,
  LogLevel,
  Map as MapState,
  Pass,
  StateMachine,
  Succeed,
  TaskInput,
  Timeout,
  type IChainable,
  type RetryProps,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke, SnsPublish } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledged.ts';

/** The ARN of the machine of that name, before there is one. */
export const machineArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** The functions that the machine runs, under the names of their files in `lambdas/`. */
export type Stage = 'plan' | 'transfer' | 'promote' | 'parity' | 'abandon';

export interface MirrorMachineProps {
  /** Known beforehand, because `parity` both runs in the machine and may start it. */
  readonly name: string;
  /** Whose news a failure is. */
  readonly estate: string;
  readonly stages: Readonly<Record<Stage, IFunction & { readonly timeout?: Duration }>>;
  readonly news: ITopic;
}

/**
 * Lambda's own passing moods. Throttling among them: an account that allows ten functions at once has some of ours
 * wait for others, for a quarter of an hour if it must be.
 */
const LAMBDA_IN_TROUBLE: RetryProps = {
  errors: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
  ],
  interval: Duration.seconds(2),
  maxAttempts: 30,
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
};

/**
 * A registry's moods, and a function that was stopped half way. Every stage is safe to repeat, and a promotion that
 * died between two regions is best repeated.
 */
const WORLD_IN_TROUBLE: RetryProps = {
  errors: [
    'OutsideError',
    'AbortError',
    'TimeoutError',
    Errors.TIMEOUT,
    'Sandbox.Timedout',
    'Runtime.ExitError',
    'Lambda.Unknown',
  ],
  interval: Duration.seconds(5),
  maxAttempts: 3,
  backoffRate: 3,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
};

const LONGEST_FUNCTION = Duration.minutes(15);

/** Beyond this the source gives no more bytes, and the account's other functions would feel it. */
const SHARDS_AT_ONCE = 10;

/**
 * One release to every region: plan, transfer in shards, promote, look again.
 *
 * Started with `{"image":"coder-preview","tag":"latest","by":"schedule"}`, by Greenroom or by a person in the console.
 * What one stage learns waits in the journal for the next; only numbers travel through here.
 */
export class MirrorMachine extends Construct {
  readonly machine: StateMachine;
  readonly #props: MirrorMachineProps;

  constructor(scope: Construct, id: string, props: MirrorMachineProps) {
    super(scope, id);
    this.#props = props;
    this.machine = new StateMachine(this, 'machine', {
      stateMachineName: props.name,
      comment: 'Brings one release of one image to every region, and points the tag there in all of them or in none',
      definitionBody: DefinitionBody.fromChainable(this.#definition()),
      // Because whatever takes longer is stuck, and its claim has run out long since.
      timeout: Duration.hours(4),
      tracingEnabled: true,
      logs: { destination: this.#logGroup(), level: LogLevel.ALL, includeExecutionData: true },
    });
    acknowledge(
      this.machine,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray and the delivery of vended logs know no resource to name.',
    );
  }

  #definition(): IChainable {
    const done = new Succeed(this, 'Done');
    const giveUp = this.#givingUp();

    const parity = this.#stage('Parity', 'parity', '$.parity');
    // Because what was promoted stays promoted, whether or not somebody could look at it afterwards: the function's
    // own alarm rings, and the next scheduled look judges again.
    parity.addCatch(done, { resultPath: '$.unseen' }).next(done);

    const plan = this.#stage('Plan', 'plan', '$.plan');
    const transfer = this.#transfer();
    const promote = this.#stage('Promote', 'promote', '$.promoted');
    for (const state of [plan, transfer, promote]) state.addCatch(giveUp, { resultPath: '$.error' });

    const refused = new Pass(this, 'Refused', {
      parameters: { 'Error.$': '$.promoted.result', 'Cause.$': '$.promoted.why' },
      resultPath: '$.error',
    });
    const everywhere = new Choice(this, 'Did every region take it?')
      .when(Condition.stringEquals('$.promoted.result', 'busy'), done)
      .when(Condition.booleanEquals('$.promoted.content', true), parity)
      .otherwise(refused.next(giveUp));
    const anything = new Choice(this, 'Anything to do?')
      .when(Condition.booleanEquals('$.plan.busy', true), done)
      .when(Condition.booleanEquals('$.plan.idle', true), parity)
      .otherwise(transfer.next(promote).next(everywhere));
    return plan.next(anything);
  }

  /** Shards beside each other; in each of them one leg after another, and never more of them than were planned. */
  #transfer(): MapState {
    const sit = this.#stage('Transfer', 'transfer', JsonPath.DISCARD, {
      'release.$': '$.release',
      'shard.$': '$.shard',
      'leg.$': '$.at.leg',
    });
    const count = new Pass(this, 'Next leg', {
      parameters: { 'leg.$': 'States.MathAdd($.at.leg, 1)' },
      resultPath: '$.at',
    });
    const more = new Choice(this, 'Any legs left?')
      .when(Condition.numberLessThanJsonPath('$.at.leg', '$.legs'), sit)
      // Nothing of it goes on, because all shards' answers together would have to fit into 256 KiB.
      .otherwise(new Succeed(this, 'Shard is there', { outputPath: JsonPath.DISCARD }));
    return new MapState(this, 'Every shard', {
      itemsPath: '$.plan.shards',
      itemSelector: {
        'release.$': '$$.Execution.Input',
        'shard.$': '$$.Map.Item.Value.shard',
        'legs.$': '$$.Map.Item.Value.legs',
        at: { leg: 0 },
      },
      maxConcurrency: SHARDS_AT_ONCE,
      resultPath: JsonPath.DISCARD,
    }).itemProcessor(sit.next(count).next(more));
  }

  /** The claim is yielded, people are told unless they have just heard the same, and the execution is red. */
  #givingUp(): IChainable {
    const failed = new Fail(this, 'Not mirrored', { errorPath: '$.error.Error', causePath: '$.error.Cause' });
    const tell = new SnsPublish(this, 'Tell people', {
      topic: this.#props.news,
      subject: `Greenroom ${this.#props.estate}: 1 failed`.slice(0, 100),
      message: TaskInput.fromJsonPathAt('$.abandoned.line'),
      resultPath: JsonPath.DISCARD,
    });
    tell.addRetry({ errors: [Errors.TASKS_FAILED], maxAttempts: 3, jitterStrategy: JitterType.FULL });
    tell.addCatch(failed, { resultPath: JsonPath.DISCARD }).next(failed);

    const abandon = this.#stage('Abandon', 'abandon', '$.abandoned', { 'error.$': '$.error' });
    // Because a journal that cannot be reached is no reason to keep silent; the claim runs out by itself.
    const anyway = new Pass(this, 'Tell it anyway', {
      parameters: {
        news: true,
        'line.$':
          "States.Format('failed: {} was not mirrored: {}: {}', $$.Execution.Name, $.error.Error, $.error.Cause)",
      },
      resultPath: '$.abandoned',
    });
    const news = new Choice(this, 'Is it news?')
      .when(Condition.booleanEquals('$.abandoned.news', true), tell)
      .otherwise(failed);
    abandon.addCatch(anyway.next(news), { resultPath: JsonPath.DISCARD });
    return abandon.next(news);
  }

  /**
   * A function as a state. It gets the execution's own input, not what other states made of it, so that whoever starts
   * one by hand may leave out what has a default.
   */
  #stage(id: string, stage: Stage, resultPath: string, more: Readonly<Record<string, string>> = {}): LambdaInvoke {
    const program = this.#props.stages[stage];
    const state = new LambdaInvoke(this, id, {
      lambdaFunction: program,
      payload: TaskInput.fromObject({ 'run.$': '$$.Execution.Name', 'release.$': '$$.Execution.Input', ...more }),
      // Because the function's answer itself is what the next state needs, not what Lambda says about the call.
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      // Because an answer that was lost would otherwise be waited for until the whole execution times out.
      taskTimeout: Timeout.duration((program.timeout ?? LONGEST_FUNCTION).plus(Duration.minutes(1))),
      resultPath,
    });
    state.addRetry(LAMBDA_IN_TROUBLE).addRetry(WORLD_IN_TROUBLE);
    return state;
  }

  #logGroup(): LogGroup {
    return new LogGroup(this, 'log', {
      // Because outside this prefix every such group would eat into one account-wide policy of limited length.
      logGroupName: `/aws/vendedlogs/states/${this.#props.name}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

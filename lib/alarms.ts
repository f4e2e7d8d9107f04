import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  TreatMissingData,
  type AlarmProps,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { automations } from '../src/automations.ts';

type Automation = Pick<(typeof automations)[keyof typeof automations], 'name' | 'everyMinutes'>;

interface Bell {
  readonly metric: IMetric;
  /** What has happened, and what a person should do: it is the text of the e-mail. */
  readonly says: string;
  /** Rings from so many on. */
  readonly from?: number;
}

const FIVE_MINUTES = { period: Duration.minutes(5), statistic: 'Sum' };

/** Rings in the same topic as the news, and again when it is over. Nothing to measure is good news. */
function ring(scope: Construct, id: string, news: ITopic, { metric, says, from = 1 }: Bell): void {
  alarm(scope, id, news, {
    metric,
    alarmDescription: says,
    threshold: from,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

export function ringForErrors(program: IFunction & Construct, label: string, news: ITopic): void {
  ring(program, 'fails', news, {
    metric: program.metricErrors(FIVE_MINUTES),
    says: `Greenroom's function "${label}" failed: its log says why.`,
  });
}

/** Who watches the watcher: no run at all in the time of three. Here nothing to measure is the bad news. */
export function ringForSilence(program: IFunction & Construct, automation: Automation, news: ITopic): void {
  const { name, everyMinutes } = automation;
  alarm(program, 'silence', news, {
    metric: program.metricInvocations({ period: Duration.minutes(everyMinutes), statistic: 'Sum' }),
    alarmDescription: `Greenroom's "${name}" has not run for ${3 * everyMinutes} minutes: until it does, silence means nothing.`,
    threshold: 1,
    evaluationPeriods: 3,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

export function ringForDeadLetters(scope: Construct, queue: IQueue, news: ITopic): void {
  ring(scope, 'dead-letters-arrive', news, {
    metric: queue.metricApproximateNumberOfMessagesVisible({ ...FIVE_MINUTES, statistic: 'Maximum' }),
    says: 'A wake-up could not be answered. The next look heals what it was about; read the letter, then purge the queue.',
  });
}

/** A failed execution tells people itself. This is the other road, for those that were stopped or could not tell. */
export function ringForMachine(scope: Construct, machine: StateMachine, news: ITopic): void {
  ring(scope, 'mirror-fails', news, {
    metric: new MathExpression({
      label: 'executions that failed, timed out or were aborted',
      expression: 'failed + late + stopped',
      usingMetrics: {
        failed: machine.metricFailed(FIVE_MINUTES),
        late: machine.metricTimedOut(FIVE_MINUTES),
        stopped: machine.metricAborted(FIVE_MINUTES),
      },
      period: FIVE_MINUTES.period,
    }),
    says: 'An image was not mirrored. Regions are as they were, unless the news said "split": see the red executions.',
  });
}

/** GitHub never tries again, so each of its 5xx is a look that only the schedule makes; many 4xx are somebody else. */
export function ringForWebhook(scope: Construct, webhook: IFunction, news: ITopic): void {
  ring(scope, 'webhook-refuses', news, {
    metric: urlMetric(webhook, 'Url4xxCount'),
    from: 20,
    says: 'Many deliveries were refused: a secret that GitHub and Greenroom no longer share, or a stranger at the door.',
  });
  ring(scope, 'webhook-cannot', news, {
    metric: urlMetric(webhook, 'Url5xxCount'),
    says: 'A delivery from GitHub could not be taken. The next scheduled look makes up for it; the log says why.',
  });
}

const urlMetric = (webhook: IFunction, name: string): IMetric => webhook.metric(name, FIVE_MINUTES);

function alarm(scope: Construct, id: string, news: ITopic, props: AlarmProps): void {
  const made = new Alarm(scope, id, props);
  made.addAlarmAction(new SnsAction(news));
  made.addOkAction(new SnsAction(news));
}

import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleGroup, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { automations } from '../src/automations.ts';

export type AutomationName = keyof typeof automations;

export interface SchedulesProps {
  /** Which function is each automation's. A row without one does not compile. */
  readonly functions: Readonly<Record<AutomationName, IFunction>>;
  readonly deadLetters: IQueue;
}

/** One schedule for each row of the table of automations, and none beside it. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { functions, deadLetters }: SchedulesProps) {
    super(scope, id);
    const scheduleGroup = new ScheduleGroup(this, 'group');
    for (const { name, everyMinutes } of Object.values(automations)) {
      const every = Duration.minutes(everyMinutes);
      new Schedule(this, name, {
        description: `Wakes Greenroom's "${name}" every ${every.toHumanString()}`,
        schedule: ScheduleExpression.rate(every),
        scheduleGroup,
        timeWindow: TimeWindow.off(),
        target: new LambdaInvoke(functions[name], {
          deadLetterQueue: deadLetters,
          // Because the next tick is a better retry than an old one.
          maxEventAge: every,
          retryAttempts: 3,
        }),
      });
    }
  }
}

import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, spelledForNag } from './acknowledged.ts';
import { functionArn } from './names.ts';

export interface WakeupsProps {
  readonly name: string;
  readonly deadLetters: IQueue;
}

/** What may be done to wake-ups. To set one, Scheduler's role is passed on as well. */
const wakeupVerbs = {
  set: ['CreateSchedule', 'UpdateSchedule'],
  cancel: ['DeleteSchedule'],
} as const;

export type WakeupVerb = keyof typeof wakeupVerbs;

/**
 * Where one-off schedules live, in a group of their own: posture's next instant, and the ends of leases.
 *
 * The functions are known by their names, because they both set these schedules and are called by them.
 */
export class Wakeups extends Construct {
  /** For the functions that set them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #group: string;
  readonly #role: Role;

  constructor(scope: Construct, id: string, { name, deadLetters }: WakeupsProps) {
    super(scope, id);
    this.#group = `${name}-wakeups`;
    const group = new ScheduleGroup(this, 'group', { scheduleGroupName: this.#group });
    // Because Scheduler acts for every account: only schedules of this group may borrow the role.
    const ours = { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': group.scheduleGroupArn };
    this.#role = new Role(this, 'role', {
      description: 'Wakes posture and lift, and nobody else',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: ours } }),
    });
    const functions = { posture: functionArn(this, name, 'posture'), lift: functionArn(this, name, 'lift') };
    const call = new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: Object.values(functions) });
    const keep = new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] });
    for (const statement of [call, keep]) this.#role.addToPolicy(statement);
    this.environment = {
      GREENROOM_WAKEUPS: this.#group,
      GREENROOM_WAKEUPS_ROLE: this.#role.roleArn,
      GREENROOM_POSTURE: functions.posture,
      GREENROOM_LIFT: functions.lift,
      GREENROOM_DEAD_LETTERS: deadLetters.queueArn,
    };
  }

  grant(to: IFunction, verbs: readonly WakeupVerb[]): void {
    const actions = verbs.flatMap((verb) => wakeupVerbs[verb].map((action) => `scheduler:${action}`));
    const [posture, lifts] = [this.#scheduleArn('posture'), this.#scheduleArn('lift-*')];
    to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [posture, lifts] }));
    acknowledge(
      to.role ?? to,
      `AwsSolutions-IAM5[Resource::${spelledForNag(this, lifts)}]`,
      'Leases are known only once they are taken, and the group holds nothing but these wake-ups.',
    );
    if (!verbs.includes('set')) return;
    const pass = new PolicyStatement({ actions: ['iam:PassRole'], resources: [this.#role.roleArn] });
    pass.addCondition('StringEquals', { 'iam:PassedToService': 'scheduler.amazonaws.com' });
    to.grantPrincipal.addToPrincipalPolicy(pass);
  }

  #scheduleArn(schedule: string): string {
    const resourceName = `${this.#group}/${schedule}`;
    return Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName });
  }
}

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { automations } from '../src/automations.ts';
import type { Estate } from '../src/core/estate.ts';
import { ringForDeadLetters, ringForMachine, ringForSilence } from './alarms.ts';
import { DeadLetters } from './dead-letters.ts';
import { Doorbell } from './doorbell.ts';
import { Journal } from './journal.ts';
import { machineArn, MirrorMachine } from './mirror-machine.ts';
import { nameFor } from './names.ts';
import { News } from './news.ts';
import { LOOKS_WITHIN, makePrograms, type Programs } from './programs.ts';
import { Rotation } from './rotation.ts';
import { Schedules } from './schedules.ts';
import { sourceCredentials } from './source-credentials.ts';
import { Wakeups } from './wakeups.ts';
import { Webhook } from './webhook.ts';

export interface HomeStackProps extends StackProps {
  readonly estate: Estate;
  /** `false` where the account has no concurrency to set aside: one that is new may run ten functions at once in all. */
  readonly reserves?: boolean;
}

/** Where Greenroom itself runs: from here it looks, mirrors, remembers and tells. */
export class HomeStack extends Stack {
  readonly programs: Programs;

  constructor(scope: Construct, id: string, { estate, reserves = true, ...props }: HomeStackProps) {
    super(scope, id, props);
    const name = nameFor(estate);
    const deadLetters = new DeadLetters(this, 'dead-letters');
    const news = new News(this, 'news', { estate, deadLetters });
    const journal = new Journal(this, 'journal');

    const doorbell = new Doorbell(this, 'doorbell', { name, estate, deadLetters, answeredWithin: LOOKS_WITHIN });
    const programs = (this.programs = makePrograms(this, {
      estate,
      machine: machineArn(this, name),
      journal,
      news,
      deadLetters,
      wakeups: new Wakeups(this, 'wakeups', { name, deadLetters }),
      credentials: sourceCredentials(this, estate),
    }));
    doorbell.wakes(programs.look);
    const webhook = new Webhook(this, 'door', { estate, bus: doorbell.bus, news, reserves });
    const { machine } = new MirrorMachine(this, 'mirror', { name, estate: estate.name, stages: programs, news });
    const { gateway } = estate;
    if (gateway?.kind === 'litellm')
      new Rotation(this, 'rotation', { estate, gateway, journal, news, askedBy: programs.posture });
    new Schedules(this, 'schedules', { functions: programs, deadLetters });

    ringForDeadLetters(this, deadLetters, news);
    for (const automation of Object.values(automations)) ringForSilence(programs[automation.name], automation, news);
    ringForMachine(this, machine, news);
    this.#say({
      WebhookUrl: [webhook.url, 'Where GitHub delivers "registry_package" events, as application/json'],
      WebhookSecret: [webhook.secret.secretName, 'Holds the secret to give to GitHub with that URL'],
      NewsTopic: [news.topicArn, 'Everything that people are told'],
      StateMachine: [machine.stateMachineArn, 'Start it with {"image":"…","tag":"…","by":"<you>"}'],
      LiftFunction: [
        programs.lift.functionName,
        'Puts back whatever has ended: aws lambda invoke, when all else is dead',
      ],
      ...toFill(estate),
      JournalTable: [journal.tableName, 'Promotions, pins, holds, claims and minutes'],
    });
  }

  #say(outputs: Said): void {
    for (const [id, [value, description]] of Object.entries(outputs)) new CfnOutput(this, id, { value, description });
  }
}

type Said = Readonly<Record<string, readonly [value: string, description: string]>>;

/** What is still to be done by somebody: what the estate names, and only people can fill. */
const toFill = ({ calendar, coder, people }: Estate): Said => ({
  ...(calendar?.secret !== undefined && {
    CalendarSecret: [calendar.secret, 'Make it, and put the address of the calendar feed in'],
  }),
  ...(people.slack?.[0] && {
    SlackSecret: [
      [...new Set(people.slack.map(({ secret }) => secret))].join(', '),
      'Make it, and put in the address of an incoming webhook of Slack, or a bot’s token',
    ],
  }),
  ...(calendar?.object !== undefined && {
    CalendarObject: [calendar.object, 'Put the calendar there; what encrypts it must let the functions decrypt'],
  }),
  ...(coder && { CoderSecret: [coder.token, 'Make it, and put in a token of a user who may see provisioner jobs'] }),
});

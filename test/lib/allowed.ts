import type { Stack } from 'aws-cdk-lib';
import { resolved, resourcesOf } from './synthesized.ts';

/** Actions, by what they are allowed on. */
export type Allowed = Readonly<Record<string, readonly string[]>>;

/** What a reviewer calls the resources, by how the template does. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^arn:aws:ecr:(?:us-east-2|us-west-2|eu-west-2):123456789012:repository\/coder-preview$/, 'copies'],
  [/^arn:aws:states:us-east-2:123456789012:stateMachine:greenroom-ai-coder-com$/, 'machine'],
  [/^doorbellrings/, 'rings'],
  [/^doorbellbus/, 'bus'],
  [/^doorsecret/, 'webhook secret'],
  [/^credentials(?!role|log|[0-9A-F]{8}$)/, 'source credentials'],
  [/^deadletters/, 'dead letters'],
  [/^mirrormachine/, 'state machine'],
  [/^SchedulerRole/, 'scheduler'],
  [/^wakeupsrole/, 'wake-ups’ role'],
  [
    /^arn:aws:scheduler:us-east-2:123456789012:schedule\/greenroom-ai-coder-com-wakeups\/(?:posture|lift-\*)$/,
    'wake-ups',
  ],
  [/^arn:aws:lambda:us-east-2:123456789012:function:greenroom-ai-coder-com-posture$/, 'posture'],
  [/^arn:aws:lambda:us-east-2:123456789012:function:greenroom-ai-coder-com-lift$/, 'lift'],
  [/^arn:aws:eks:(?:us-east-2|us-west-2|eu-west-2):123456789012:cluster\/ai-coder-com$/, 'clusters'],
  [/^arn:aws:secretsmanager:us-east-2:123456789012:secret:greenroom\/coder-\?{6}$/, 'Coder’s token'],
  [/^arn:aws:secretsmanager:us-east-2:123456789012:secret:greenroom\/calendar-\?{6}$/, 'calendar'],
  [/^arn:aws:s3:::workshops\/2026\/labs\.ics$/, 'calendar’s object'],
  [/^arn:aws:secretsmanager:us-east-2:123456789012:secret:greenroom\/slack-\?{6}$/, 'Slack'],
];

/** `lookroleA6F59396` is `look`'s, as is `looklogA0056C1F`. */
const named = (id: string): string =>
  NAMES.find(([pattern]) => pattern.test(id))?.[1] ?? id.replace(/^door(?=webhook)|(?:role|log)?[0-9A-F]{8}$/g, '');

/** Who may do what to what in a stack, by the template, which is what AWS is given. */
export function allowed(stack: Stack): Readonly<Record<string, Allowed>> {
  const table: Record<string, Record<string, string[]>> = {};
  for (const { Properties } of Object.values(resourcesOf(stack, 'AWS::IAM::Policy'))) {
    const role = named(resolved(Properties['Roles'][0]));
    for (const { Effect, Action, Resource, Condition, ...more } of Properties['PolicyDocument'].Statement) {
      if (Effect !== 'Allow' || Object.keys(more).length > 0 || !isKnown(Action, Condition))
        throw new Error(`${role}: a statement unlike the others`);
      for (const resource of [Resource].flat().map((one) => named(resolved(one)))) {
        const own = ((table[role] ??= {})[resource === role ? 'own log' : resource] ??= []);
        own.push(...[Action].flat().filter((action) => !own.includes(action)));
        own.sort();
      }
    }
  }
  return table;
}

/** The one power that is lent under a condition: a role, to Scheduler and nobody else. Without it, it is none of ours. */
const isKnown = (action: unknown, condition: unknown): boolean =>
  action === 'iam:PassRole'
    ? JSON.stringify(condition) === '{"StringEquals":{"iam:PassedToService":"scheduler.amazonaws.com"}}'
    : condition === undefined;

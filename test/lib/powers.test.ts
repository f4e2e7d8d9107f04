import { describe, expect, it } from 'vitest';
import { makeApp, resolved, resourcesOf } from './synthesized.ts';

type Allowed = Readonly<Record<string, readonly string[]>>;

/** What every function has: its own log, and traces, for which AWS knows no resource. */
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const TRACES = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
/** The token is the registry's, and a registry is no resource either. */
const TOKEN_AND_TRACES = ['ecr:GetAuthorizationToken', ...TRACES];
const SECRET = ['secretsmanager:GetSecretValue'];
const SEND = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

const ecr = (...actions: readonly string[]): string[] => actions.map((action) => `ecr:${action}`);
const dynamodb = (...actions: readonly string[]): string[] => actions.map((action) => `dynamodb:${action}`);

/** Who may do what to what, and nothing beside it. Written down a second time, because a review needs two opinions. */
const TABLE: Readonly<Record<string, Allowed>> = {
  look: {
    '*': TOKEN_AND_TRACES,
    'own log': LOG,
    copies: ecr('BatchCheckLayerAvailability', 'BatchGetImage'),
    journal: dynamodb('GetItem', 'PutItem', 'Query'),
    'source credentials': SECRET,
    machine: ['states:StartExecution'],
    news: ['sns:Publish'],
    rings: [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
    ],
    'dead letters': SEND,
  },
  parity: {
    '*': TOKEN_AND_TRACES,
    'own log': LOG,
    copies: ecr('BatchCheckLayerAvailability', 'BatchGetImage', 'ListImages'),
    journal: dynamodb('GetItem', 'PutItem', 'Query'),
    'source credentials': SECRET,
    machine: ['states:StartExecution'],
    news: ['sns:Publish'],
    'dead letters': SEND,
  },
  plan: {
    '*': TOKEN_AND_TRACES,
    'own log': LOG,
    copies: ecr('BatchCheckLayerAvailability', 'BatchGetImage', 'ListImages'),
    journal: dynamodb('GetItem', 'PutItem', 'UpdateItem'),
    'source credentials': SECRET,
  },
  transfer: {
    '*': TOKEN_AND_TRACES,
    'own log': LOG,
    copies: ecr(
      'BatchCheckLayerAvailability',
      'BatchGetImage',
      'CompleteLayerUpload',
      'GetDownloadUrlForLayer',
      'InitiateLayerUpload',
      'UploadLayerPart',
    ),
    journal: dynamodb('GetItem', 'PutItem'),
    'source credentials': SECRET,
  },
  promote: {
    '*': TOKEN_AND_TRACES,
    'own log': LOG,
    copies: ecr(
      'BatchCheckLayerAvailability',
      'BatchDeleteImage',
      'BatchGetImage',
      'CompleteLayerUpload',
      'DescribeImages',
      'GetDownloadUrlForLayer',
      'InitiateLayerUpload',
      'ListImages',
      'PutImage',
      'UploadLayerPart',
    ),
    journal: dynamodb('ConditionCheckItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    'source credentials': SECRET,
  },
  abandon: { '*': TRACES, 'own log': LOG, journal: dynamodb('GetItem', 'PutItem', 'UpdateItem') },
  webhook: { '*': TRACES, 'own log': LOG, bus: ['events:PutEvents'], 'webhook secret': SECRET },
  'state machine': {
    '*': [
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      ...TRACES,
    ],
    abandon: ['lambda:InvokeFunction'],
    parity: ['lambda:InvokeFunction'],
    plan: ['lambda:InvokeFunction'],
    promote: ['lambda:InvokeFunction'],
    transfer: ['lambda:InvokeFunction'],
    news: ['sns:Publish'],
  },
  scheduler: {
    look: ['lambda:InvokeFunction'],
    parity: ['lambda:InvokeFunction'],
    'dead letters': ['sqs:SendMessage'],
  },
};

/** What a reviewer calls the resources, by how the template does. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^arn:aws:ecr:(?:us-east-2|us-west-2|eu-west-2):123456789012:repository\/coder-preview$/, 'copies'],
  [/^arn:aws:states:us-east-2:123456789012:stateMachine:greenroom-ai-coder-com$/, 'machine'],
  [/^doorbellrings/, 'rings'],
  [/^doorbellbus/, 'bus'],
  [/^doorsecret/, 'webhook secret'],
  [/^credentials/, 'source credentials'],
  [/^deadletters/, 'dead letters'],
  [/^mirrormachine/, 'state machine'],
  [/^SchedulerRole/, 'scheduler'],
];

/** `lookroleA6F59396` is `look`'s, as is `looklogA0056C1F`. */
const named = (id: string): string =>
  NAMES.find(([pattern]) => pattern.test(id))?.[1] ?? id.replace(/^door(?=webhook)|(?:role|log)?[0-9A-F]{8}$/g, '');

const { home } = makeApp();

/** Read from the template, which is what AWS is given. */
function allowed(): Readonly<Record<string, Allowed>> {
  const table: Record<string, Record<string, string[]>> = {};
  for (const { Properties } of Object.values(resourcesOf(home, 'AWS::IAM::Policy'))) {
    const role = named(resolved(Properties['Roles'][0]));
    for (const { Effect, Action, Resource, ...more } of Properties['PolicyDocument'].Statement) {
      expect([Effect, more]).toEqual(['Allow', {}]);
      for (const resource of [Resource].flat().map((one) => named(resolved(one)))) {
        const own = ((table[role] ??= {})[resource === role ? 'own log' : resource] ??= []);
        own.push(...[Action].flat().filter((action) => !own.includes(action)));
        own.sort();
      }
    }
  }
  return table;
}

describe('who may do what', () => {
  it('is what the table says, to the letter', () => {
    expect(allowed()).toEqual(TABLE);
  });

  it('stands in policies of roles only: nobody has one of AWS’s or an inline one', () => {
    const roles = Object.values(resourcesOf(home, 'AWS::IAM::Role')).map(({ Properties }) => Properties);
    expect(roles.filter(({ ManagedPolicyArns, Policies }) => ManagedPolicyArns ?? Policies)).toEqual([]);
    expect(roles.length).toBeGreaterThan(Object.keys(TABLE).length);
  });

  it('covers everything only where AWS knows nothing to name', () => {
    const everything = Object.values(allowed()).flatMap((resources) => resources['*'] ?? []);
    expect(everything.filter((action) => !/^(?:xray|logs):|^ecr:GetAuthorizationToken$/.test(action))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { allowed, type Allowed } from './allowed.ts';
import { estate, makeApp, resourcesOf } from './synthesized.ts';

/** What every function has: its own log, and traces, for which AWS knows no resource. */
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const TRACES = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
/** The token is the registry's, and a registry is no resource either. */
const TOKEN_AND_TRACES = ['ecr:GetAuthorizationToken', ...TRACES];
const SECRET = ['secretsmanager:GetSecretValue'];
const SEND = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

const ecr = (...actions: readonly string[]): string[] => actions.map((action) => `ecr:${action}`);
const dynamodb = (...actions: readonly string[]): string[] => actions.map((action) => `dynamodb:${action}`);

const CLUSTERS: Allowed = { clusters: ['eks:DescribeCluster'], 'Coder’s token': SECRET };
const WAKEUPS: Allowed = {
  'wake-ups': ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule', 'scheduler:UpdateSchedule'],
  'wake-ups’ role': ['iam:PassRole'],
};

/** Who may do what to what, and nothing beside it. Written down a second time, because a review needs two opinions. */
const TABLE: Readonly<Record<string, Allowed>> = {
  look: {
    '*': TOKEN_AND_TRACES,
    'own log': LOG,
    copies: ecr('BatchGetImage'),
    journal: dynamodb('GetItem', 'PutItem', 'Query', 'UpdateItem'),
    'source credentials': SECRET,
    machine: ['states:StartExecution'],
    news: ['sns:Publish'],
    Slack: SECRET,
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
    journal: dynamodb('GetItem', 'PutItem', 'Query', 'UpdateItem'),
    'source credentials': SECRET,
    machine: ['states:StartExecution'],
    news: ['sns:Publish'],
    Slack: SECRET,
    'dead letters': SEND,
    ...CLUSTERS,
  },
  posture: {
    '*': TRACES,
    'own log': LOG,
    journal: dynamodb('GetItem', 'PutItem', 'Query', 'UpdateItem'),
    news: ['sns:Publish'],
    Slack: SECRET,
    'dead letters': SEND,
    ...CLUSTERS,
    calendar: SECRET,
    ...WAKEUPS,
  },
  lift: {
    '*': TRACES,
    'own log': LOG,
    journal: dynamodb('GetItem', 'PutItem', 'Query', 'UpdateItem'),
    news: ['sns:Publish'],
    Slack: SECRET,
    'dead letters': SEND,
    ...CLUSTERS,
    calendar: SECRET,
    ...WAKEUPS,
  },
  'wake-ups’ role': {
    lift: ['lambda:InvokeFunction'],
    posture: ['lambda:InvokeFunction'],
    'dead letters': ['sqs:SendMessage'],
  },
  credentials: {
    '*': ['secretsmanager:ListSecrets', ...TRACES],
    'own log': LOG,
    journal: dynamodb('GetItem', 'PutItem', 'Query', 'UpdateItem'),
    'source credentials': SECRET,
    calendar: SECRET,
    clusters: ['eks:DescribeCluster'],
    'Coder’s token': SECRET,
    news: ['sns:Publish'],
    Slack: SECRET,
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
    journal: dynamodb('GetItem', 'PutItem', 'UpdateItem'),
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
    credentials: ['lambda:InvokeFunction'],
    look: ['lambda:InvokeFunction'],
    parity: ['lambda:InvokeFunction'],
    posture: ['lambda:InvokeFunction'],
    'dead letters': ['sqs:SendMessage'],
  },
};

const { home } = makeApp();

describe('who may do what', () => {
  it('is what the table says, to the letter', () => {
    expect(allowed(home)).toEqual(TABLE);
  });

  it('stands in policies of roles only: nobody has one of AWS’s or an inline one', () => {
    const roles = Object.values(resourcesOf(home, 'AWS::IAM::Role')).map(({ Properties }) => Properties);
    expect(roles.filter(({ ManagedPolicyArns, Policies }) => ManagedPolicyArns ?? Policies)).toEqual([]);
    expect(roles.length).toBeGreaterThan(Object.keys(TABLE).length);
  });

  it('covers everything only where AWS knows nothing to name', () => {
    const everything = Object.values(allowed(home)).flatMap((resources) => resources['*'] ?? []);
    expect(
      everything.filter(
        (action) => !/^(?:xray|logs):|^ecr:GetAuthorizationToken$|^secretsmanager:ListSecrets$/.test(action),
      ),
    ).toEqual([]);
  });
});

describe('an estate whose calendar is an object of S3', () => {
  const { secret: _, ...calendar } = estate.calendar ?? { zone: 'UTC', marks: ['lab'], attendance: 1 };
  const { home: withObject } = makeApp({
    ...estate,
    calendar: { ...calendar, object: 's3://workshops/2026/labs.ics' },
  });

  it('lets those who ask the calendar read that object, and nobody anything else', () => {
    const asked = Object.entries(TABLE).map(([name, { calendar: secret, ...rest }]) => [
      name,
      secret ? { ...rest, 'calendar’s object': ['s3:GetObject'] } : rest,
    ]);
    expect(Object.keys(TABLE).filter((name) => TABLE[name]?.['calendar'])).toEqual(['posture', 'lift', 'credentials']);
    expect(allowed(withObject)).toEqual(Object.fromEntries(asked));
  });
});

import { Match, Template } from 'aws-cdk-lib/assertions';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { automations } from '../../src/automations.ts';
import { allowed } from './allowed.ts';
import { estate, makeApp, resolved, resourcesOf } from './synthesized.ts';

const { home } = makeApp();
const template = Template.fromStack(home);
const all = (type: string) => Object.values(resourcesOf(home, type)).map(({ Properties }) => Properties);
const functionNamed = (name: string): string =>
  Object.keys(resourcesOf(home, 'AWS::Lambda::Function')).find((id) => id.replace(/[0-9A-F]{8}$/, '') === name) ?? name;

describe('the functions', () => {
  it('are one for each file of lambdas/ that is no part of the others', () => {
    const files = globSync('lambdas/*.ts').map((path) => basename(path, '.ts'));
    const names = Object.keys(resourcesOf(home, 'AWS::Lambda::Function')).map((id) =>
      id.replace(/[0-9A-F]{8}$/, '').replace(/^(?:door(?=webhook)|rotation(?=rotate))/, ''),
    );
    // Who rotates is made only where there is a gateway with keys: `rotation.test.ts`.
    const others = ['host', ...(estate.gateway ? [] : ['rotate'])];
    expect(names.sort()).toEqual(files.filter((name) => !others.includes(name)).sort());
  });

  it('run Node 24 on Graviton, with traces, JSON logs and source maps', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: Match.anyValue() },
      Environment: { Variables: Match.objectLike({ NODE_OPTIONS: '--enable-source-maps' }) },
    });
  });

  it('end, every one of them, in the quarter of an hour that Lambda has', () => {
    expect(all('AWS::Lambda::Function').filter(({ Timeout }) => !(Timeout <= 900))).toEqual([]);
  });

  it('leave their logs for three months, and no longer', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    expect(all('AWS::Logs::LogGroup')).toHaveLength(all('AWS::Lambda::Function').length + 1);
  });

  it('hold nobody’s secret in their environment', () => {
    const values = all('AWS::Lambda::Function').flatMap(({ Environment }) => Object.values(Environment.Variables));
    expect(values.filter((value) => /resolve:secretsmanager|SecretString/.test(JSON.stringify(value)))).toEqual([]);
  });
});

describe('the schedules', () => {
  it('are the rows of the table of automations, and none beside them', () => {
    const minutesOf = (rate: string): number => {
      const [, count, unit] = /^rate\((\d+) (minutes?|hours?)\)$/.exec(rate) ?? [];
      return Number(count) * (unit?.startsWith('hour') ? 60 : 1);
    };
    const scheduled = all('AWS::Scheduler::Schedule').map(({ ScheduleExpression, State, Target }) => ({
      wakes: resolved(Target.Arn),
      everyMinutes: minutesOf(ScheduleExpression),
      State,
    }));
    const rows = Object.values(automations).map(({ name, everyMinutes }) => ({
      wakes: functionNamed(name),
      everyMinutes,
      State: 'ENABLED',
    }));
    expect(scheduled).toEqual(rows);
  });

  it('give up an old wake-up for the next one, and keep what could not be delivered', () => {
    template.allResourcesProperties('AWS::Scheduler::Schedule', {
      Target: Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() }, RetryPolicy: Match.anyValue() }),
    });
  });
});

describe('the wake-ups', () => {
  it('call functions that are called so', () => {
    const nameOf = (label: string): unknown =>
      all('AWS::Lambda::Function').find(
        ({ Environment, Description }) => Description.startsWith(label) && Environment,
      )?.['FunctionName'];
    expect([nameOf('Looks at what the calendar'), nameOf('Lifts every lease')]).toEqual([
      'greenroom-ai-coder-com-posture',
      'greenroom-ai-coder-com-lift',
    ]);
    const names = all('AWS::Lambda::Function').flatMap(({ Environment: { Variables } }) =>
      Variables.GREENROOM_LIFT ? [resolved(Variables.GREENROOM_POSTURE), resolved(Variables.GREENROOM_LIFT)] : [],
    );
    const arn = 'arn:aws:lambda:us-east-2:123456789012:function:greenroom-ai-coder-com-';
    expect(new Set(names)).toEqual(new Set([`${arn}posture`, `${arn}lift`]));
  });

  it('lend their role to the schedules of their own group, and to those of no other account', () => {
    const conditions = all('AWS::IAM::Role')
      .filter(({ Description }) => Description === 'Wakes posture and lift, and nobody else')
      .flatMap(({ AssumeRolePolicyDocument: { Statement } }) => Statement)
      .map(({ Condition }) => Condition);
    expect(conditions).toEqual([
      {
        StringEquals: {
          'aws:SourceAccount': { Ref: 'AWS::AccountId' },
          'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^wakeupsgroup/), 'Arn'] },
        },
      },
    ]);
  });
});

describe('an estate without calendar, clusters and Coder', () => {
  const { calendar: _, clusters: __, pools: ___, rotators: ____, coder: _____, ...bare } = estate;
  const { home: bareHome, clusters } = makeApp(bare);

  it('is deployed all the same, and can reach none of them', () => {
    expect(clusters).toEqual([]);
    const { posture } = allowed(bareHome);
    expect(
      Object.keys(posture ?? {}).filter((what) => ['clusters', 'calendar', 'Coder’s token'].includes(what)),
    ).toEqual([]);
  });

  it('asks nobody for secrets that it does not need', () => {
    const outputs = (stack: typeof home) => Object.keys(Template.fromStack(stack).findOutputs('*', {}));
    expect(outputs(home)).toEqual(
      expect.arrayContaining(['CalendarSecret', 'CoderSecret', 'LiftFunction', 'WebhookUrl']),
    );
    expect(outputs(bareHome).filter((name) => /^(?:Calendar|Coder)/.test(name))).toEqual([]);
  });
});

describe('what could not be answered', () => {
  it('is kept for two weeks', () => {
    template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 24 * 3_600 });
  });

  it('goes there from everyone who is woken: schedules, the bus, the rings, the functions, the e-mails', () => {
    const deadLetters = { 'Fn::GetAtt': [Match.stringLikeRegexp('^deadletters'), 'Arn'] };
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: deadLetters } })],
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 5 },
    });
    template.hasResourceProperties('AWS::SNS::Subscription', { RedrivePolicy: { deadLetterTargetArn: deadLetters } });
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      DestinationConfig: { OnFailure: { Destination: deadLetters } },
    });
    const woken = all('AWS::Lambda::EventInvokeConfig').map(({ FunctionName }) => resolved(FunctionName));
    expect(woken.toSorted()).toEqual([...Object.keys(automations), 'lift'].map(functionNamed).toSorted());
  });
});

describe('the alarms', () => {
  const alarms = Object.entries(resourcesOf(home, 'AWS::CloudWatch::Alarm')).map(
    ([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), Properties] as const,
  );

  it('are these', () => {
    expect(alarms.map(([id]) => id).sort()).toEqual([
      'credentialsfails',
      'credentialssilence',
      'deadlettersarrive',
      'doorwebhookcannot',
      'doorwebhookfails',
      'doorwebhookrefuses',
      'liftfails',
      'lookfails',
      'looksilence',
      'mirrorfails',
      'parityfails',
      'paritysilence',
      'posturefails',
      'posturesilence',
    ]);
  });

  it('tell people in a sentence, when they ring and when it is over', () => {
    const news = [{ Ref: Match.stringLikeRegexp('^news') }];
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: news, OKActions: news });
    expect(alarms.filter(([, { AlarmDescription }]) => !/^\S.+\.$/.test(AlarmDescription))).toEqual([]);
  });

  it.each([
    ['look', 15],
    ['posture', 15],
    ['parity', 180],
  ])('ring when %s has not run for %i minutes, above all when there is nothing to measure', (name, minutes) => {
    const [, silence] = alarms.find(([id]) => id === `${name}silence`) ?? [];
    expect(silence?.['Dimensions']).toEqual([{ Name: 'FunctionName', Value: { Ref: functionNamed(name) } }]);
    expect(silence).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
    expect(silence?.['Period'] * silence?.['EvaluationPeriods']).toBe(minutes * 60);
  });

  it('are let in: a policy of our own has replaced the one by which alarms publish', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Sid: Match.anyValue(),
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Resource: { Ref: Match.stringLikeRegexp('^news') },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ]),
      },
    });
  });
});

describe('the doorbell', () => {
  it('gathers the rings of one push for half a minute, and hides them while they are answered', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: functionNamed('look') },
      MaximumBatchingWindowInSeconds: 30,
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    const rings = all('AWS::SQS::Queue').find(({ RedrivePolicy }) => RedrivePolicy);
    const look = all('AWS::Lambda::Function').find(({ Description }) => Description.startsWith('Looks at every tag'));
    expect(rings?.['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * look?.['Timeout']);
  });
});

describe('the webhook', () => {
  const url = { Ref: functionNamed('doorwebhook') };

  it('lets anybody knock: it is GitHub’s signature that opens', () => {
    template.allResourcesProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
    const permissions = all('AWS::Lambda::Permission');
    // AWS asks for both since October 2025, and answers 403 where one of them is missing.
    expect(permissions).toEqual([
      expect.objectContaining({ Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE', Principal: '*' }),
      expect.objectContaining({ Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true, Principal: '*' }),
    ]);
    expect(permissions.map(({ FunctionName }) => resolved(FunctionName))).toEqual([url.Ref, url.Ref]);
  });

  it('answers ten at once at the most, unless the account has no concurrency to set aside', () => {
    const reserved = (stack: typeof home): unknown[] =>
      Object.entries(resourcesOf(stack, 'AWS::Lambda::Function')).flatMap(([id, { Properties }]) =>
        Properties['ReservedConcurrentExecutions'] === undefined
          ? []
          : [id, Properties['ReservedConcurrentExecutions']],
      );
    expect(reserved(home)).toEqual([url.Ref, 10]);
    expect(reserved(makeApp(undefined, { reserves: false }).home)).toEqual([]);
  });

  it('has a secret that AWS made, which nobody has read', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      Description: Match.stringLikeRegexp('GitHub signs'),
      GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 64 },
    });
  });
});

describe('the journal', () => {
  it('outlives its stack, can be set back, and forgets only what has an end', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        Replicas: [
          {
            Region: 'us-east-2',
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          },
        ],
      },
    });
  });
});

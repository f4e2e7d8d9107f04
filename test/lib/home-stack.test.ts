import { Match, Template } from 'aws-cdk-lib/assertions';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { automations } from '../../src/automations.ts';
import { makeApp, resolved, resourcesOf } from './synthesized.ts';

const { home } = makeApp();
const template = Template.fromStack(home);
const all = (type: string) => Object.values(resourcesOf(home, type)).map(({ Properties }) => Properties);
const functionNamed = (name: string): string =>
  Object.keys(resourcesOf(home, 'AWS::Lambda::Function')).find((id) => id.replace(/[0-9A-F]{8}$/, '') === name) ?? name;

describe('the functions', () => {
  it('are one for each file of lambdas/ that is no part of the others', () => {
    const files = globSync('lambdas/*.ts').map((path) => basename(path, '.ts'));
    const names = Object.keys(resourcesOf(home, 'AWS::Lambda::Function')).map((id) =>
      id.replace(/[0-9A-F]{8}$/, '').replace(/^door(?=webhook)/, ''),
    );
    expect(names.sort()).toEqual(files.filter((name) => name !== 'host').sort());
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
    expect(woken).toEqual(Object.keys(automations).map(functionNamed));
  });
});

describe('the alarms', () => {
  const alarms = Object.entries(resourcesOf(home, 'AWS::CloudWatch::Alarm')).map(
    ([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), Properties] as const,
  );

  it('are these', () => {
    expect(alarms.map(([id]) => id).sort()).toEqual([
      'deadlettersarrive',
      'doorwebhookcannot',
      'doorwebhookfails',
      'doorwebhookrefuses',
      'lookfails',
      'mirrorfails',
      'parityfails',
      'posturefails',
      'silence',
    ]);
  });

  it('tell people in a sentence, when they ring and when it is over', () => {
    const news = [{ Ref: Match.stringLikeRegexp('^news') }];
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: news, OKActions: news });
    expect(alarms.filter(([, { AlarmDescription }]) => !/^\S.+\.$/.test(AlarmDescription))).toEqual([]);
  });

  it('ring when nobody has looked for a quarter of an hour, above all when there is nothing to measure', () => {
    const [, silence] = alarms.find(([id]) => id === 'silence') ?? [];
    expect(silence).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
    expect(silence?.['Period'] * silence?.['EvaluationPeriods']).toBe(15 * 60);
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

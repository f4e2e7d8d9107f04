import { Validations, type App } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, ServerlessChecks, type NagPack } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { makeApp } from './synthesized.ts';

interface Finding {
  readonly rule: string;
  readonly at: string;
}

/** What AWS's own rules for solutions and for serverless say. Warnings count: what is let pass, is let pass in writing. */
function findingsIn(app: App, judge: (pack: NagPack) => NagPack = (pack) => pack): Finding[] {
  app.synth();
  return [new AwsSolutionsChecks(app), new ServerlessChecks(app)]
    .flatMap((pack) => judge(pack).validateScope(app).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => ({ rule: ruleName, at: constructPath })),
    );
}

/** As if nothing had been acknowledged. */
const deaf = (pack: NagPack): NagPack => Object.assign(pack, { isAcknowledged: () => false });

interface Acknowledgement extends Finding {
  readonly reason: string;
}

const acknowledgedIn = (construct: IConstruct): Acknowledgement[] =>
  [construct, ...construct.node.findAll()].flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Readonly<Record<string, string>>))
      .map(([id, reason]) => ({ rule: id.replace(/^annotation::/i, ''), at: node.path, reason })),
  );

describe('AWS’s own rules for solutions and for serverless', () => {
  it('are broken nowhere but where it is said why', () => {
    expect(findingsIn(makeApp().app)).toEqual([]);
  });

  it('are broken wherever it is said why, and why is a sentence', () => {
    const { app } = makeApp();
    const broken = findingsIn(app, deaf);
    const acknowledged = acknowledgedIn(app);
    const idle = acknowledged.filter(
      ({ rule, at }) => !broken.some((finding) => finding.rule === rule && `${finding.at}/`.startsWith(`${at}/`)),
    );
    expect(idle).toEqual([]);
    expect(acknowledged.filter(({ reason }) => !/^[A-Z].{30,}[.]$/.test(reason))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(10);
  });

  it('would be heard: a queue without a key, and a power over everything', () => {
    const { app, home } = makeApp();
    new Queue(home, 'planted');
    home.programs.plan.addToRolePolicy(new PolicyStatement({ actions: ['ecr:*'], resources: ['*'] }));
    const rules = findingsIn(app).map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(['AwsSolutions-IAM5[Action::ecr:*]', 'AwsSolutions-SQS4']));
  });
});

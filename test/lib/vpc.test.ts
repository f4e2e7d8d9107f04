import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { inVpc, makeApp, resolved, resourcesOf } from './synthesized.ts';

const { vpc } = inVpc;
const INSIDE = ['credentials', 'lift', 'parity', 'posture', 'rotate'];
const { app, home } = makeApp(inVpc);
const functions = Object.entries(resourcesOf(home, 'AWS::Lambda::Function')).map(([id, { Properties }]) => ({
  label: id.replace(/^rotation/, '').replace(/[0-9A-F]{8}$/, ''),
  name: Properties['FunctionName'] as string | undefined,
  config: Properties['VpcConfig'] as unknown,
}));

describe('an estate with a VPC', () => {
  it('has those functions in it that look into clusters or ask the gateway, and no others', () => {
    const inside = functions.filter(({ config }) => config !== undefined);
    expect(inside.map(({ label }) => label).toSorted()).toEqual(INSIDE);
    for (const { config } of inside)
      expect(config).toEqual({ SubnetIds: vpc?.subnets, SecurityGroupIds: vpc?.securityGroups });
  });

  it('lets Lambda make their interfaces, and denies the same to what runs in them', () => {
    const statements = Object.values(resourcesOf(home, 'AWS::IAM::Policy')).map(({ Properties }) => ({
      role: resolved(Properties['Roles'][0]).replace(/^rotation|role[0-9A-F]{8}$/g, ''),
      ec2: (Properties['PolicyDocument'].Statement as Statement[]).filter(({ Action }) =>
        [Action].flat().some((action) => action.startsWith('ec2:')),
      ),
    }));
    const may = statements.filter(({ ec2 }) => ec2.length > 0);
    expect(may.map(({ role }) => role).toSorted()).toEqual(INSIDE);
    for (const { role, ec2 } of may) {
      const allowed = ec2
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Action }) => Action)
        .filter((action) => action.startsWith('ec2:'));
      const [denied, ...more] = ec2.filter(({ Effect }) => Effect === 'Deny');
      expect(more).toEqual([]);
      expect([denied?.Action ?? []].flat().toSorted()).toEqual(allowed.toSorted());
      expect(denied?.Resource).toBe('*');
      const [function_] = Object.values(denied?.Condition?.ArnEquals ?? {});
      const name = functions.find(({ label }) => label === role)?.name;
      expect(resolved(function_ ?? '')).toBe(`arn:aws:lambda:us-east-2:123456789012:function:${name}`);
    }
  });

  it('breaks AWS’s own rules nowhere but where it is said why', () => {
    app.synth();
    const packs = [new AwsSolutionsChecks(app), new ServerlessChecks(app)];
    expect(packs.flatMap((pack) => pack.validateScope(app).violations.map(({ ruleName }) => ruleName))).toEqual([]);
  });

  it('is the exception: without one no function is in any, and none may touch an interface', () => {
    const open = makeApp().home;
    expect(JSON.stringify(resourcesOf(open, 'AWS::IAM::Policy'))).not.toContain('ec2:');
    for (const { Properties } of Object.values(resourcesOf(open, 'AWS::Lambda::Function')))
      expect(Properties['VpcConfig']).toBeUndefined();
  });
});

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: { readonly ArnEquals?: Readonly<Record<string, Parameters<typeof resolved>[0]>> };
}

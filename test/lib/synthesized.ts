import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { aiCoderCom } from '../../estates/ai.coder.com.ts';
import deployed from '../../cdk.json' with { type: 'json' };
import { clustersByRegion, ClusterStack } from '../../lib/cluster-stack.ts';
import { HomeStack, type HomeStackProps } from '../../lib/home-stack.ts';
import { RegionStack } from '../../lib/region-stack.ts';
import type { Estate, LiteLlmGateway } from '../../src/core/estate.ts';

/** The real estate, with what only some estates have. */
export const estate: Estate = {
  ...aiCoderCom,
  images: aiCoderCom.images.map((image) => ({ ...image, credentials: 'ghcr' })),
  people: { emails: ['crew@example.com'], slack: [{ name: 'greenroom', secret: 'greenroom/slack' }] },
};

const gateway: LiteLlmGateway = {
  kind: 'litellm',
  url: 'https://gateway.ai.coder.com',
  masterKey: 'litellm/master',
  keys: [{ name: 'ai-coder', secret: 'ai.coder.com/litellm' }],
};

/** With a gateway whose keys are rotated, in somebody's VPC. */
export const inVpc: Estate = {
  ...estate,
  vpc: { subnets: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'], securityGroups: ['sg-0a1b2c3d'] },
  gateway,
};

/** The same, where the gateway's replicas are found by its pods. */
export const withPods: Estate = { ...inVpc, gateway: { ...gateway, replicas: { port: 4000 } } };

/** Without bundling: what is asserted here is what is deployed, not what runs in it. */
export function makeApp(of: Estate = estate, more: Partial<HomeStackProps> = {}) {
  // AWS's validation of every template takes seconds, and is `cdk synth`'s: CI runs that too.
  const app = new App({
    builtinCloudFormationValidation: false,
    context: { ...deployed.context, 'aws:cdk:bundling-stacks': [] },
  });
  const home = new HomeStack(app, 'home', { ...more, estate: of, env: { region: of.home } });
  const regions = of.regions.map(
    ({ name }) => new RegionStack(app, `copies-${name}`, { estate: of, env: { region: name } }),
  );
  const clusters = [...clustersByRegion(of)].map(
    ([region, there]) => new ClusterStack(app, `clusters-${region}`, { estate: of, clusters: there, env: { region } }),
  );
  return { app, home, regions, clusters };
}

/** A stack's resources of one type, by logical id. */
export const resourcesOf = (stack: Stack, type: string): ReturnType<Template['findResources']> =>
  Template.fromStack(stack).findResources(type);

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [id: string, attribute: string];
  readonly 'Fn::Join'?: readonly [separator: string, parts: readonly (string | Intrinsic)[]];
}

/** What of a template is only known once it is deployed, as somebody would write it who has deployed it. */
export function resolved(value: string | Intrinsic): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value;
  if (ref !== undefined) return PSEUDO.get(ref) ?? ref;
  if (attribute) return attribute[0];
  if (join) return join[1].map(resolved).join(join[0]);
  throw new Error(`what is ${JSON.stringify(value)}?`);
}

const PSEUDO = new Map([
  ['AWS::AccountId', '123456789012'],
  ['AWS::Partition', 'aws'],
  ['AWS::Region', 'us-east-2'],
]);

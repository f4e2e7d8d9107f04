import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { EstateVpc } from '../src/core/estate.ts';
import { acknowledge, spelledForNag } from './acknowledged.ts';
import { functionArn } from './names.ts';
import type { Program } from './program.ts';

/** To see what is there, which EC2 allows on everything or not at all. */
const SEE = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];
const MAKE = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

export interface Inside {
  readonly vpc: EstateVpc;
  /** The estate's, as functions are called by it. */
  readonly name: string;
  readonly label: string;
}

/**
 * Puts a function into somebody else's VPC: where the gateway's replicas and private clusters can be reached.
 *
 * Lambda makes the network interfaces with the function's own role, and offers nothing narrower than all of the account's
 * in that region. So the very same is denied to whatever runs in the function: what is left is Lambda's alone.
 */
export function putInto(program: Program, { vpc, name, label }: Inside): void {
  const { subnets, securityGroups } = vpc;
  const resource = program.node.defaultChild as CfnFunction;
  resource.vpcConfig = { subnetIds: [...subnets], securityGroupIds: [...securityGroups] };
  const interfaces = Stack.of(program).formatArn({ service: 'ec2', resource: '*', resourceName: '*' });
  const own = { 'lambda:SourceFunctionArn': functionArn(program, name, label) };
  for (const statement of [
    new PolicyStatement({ actions: SEE, resources: ['*'] }),
    new PolicyStatement({ actions: MAKE, resources: [interfaces] }),
    new PolicyStatement({
      effect: Effect.DENY,
      actions: [...SEE, ...MAKE],
      resources: ['*'],
      conditions: { ArnEquals: own },
    }),
  ]) {
    program.addToRolePolicy(statement);
  }
  acknowledge(
    program.role ?? program,
    `AwsSolutions-IAM5[Resource::${spelledForNag(program, interfaces)}]`,
    'Lambda asks for it on every interface of the region, and what runs in the function is denied it.',
  );
}

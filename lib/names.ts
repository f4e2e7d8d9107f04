import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** `greenroom-ai-coder-com`: what an estate's stacks, bus and state machine are called, so that two may share an account. */
export const nameFor = (estate: { readonly name: string }): string =>
  `greenroom-${estate.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}`;

/** `greenroom-ai-coder-com-lift`: a function that somebody must know beforehand, and its role. */
export const programName = (name: string, label: string): string => `${name}-${label}`;

/** The ARN of such a function, before there is one. */
export const functionArn = (scope: Construct, name: string, label: string): string =>
  Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: programName(name, label),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** The ARN of its role, from whatever region. */
export const roleArn = (scope: Construct, name: string, label: string): string =>
  Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: programName(name, label) });

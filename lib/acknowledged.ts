import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Says of one finding of cdk-nag why it stands. The id must be the finding's full one; a bare rule id has no effect. */
export function acknowledge(at: IConstruct, id: string, reason: string): void {
  Validations.of(at).acknowledge({ id, reason });
}

/** A value that is known only once it is deployed, as cdk-nag spells it: `arn:aws:scheduler:us-east-2:<AWS::AccountId>:…`. */
export const spelledForNag = (at: IConstruct, value: string): string => spelled(Stack.of(at).resolve(value));

type Part =
  | string
  | { readonly Ref?: string; readonly 'Fn::Join'?: readonly [separator: string, parts: readonly Part[]] };

function spelled(part: Part): string {
  if (typeof part === 'string') return part;
  const { Ref: ref, 'Fn::Join': [separator, parts] = ['', []] } = part;
  return ref === undefined ? parts.map(spelled).join(separator) : `<${ref}>`;
}

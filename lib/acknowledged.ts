import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Says of one finding of cdk-nag why it stands. The id must be the finding's full one; a bare rule id has no effect. */
export function acknowledge(at: IConstruct, id: string, reason: string): void {
  Validations.of(at).acknowledge({ id, reason });
}

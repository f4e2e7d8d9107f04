import type { AwsCaller } from '../../src/clients/signed-post.ts';
import { refusal, serveAwsJson, type AwsAnswer, type AwsServer } from './aws-json.ts';

export interface Start {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly input: string;
}

export interface StepFunctionsServer extends AwsServer {
  readonly caller: AwsCaller;
  readonly started: readonly Start[];
}

/** StartExecution with its manners: a name is taken for good, unless the same is asked for once more. */
export async function serveStepFunctions(
  instead?: () => AwsAnswer | undefined | Promise<AwsAnswer>,
): Promise<StepFunctionsServer> {
  const started: Start[] = [];
  const start = (asked: Start): AwsAnswer => {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(asked.name)) return refusal('InvalidName', asked.name);
    const before = started.find(({ name }) => name === asked.name);
    if (before && before.input !== asked.input) return refusal('ExecutionAlreadyExists', 'it exists');
    if (!before) started.push(asked);
    return { body: { executionArn: `${asked.stateMachineArn}:${asked.name}`, startDate: 1_789_376_400 } };
  };
  const server = await serveAwsJson({ StartExecution: (asked: Start) => instead?.() ?? start(asked) });
  return { ...server, caller: server.connection, started };
}

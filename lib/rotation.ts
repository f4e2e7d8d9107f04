import { Aws, Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { CfnRotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Estate, LiteLlmGateway } from '../src/core/estate.ts';
import { ringForErrors } from './alarms.ts';
import { nameFor, programName } from './names.ts';
import { clustersOfPods, grantClusters, grantJournal, secretArn } from './powers.ts';
import { Program } from './program.ts';
import { putInto } from './vpc.ts';

export interface RotationProps {
  readonly estate: Estate;
  readonly gateway: LiteLlmGateway;
  readonly journal: TableV2;
  readonly news: ITopic;
  /** Who asks for a rotation: to ask Secrets Manager for one, one has to be allowed to call what it calls. */
  readonly askedBy: IGrantable;
}

/** Half of a key's usual life, so that one rotation may fail for a whole week. */
const EVERY_DAYS = 7;

/** What makes the gateway's keys anew, whoever asks Secrets Manager for it. It may touch the secrets of those keys alone. */
export class Rotation extends Construct {
  readonly program: Program;

  constructor(scope: Construct, id: string, { estate, gateway, journal, news, askedBy }: RotationProps) {
    super(scope, id);
    const { vpc } = estate;
    const name = nameFor(estate);
    const clusters = clustersOfPods(estate);
    const program = (this.program = new Program(this, 'rotate', {
      // Because in a VPC it is denied by its name what only Lambda is to do for it, and clusters let it in by that.
      ...(vpc && { name: programName(name, 'rotate') }),
      description: 'Takes one step of a key’s rotation, for Secrets Manager',
      // Because every replica is asked, each with its own patience.
      timeout: Duration.minutes(2),
      memoryMiB: 512,
      environment: {
        GREENROOM_ESTATE: estate.name,
        GREENROOM_TABLE: journal.tableName,
      },
    }));
    // The calendar's last good copy and whether somebody forced it; and what was published, for the key's story.
    grantJournal(program, journal, ['get', 'put']);
    const keys = gateway.keys.map(({ secret }) => secretArn(this, estate.home, secret));
    const may = (actions: readonly string[], resources: readonly string[]): void =>
      program.addToRolePolicy(
        new PolicyStatement({ actions: actions.map((each) => `secretsmanager:${each}`), resources: [...resources] }),
      );
    may(['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'], keys);
    may(['GetSecretValue'], [secretArn(this, estate.home, gateway.masterKey)]);
    grantClusters(program, program, { clusters, home: estate.home });
    for (const [i, { name, secret }] of gateway.keys.entries()) {
      program.addPermission(`by-secret-${name}`, {
        principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
        sourceAccount: Aws.ACCOUNT_ID,
        sourceArn: keys[i] ?? '',
      });
      this.#schedule(name, secret);
    }
    if (vpc) putInto(program, { vpc, name, label: 'rotate' });
    program.grantInvoke(askedBy);
    ringForErrors(program, 'rotate', news);
  }

  /** At an hour of its own, and never because the stack was deployed. Inside a window the function refuses; AWS asks again. */
  #schedule(name: string, secretId: string): void {
    const schedule = new CfnRotationSchedule(this, `schedule-${name}`, {
      secretId,
      rotationLambdaArn: this.program.functionArn,
      rotationRules: { automaticallyAfterDays: EVERY_DAYS },
      rotateImmediatelyOnUpdate: false,
    });
    schedule.node.addDependency(this.program);
  }
}

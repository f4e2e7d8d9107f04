import { afterEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../src/core/digest.ts';
import { hours, plus } from '../../src/core/time.ts';
import { referrerList, smallImage, smallSignature } from '../../src/rehearsal/small-image.ts';
import { aPin } from '../builders.ts';
import { machine, rehearseAws, statesIn, tasksIn, type RehearsedAws } from './rehearsed-aws.ts';

let aws: RehearsedAws;
const used = new Set<string>();
const refused = new Set<string>();
afterEach(async () => {
  for (const [name, role] of aws.roles) {
    for (const action of role.used) used.add(`${name} ${action}`);
    // An observer takes a refusal for something that could not be seen, and goes on.
    for (const action of role.allows.size > 0 ? role.refused : []) refused.add(`${name} ${action}`);
  }
  await aws[Symbol.asyncDispose]();
});

const [MONDAY, TUESDAY] = [smallImage('monday').root.digest, smallImage('tuesday').root.digest];
const everywhere = (digest: Digest | undefined) => [digest, digest, digest];

/** Every region serves Monday's release. */
async function onMonday(): Promise<RehearsedAws> {
  const made = await rehearseAws();
  made.world.publish('monday');
  await made.execute();
  return made;
}

describe('the state machine, with the real functions behind it', () => {
  it('brings a release to every region, writes it down, and looks again', async () => {
    aws = await rehearseAws();
    aws.world.publish('monday');
    expect(await aws.execute()).toMatchObject({
      status: 'succeeded',
      states: [
        'Plan',
        'Anything to do?',
        'Every shard',
        'Transfer',
        'Next leg',
        'Any legs left?',
        'Shard is there',
      ].concat(['Promote', 'Did every region take it?', 'Parity', 'Done']),
    });
    expect(aws.world.served()).toEqual(everywhere(MONDAY));
    expect(aws.world.torn()).toEqual([]);
    const [promotion] = await aws.journal.promotions({ image: 'coder-preview', tag: 'latest' }, 1);
    expect(promotion).toMatchObject({ digest: MONDAY, state: 'done' });
    expect(aws.mails).toEqual([]);
  });

  it('leaves a release to whoever has it, and looks at nothing that is half done', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    const until = new Date(Date.now() + 60_000);
    expect(await aws.journal.claim('mirror coder-preview:latest', 'somebody else', new Date(), until)).toBeDefined();
    expect((await aws.execute()).states).toEqual(['Plan', 'Anything to do?', 'Done']);
    expect(aws.world.served()).toEqual(everywhere(MONDAY));
    expect(aws.world.said).toEqual([]);
  });

  it('gives way to whoever has taken it over meanwhile, which is nobody’s failure', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    const tomorrow = new Date(Date.now() + 86_400_000);
    const takenOver = {
      Promote: () => aws.journal.claim('mirror coder-preview:latest', 'another', tomorrow, tomorrow),
    };
    const execution = await aws.execute(takenOver);
    expect(execution).toMatchObject({ status: 'succeeded' });
    expect(execution.states.slice(-3)).toEqual(['Promote', 'Did every region take it?', 'Done']);
    expect(aws.world.served()).toEqual(everywhere(MONDAY));
  });

  it('has nothing to do where there is no such tag', async () => {
    aws = await onMonday();
    expect((await aws.execute({}, 'v2.99.0')).states).toEqual(['Plan', 'Anything to do?', 'Parity', 'Done']);
  });

  it('carries a layer that is too large for one sitting in legs, one after another', async () => {
    aws = await rehearseAws({ seconds: 1, bytesPerSecond: 25 });
    aws.world.publish('monday');
    let legs = 0;
    const execution = await aws.execute({ Transfer: (attempt) => (legs = attempt) });
    expect(execution.status).toBe('succeeded');
    expect(legs).toBeGreaterThan(15);
    expect(aws.world.served()).toEqual(everywhere(MONDAY));
    expect(aws.world.torn()).toEqual([]);
  });

  it('asks a region again that did not answer for a moment', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    const { mood } = aws.world.copyIn('eu-west-2');
    const execution = await aws.execute({ Transfer: (attempt) => (mood.silent = attempt === 1) });
    expect(execution).toMatchObject({ status: 'succeeded', retried: ['Transfer'] });
    expect(aws.world.served()).toEqual(everywhere(TUESDAY));
    expect(aws.mails).toEqual([]);
  });

  it('gives up on a region that does not come back: people are told once, and the release is free again', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    const { mood } = aws.world.copyIn('eu-west-2');
    const silenced = { Transfer: () => void (mood.silent = true) };
    const execution = await aws.execute(silenced);
    expect(execution).toMatchObject({ status: 'failed', error: 'OutsideError' });
    expect(execution.states.slice(-4)).toEqual(['Abandon', 'Is it news?', 'Tell people', 'Not mirrored']);
    expect(aws.mails).toEqual([
      expect.stringMatching(/^failed: coder-preview:latest was not mirrored: OutsideError: eu-west-2.*\(run run-2\)$/),
    ]);
    expect(aws.world.served()).toEqual(everywhere(MONDAY));

    mood.silent = false;
    expect((await aws.execute(silenced)).states.slice(-3)).toEqual(['Abandon', 'Is it news?', 'Not mirrored']);
    expect(aws.mails).toHaveLength(1);

    mood.silent = false;
    expect((await aws.execute()).status).toBe('succeeded');
    expect(aws.world.served()).toEqual(everywhere(TUESDAY));
  });

  it('is red, and says why, when a region refuses the tag and the others went back', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    aws.world.copyIn('us-west-2').mood.refusesTags = true;
    expect(await aws.execute()).toMatchObject({ status: 'failed', error: 'undone' });
    expect(aws.mails).toEqual([expect.stringMatching(/^failed: .* undone: .*us-west-2.*tags are refused today/)]);
    expect(aws.world.served()).toEqual(everywhere(MONDAY));
  });

  it('leaves no tag behind where a first release is refused: the one power to delete is for this', async () => {
    aws = await rehearseAws();
    aws.world.publish('monday');
    aws.world.copyIn('us-west-2').mood.refusesTags = true;
    expect(await aws.execute()).toMatchObject({ status: 'failed', error: 'undone' });
    expect(aws.world.served()).toEqual(everywhere(undefined));
  });

  it('tells people when not even the journal can be reached', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    aws.disempower('abandon');
    aws.world.copyIn('us-west-2').mood.refusesTags = true;
    expect((await aws.execute()).states.slice(-5)).toEqual([
      'Abandon',
      'Tell it anyway',
      'Is it news?',
      'Tell people',
      'Not mirrored',
    ]);
    expect(aws.mails).toEqual([expect.stringMatching(/^failed: run-2 was not mirrored: undone: /)]);
  });

  it('brings along what came while it ran: promote uploads, because releases are signed minutes after they are pushed', async () => {
    aws = await rehearseAws();
    aws.world.publish('monday');
    const signature = smallSignature(smallImage('monday').root);
    const execution = await aws.execute({
      Promote: () => {
        aws.world.sourceOf().shelve(signature);
        aws.world.sourceOf().shelve(referrerList(signature), MONDAY.replace(':', '-'));
      },
    });
    expect(execution.status).toBe('succeeded');
    const signed = await Promise.all(
      aws.world.estate.regions.map(({ name }) => aws.world.copyIn(name).head(signature.root.digest)),
    );
    expect(signed.map((head) => head?.digest)).toEqual(everywhere(signature.root.digest));
  });

  it('holds a pinned release where it is, and fills a region from its siblings, though the source has long moved on', async () => {
    aws = await onMonday();
    await aws.journal.setPin(aPin(MONDAY));
    aws.world.publish('tuesday');
    aws.world.sourceOf().lose(MONDAY);
    const [, layer, , other] = smallImage('monday').blobs;
    const london = aws.world.copyIn('eu-west-2');
    for (const blob of [layer, other]) if (blob) london.lose(blob.digest);
    const execution = await aws.execute({ Promote: () => layer && london.lose(layer.digest) });
    expect(execution.status).toBe('succeeded');
    expect(aws.world.served()).toEqual(everywhere(MONDAY));
    expect(aws.world.torn()).toEqual([]);
    expect([await aws.wake('look'), await aws.wake('parity')]).toEqual([[], []]);
  });
});

describe('a look', () => {
  it('by the clock starts the machine for what differs, which mends it', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    expect((await aws.wake('look')).map(({ status }) => status)).toEqual(['succeeded']);
    expect(aws.world.served()).toEqual(everywhere(TUESDAY));
    expect(await aws.wake('look')).toEqual([]);
  });

  it('may fall together with another: both see it, one of them tells it', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    await Promise.all([aws.wake('look'), aws.wake('look')]);
    expect(aws.world.said.filter(({ kind }) => kind === 'amiss').map(({ line }) => line)).toEqual(
      aws.world.estate.regions.map(({ name }) => expect.stringContaining(`latest in ${name}`)),
    );
    expect(aws.world.served()).toEqual(everywhere(TUESDAY));
  });

  it('by a ring looks at that source only', async () => {
    aws = await onMonday();
    aws.world.publish('tuesday');
    const rung = (source: string) => ({
      Records: [{ body: JSON.stringify({ detail: { source, cause: 'a delivery' } }) }],
    });
    expect(await aws.wake('look', rung('ghcr.io/coder/something-else'))).toEqual([]);
    expect((await aws.wake('look', rung('ghcr.io/coder/coder-preview'))).map(({ status }) => status)).toEqual([
      'succeeded',
    ]);
    const [promotion] = await aws.journal.promotions({ image: 'coder-preview', tag: 'latest' }, 1);
    expect(promotion).toMatchObject({ digest: TUESDAY, by: 'webhook' });
  });

  it('behind every tag starts it for content that was lost', async () => {
    aws = await onMonday();
    const [lost] = smallImage('monday').blobs;
    if (lost) aws.world.copyIn('eu-west-2').lose(lost.digest);
    expect(await aws.wake('look')).toEqual([]);
    expect((await aws.wake('parity')).map(({ status }) => status)).toEqual(['succeeded']);
    expect(aws.world.torn()).toEqual([]);
  });
});

describe('the credentials', () => {
  it('that end soon are told, once', async () => {
    aws = await onMonday();
    aws.dated.push({ name: 'bedrock', expires: plus(aws.world.now(), hours(60)).toISOString() });
    await aws.wake('credentials');
    await aws.wake('credentials');
    const lines = aws.world.said.map(({ line }) => line);
    expect(lines).toEqual([expect.stringMatching(/^warn: secret bedrock: warned-in-time: .* in 2 d 1[12] h/)]);
  });
});

describe('an execution ends', () => {
  const tasks = tasksIn(machine);
  const functions = tasks.filter(({ Resource }) => !Resource.startsWith('arn:'));

  it('in four hours, whatever happens', () => {
    expect(machine.TimeoutSeconds).toBe(4 * 3_600);
  });

  it('because no function is waited for much longer than it can run, nor called for ever', () => {
    expect(functions.filter(({ TimeoutSeconds = Infinity }) => TimeoutSeconds > 960)).toEqual([]);
    expect(tasks.flatMap(({ Retry = [] }) => Retry).filter(({ MaxAttempts = 0 }) => !(MaxAttempts <= 30))).toEqual([]);
    expect(functions.map(({ name }) => name).sort()).toEqual(['Abandon', 'Parity', 'Plan', 'Promote', 'Transfer']);
  });

  it('without carrying more along than Step Functions takes: a shard leaves nothing behind, and ten run at once', () => {
    const states = new Map(statesIn(machine));
    expect(states.get('Shard is there')).toMatchObject({ Type: 'Succeed', OutputPath: null });
    expect(states.get('Every shard')).toMatchObject({ MaxConcurrency: 10, ResultPath: null });
  });
});

describe('every function may do', () => {
  it('what these stories need, and nothing that none of them needs', () => {
    const theirs = [...aws.roles].filter(([name]) => !['posture', 'lift'].includes(name));
    const allowed = theirs.flatMap(([name, { allows }]) => [...allows].map((action) => `${name} ${action}`));
    expect([...refused]).toEqual([]);
    expect(allowed.filter((power) => isOurs(power) && !used.has(power))).toEqual([]);
  });
});

/** What a rehearsal can tell: not logs and traces, nor how a client signs in. */
const isOurs = (power: string): boolean =>
  / (?:ecr|dynamodb|states):| (?:sns:Publish|secretsmanager:ListSecrets)$/.test(power) &&
  !power.endsWith('ecr:GetAuthorizationToken');

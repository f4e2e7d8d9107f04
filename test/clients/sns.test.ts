import { describe, expect, it } from 'vitest';
import { snsRoad } from '../../src/clients/sns.ts';
import type { News } from '../../src/core/report.ts';
import { failureOf } from '../failure.ts';
import { serveSns, type SnsServer } from '../servers/sns.ts';

const topic = 'arn:aws:sns:us-east-2:123456789012:news';
const roadOn = ({ caller }: SnsServer, estate = 'ai.coder.com') =>
  snsRoad({ topic, estate, now: () => new Date(), caller });
const item = (kind: News['kind'], line: string): News => ({ kind, subject: line, line });

describe('the road to a topic', () => {
  it('hears the gravest news first, and how many of each kind', async () => {
    await using server = await serveSns();
    await roadOn(server).say([
      item('done', 'done: mirror'),
      item('amiss', 'fail: Oregon is behind → wait'),
      item('failed', 'failed: x'),
    ]);
    expect(server.messages).toMatchObject([
      {
        TopicArn: topic,
        Subject: 'Greenroom ai.coder.com: 1 failed, 1 amiss, 1 done',
        Message: 'failed: x\n\nfail: Oregon is behind → wait\n\ndone: mirror',
      },
    ]);
  });

  it('hears nothing when there is no news', async () => {
    await using server = await serveSns();
    await roadOn(server).say([]);
    expect(server.messages).toEqual([]);
  });

  it('gets one message even of more news than a message can hold, which says so', async () => {
    await using server = await serveSns();
    await roadOn(server).say(Array.from({ length: 400 }, (_, n) => item('amiss', `${n}: ${'ü'.repeat(500)}`)));
    expect(server.messages).toHaveLength(1);
    expect(server.messages[0]?.Message).toMatch(/… and 15\d more than a message can hold\.$/);
  });

  it('is told under a subject that SNS takes, whatever the estate is called', async () => {
    await using server = await serveSns();
    await roadOn(server, `müller ${'x'.repeat(200)}`).say([item('amiss', 'x')]);
    expect(server.messages[0]?.Subject).toHaveLength(100);
  });

  it('could not be told: an error that names the service', async () => {
    await using server = await serveSns({ allowed: false });
    const failure = await failureOf(roadOn(server).say([item('amiss', 'x')]));
    expect(failure).toMatchObject({ service: 'sns', code: 'AuthorizationError', trouble: 'unauthorized', status: 400 });
    expect(failure.message).toMatch(/tell the crew: 400 AuthorizationError User is not authorized .* SNS:Publish$/);
  });
});

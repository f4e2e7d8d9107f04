import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, type Environment, type Setting } from '../src/config.ts';
import { connectAws } from '../src/connect-aws.ts';
import { anImage, at } from './builders.ts';

const whole = {
  GREENROOM_ESTATE: 'ai.coder.com',
  GREENROOM_ACCOUNT: '012345678901',
  GREENROOM_TABLE: 'greenroom-journal',
  GREENROOM_BUS: 'greenroom',
  GREENROOM_MACHINE: 'arn:aws:states:us-east-2:012345678901:stateMachine:greenroom',
  GREENROOM_TOPIC: 'arn:aws:sns:us-east-2:012345678901:news',
  GREENROOM_WEBHOOK_SECRET: 'arn:aws:secretsmanager:us-east-2:012345678901:secret:webhook-AbCdEf',
} satisfies Environment;

function faultsOf(env: Environment, needs: readonly Setting[] = []): readonly string[] {
  try {
    readConfig(env, needs);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('a configuration', () => {
  it('is read from the environment', () => {
    expect(readConfig(whole, ['account', 'table', 'machine', 'topic', 'bus', 'webhookSecret'])).toMatchObject({
      estate: { name: 'ai.coder.com' },
      account: '012345678901',
      table: 'greenroom-journal',
      machine: whole.GREENROOM_MACHINE,
    });
  });

  it('is of the one estate there is where none is named', () => {
    expect(readConfig({}).estate.name).toBe('ai.coder.com');
  });

  it('leaves out what nobody said', () => {
    expect(Object.keys(readConfig({ GREENROOM_TABLE: '' })).sort()).toEqual(['estate', 'hosts']);
  });

  it('knows where a registry really listens', () => {
    const { hosts } = readConfig({ GREENROOM_HOSTS: 'ghcr.io=127.0.0.1:5000, docker.io=localhost:5001' });
    expect([...hosts]).toEqual([
      ['ghcr.io', '127.0.0.1:5000'],
      ['docker.io', 'localhost:5001'],
    ]);
  });

  it.each<[string, Environment, readonly Setting[], RegExp]>([
    [
      'an estate that is not there',
      { GREENROOM_ESTATE: 'ai.codr.com' },
      [],
      /^GREENROOM_ESTATE is "ai.codr.com"; want one of ai\.coder\.com/,
    ],
    ['no table', {}, ['table'], /^GREENROOM_TABLE is not set; want the name/],
    [
      'an account that lost its zero',
      { GREENROOM_ACCOUNT: '12345678901' },
      ['account'],
      /^GREENROOM_ACCOUNT is not twelve digits/,
    ],
    [
      'a machine by its name',
      { GREENROOM_MACHINE: 'greenroom' },
      [],
      /^GREENROOM_MACHINE is not the ARN of a state machine/,
    ],
    [
      'a topic that is a machine',
      { GREENROOM_TOPIC: whole.GREENROOM_MACHINE },
      [],
      /^GREENROOM_TOPIC is not the ARN of an SNS topic/,
    ],
    [
      'a host without an address',
      { GREENROOM_HOSTS: 'ghcr.io' },
      [],
      /^GREENROOM_HOSTS: "ghcr.io"; want host=host:port/,
    ],
  ])('hears of %s', (_, env, needs, sentence) => {
    expect(faultsOf(env, needs)).toEqual([expect.stringMatching(sentence)]);
  });

  it('hears of all faults at once', () => {
    const wrong = { GREENROOM_ESTATE: 'x', GREENROOM_ACCOUNT: '1', GREENROOM_HOSTS: 'a' };
    expect(faultsOf(wrong, ['table', 'topic'])).toHaveLength(5);
  });

  it('never repeats a value, which may be a secret in the wrong place', () => {
    const wrong = { GREENROOM_WEBHOOK_SECRET: "It's a Secret to Everybody", GREENROOM_TABLE: 'hunter 2' };
    expect(faultsOf(wrong).join()).not.toMatch(/Everybody|hunter/);
  });
});

describe('the world in AWS', () => {
  const now = (): Date => at('09:00');
  const config = readConfig(whole, ['account', 'table']);

  it('has each copy in the account’s own registry of the region, and each source where it is released', () => {
    const { registries } = connectAws(config, now);
    expect(registries.source(anImage()).name).toBe('ghcr.io/coder/coder-preview');
    expect(registries.copy(anImage(), 'eu-west-2').name).toBe(
      '012345678901.dkr.ecr.eu-west-2.amazonaws.com/coder-preview',
    );
  });

  it('tells by e-mail and by every channel of the estate, each for what it is to hear', () => {
    const slack = [
      { name: 'greenroom', secret: 'greenroom/slack' },
      { name: 'facilitators', secret: 'greenroom/slack-2', hears: ['fail' as const] },
    ];
    const estate = { ...config.estate, people: { emails: [], slack, hear: ['fail' as const, 'warn' as const] } };
    const { crew } = connectAws({ ...config, estate }, now);
    expect(crew.map(({ name, hears }) => [name, hears])).toEqual([
      ['e-mail', ['fail', 'warn']],
      ['greenroom', undefined],
      ['facilitators', ['fail']],
    ]);
  });

  it('says so when it was not told whom to tell or what to set going', async () => {
    const { GREENROOM_MACHINE: _machine, GREENROOM_TOPIC: _topic, ...less } = whole;
    const { crew, mirroring } = connectAws(readConfig(less, ['account', 'table']), now);
    await expect(crew[0]?.say([])).rejects.toThrow('GREENROOM_TOPIC is not set');
    await expect(mirroring.mirror({ image: anImage(), tag: 'latest' }, 'ana')).rejects.toThrow('GREENROOM_MACHINE');
  });
});

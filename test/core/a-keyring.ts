import { CRON } from './a-room.ts';
import type { Credential } from '../../src/core/credential.ts';
import type { LiteLlmGateway } from '../../src/core/estate.ts';
import type { GatewayKey } from '../../src/core/gateway-key.ts';
import type { KeySighting, KeysSighting, RotatorState } from '../../src/core/keys.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { saw } from '../../src/core/sighting.ts';
import { hours, minutes, plus } from '../../src/core/time.ts';
import { windowsOf, type WindowsSighting } from '../../src/core/windows.ts';
import type { Workshop } from '../../src/core/workshop.ts';

export const NOON = new Date('2026-09-14T12:00:00.000Z');
export const later = (count: number): Date => plus(NOON, hours(count));

export const gateway: LiteLlmGateway = {
  kind: 'litellm',
  url: 'https://gateway.example.com',
  masterKey: 'master',
  keys: [{ name: 'ai-coder', secret: 'keys/ai-coder' }],
};

export const consumer = { cluster: 'ohio', namespace: 'coder-ws', secret: 'litellm-key', entry: 'key' };

export const aKey = (change: Partial<GatewayKey> = {}): GatewayKey => ({
  hash: 'published',
  alias: 'ai-coder-g2',
  expires: later(24 * 30),
  blocked: false,
  spend: 0,
  budget: undefined,
  settings: {},
  ...change,
});

export const accepted = { replica: 'http://replica-0', answer: 'accepted' } as const;
export const refused = { replica: 'http://replica-0', answer: 'unknown-key', why: '401' } as const;

export const aSighting = (change: Partial<KeySighting> = {}): KeySighting => ({
  key: { name: 'ai-coder', secret: 'keys/ai-coder' },
  published: saw('published'),
  known: saw([aKey()]),
  probes: saw([accepted]),
  consumers: [{ consumer, holds: saw('published') }],
  ...change,
});

export const aRotator = (change: Partial<RotatorState> = {}) => ({
  name: 'rotator',
  cluster: 'ohio',
  keys: ['ai-coder'],
  stands: saw<RotatorState>({
    choice: { ok: true, lever: CRON, value: false, risks: [] },
    paused: false,
    running: 0,
    schedule: { cron: '0 */4 * * *', zone: 'UTC' },
    ...change,
  }),
});

export const keyring = (change: Partial<KeysSighting> = {}): KeysSighting => ({
  gateway,
  keys: [aSighting()],
  bogus: saw([refused]),
  rotators: [],
  ...change,
});

/** So many hours from noon on, for two hours. */
export const workshopIn = (count: number, title = 'Agents 101'): Workshop => ({
  id: title,
  title,
  starts: later(count),
  ends: plus(later(count), minutes(120)),
  zone: 'UTC',
  attendance: { people: 10, from: 'description' },
});

export const windows = (...workshops: readonly Workshop[]): WindowsSighting =>
  windowsOf(workshops, DEFAULT_POLICY, NOON);

export const aCredential = (change: Partial<Credential> = {}): Credential => ({
  name: 'certificate of ai.coder.com',
  kind: 'certificate',
  expires: saw(later(24 * 30)),
  renewal: 'renew it',
  ...change,
});

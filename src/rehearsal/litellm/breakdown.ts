import type { RehearsedGateway } from '../litellm.ts';
import type { GatewayPods } from './pods.ts';

/** How a gateway can be made to fail. */
export const WAYS_TO_BREAK_A_GATEWAY = [
  'offline',
  'replica-offline',
  'database-down',
  'database-open',
  'refuse-keys',
  'slow',
  'old-version',
] as const;
export type WayToBreakAGateway = (typeof WAYS_TO_BREAK_A_GATEWAY)[number];

export const isWayToBreakAGateway = (text: unknown): text is WayToBreakAGateway =>
  WAYS_TO_BREAK_A_GATEWAY.some((way) => way === text);

/** What may be wrong with a gateway as a whole. */
type Wrong = Pick<RehearsedGateway['premises'], 'database' | 'open' | 'refusesKeys' | 'manners'>;

/** Longer than anybody waits. */
const SLOW_MS = 10_000;
/** Makes a gateway fail in one way, or work again: what was wrong with it before is over either way. */
export function breakdownOf(
  gateway: RehearsedGateway,
  pods: GatewayPods,
): (how: WayToBreakAGateway | undefined) => void {
  const { premises, line } = gateway;
  const { manners } = premises;
  const well: Wrong = { database: 'up', open: false, refusesKeys: false, manners };
  const wrong: Partial<Record<WayToBreakAGateway, Partial<Wrong>>> = {
    'database-down': { database: 'down' },
    'database-open': { database: 'down', open: true },
    'refuse-keys': { refusesKeys: true },
    'old-version': { manners: { ...manners, expiredStatus: 400, memory: 'sliding' } },
  };
  return (how) => {
    Object.assign(premises, well, how && wrong[how]);
    line.delayMs = how === 'slow' ? SLOW_MS : 0;
    line.away = how === 'offline' ? 'all' : new Set(how === 'replica-offline' ? pods.serving().slice(0, 1) : []);
  };
}

import { MARGIN_MS, outlastsAll, warning, type Credential } from './credential.ts';
import type { Judgement, Status } from './finding.ts';
import { plus } from './time.ts';
import type { Closed, WindowsSighting } from './windows.ts';

/** One credential against the calendar, in whole: what people look at instead of a list of findings. */
export interface CredentialStanding {
  readonly credential: Credential;
  /** Its end; as it was seen last, where it cannot be seen now; `undefined` where it was never seen. */
  readonly ends: Date | 'never' | undefined;
  readonly status: Status;
  /** What is so, in words: of a credential that is not ok, what is amiss. */
  readonly have: string;
  /** What a person is asked to do; absent where all is well. */
  readonly ask?: string;
  /** The workshop that it has to outlast: the first that it does not, or else the last in sight. */
  readonly outlasting?: Outlasting;
}

export interface Outlasting extends Closed {
  /** Until when it must last: a day longer than the window. */
  readonly until: Date;
}

const RANK: readonly Status[] = ['fail', 'unknown', 'warn', 'ok'];

/**
 * How a credential stands: the worst of what is judged of it for the workshops in sight and by the days that are left.
 *
 * One that does not work stands badly whatever the calendar says, since somebody may sign in today.
 */
export function standingOf(
  credential: Credential,
  windows: WindowsSighting | undefined,
  now: Date,
): CredentialStanding {
  const { expires, lastSeen } = credential;
  const judged = [...(windows ? outlastsAll(credential, windows, now) : []), ...alone(credential, windows, now)];
  const [worst] = judged.toSorted((a, b) => RANK.indexOf(a.status) - RANK.indexOf(b.status));
  const outlasting = windows && outlastingOf(credential, windows, now);
  return {
    credential,
    ends: expires.seen ? expires.value : lastSeen,
    status: worst?.status ?? 'ok',
    have: worst?.evidence.have ?? '',
    ...(worst && worst.status !== 'ok' && worst.remedy.by === 'person' && { ask: worst.remedy.ask }),
    ...(outlasting && { outlasting }),
  };
}

/** What can be said of it without a calendar, and that there is none. */
function alone(credential: Credential, windows: WindowsSighting | undefined, now: Date): Judgement[] {
  const { name: subject, broken, expires, renewal } = credential;
  const remedy = { by: 'person', ask: renewal } as const;
  const want = 'it works';
  if (broken !== undefined) return [{ subject, status: 'fail', evidence: { want, have: broken }, remedy }];
  if (!expires.seen) return [{ subject, status: 'unknown', evidence: { want, have: expires.why }, remedy }];
  if (windows) return [warning(credential, now)];
  const ask = 'Let Greenroom read the calendar: greenroom workshops says why it cannot.';
  const have = 'the calendar cannot be read';
  return [
    warning(credential, now),
    { subject, status: 'unknown', evidence: { want: 'a calendar', have }, remedy: { by: 'person', ask } },
  ];
}

function outlastingOf(credential: Credential, windows: WindowsSighting, now: Date): Outlasting | undefined {
  const judged = windows.closed.flatMap((closed) =>
    outlastsAll(credential, { ...windows, closed: [closed] }, now).map(({ status }) => ({ closed, status })),
  );
  const { closed } = judged.find(({ status }) => status !== 'ok') ?? judged.at(-1) ?? {};
  return closed && { ...closed, until: plus(closed.window.until, MARGIN_MS) };
}

/** The worst first, and of those that stand alike the ones that end soonest. */
export const worstStandingFirst = (standings: readonly CredentialStanding[]): CredentialStanding[] =>
  standings.toSorted((a, b) => RANK.indexOf(a.status) - RANK.indexOf(b.status) || endOrder(a) - endOrder(b));

const endOrder = ({ ends }: CredentialStanding): number =>
  ends instanceof Date ? ends.getTime() : ends === 'never' ? Number.MAX_VALUE : 0;

/** What the shell and the verdict are told: doubt is not the same as failure, and a warning stops nothing. */
export function overall(standings: readonly Pick<CredentialStanding, 'status'>[]): 'ok' | 'fail' | 'unknown' {
  if (standings.some(({ status }) => status === 'fail')) return 'fail';
  return standings.some(({ status }) => status === 'unknown') ? 'unknown' : 'ok';
}

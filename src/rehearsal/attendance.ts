import { between, plus, seconds } from '../core/time.ts';

/** A room full of people whose workspaces ask the gateway, on a clock that moves when they ask. */
export interface AttendanceParts {
  readonly people: number;
  /** Requests of the whole room. */
  readonly perSecond: number;
  /** Moves the world on to an instant. */
  readonly pass: (until: Date) => void;
  /** Asks one replica after the other with a key; whether it was let in. */
  readonly ask: (key: string) => boolean;
  /** The key that is published now: a workspace reads it when it starts. */
  readonly published: () => Promise<string>;
  /** When every workspace was restarted, so far. */
  readonly restarts: () => readonly Date[];
}

/** What the room has lived through so far. */
export interface Attended {
  readonly requests: number;
  readonly failed: number;
  readonly firstFailure?: Date;
  readonly lastFailure?: Date;
  /** Workspaces that were restarted under somebody's hands. */
  readonly restarted: number;
}

export interface Attendance {
  /** Everybody works until then. */
  attend(from: Date, until: Date): Promise<void>;
  soFar(): Attended;
}

export function attendance({ people, perSecond, pass, ask, published, restarts }: AttendanceParts): Attendance {
  const failures: Date[] = [];
  let requests = 0;
  let restarted = 0;
  let key: string | undefined;
  let known = restarts().length;
  const second = (at: Date): void => {
    pass(at);
    for (let i = 0; i < perSecond; i += 1) {
      requests += 1;
      if (!ask(key ?? '')) failures.push(at);
    }
  };
  return {
    attend: async (from, until) => {
      key ??= await published();
      for (let at = from; between(at, until) > 0; at = plus(at, seconds(1))) {
        second(at);
        if (restarts().length === known) continue;
        known = restarts().length;
        restarted += people;
        key = await published();
      }
    },
    soFar: () => {
      const [firstFailure, lastFailure] = [failures[0], failures.at(-1)];
      return {
        requests,
        failed: failures.length,
        restarted,
        ...(firstFailure && { firstFailure }),
        ...(lastFailure && { lastFailure }),
      };
    },
  };
}

import { OutsideError } from '../../core/outside-error.ts';
import type { Answer, Call } from './call.ts';
import { jittered, pause } from './limits.ts';
import type { Line } from './line.ts';
import { isLimit } from './refusal.ts';

/** Tries again what broke, and what was told to come later when that time has come. */
export async function persist<A extends Answer>(line: Line, call: Call, once: () => Promise<A>): Promise<A> {
  const { tries, backoffMs, limitTries, longestWaitMs } = line.settings;
  let broken = 0;
  for (let limits = 0; ;) {
    const came = await once().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    if ('answer' in came && isLimit(came.answer)) {
      limits += 1;
      if (limits >= limitTries || line.gateOf(came.answer.url.host).closedFor() > longestWaitMs) return came.answer;
      continue;
    }
    if ('answer' in came && !isBroken(came.answer)) return came.answer;
    if ('error' in came && !isPassing(came.error)) throw came.error;
    broken += 1;
    if (broken >= tries && 'answer' in came) return came.answer;
    if (broken >= tries && 'error' in came) throw came.error;
    await pause(jittered(backoffMs * 2 ** (broken - 1)), call.signal);
  }
}

const isBroken = ({ status }: Answer): boolean => status >= 500 || status === 408;

/** Certificates and names that are wrong stay wrong. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof OutsideError) || (error.trouble !== 'broken' && error.trouble !== 'timeout')) return false;
  return !/^(?:CERT_|ERR_TLS|ERR_SSL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ENOTFOUND|ERR_INVALID|ERR_UNESCAPED)/.test(
    error.code ?? '',
  );
}

import { headline, minuteOf } from '../../src/core/report.ts';
import { reconcile, type Automation, type Wake } from '../../src/reconcile.ts';
import type { Host } from '../host.ts';
import { inTurn } from './turn.ts';

/** Runs an automation, counts what it found, and answers with its verdict. */
export async function runAutomation(
  automation: Automation,
  host: Host,
  wake: Pick<Wake, 'by' | 'only'> = {},
): Promise<string> {
  const { world, now, log, signal, tell, measure } = host;
  const { name } = automation;
  const at = now();
  const report = await reconcile(automation, world, {
    ...wake,
    now: at,
    log,
    signal,
    inTurn: (work) => inTurn('tell', host, work),
  });
  measure('LookMs', now().getTime() - at.getTime(), { automation: name });
  for (const [status, count] of Object.entries(minuteOf(report).counts)) {
    measure('Findings', count, { automation: name, status });
  }
  const verdict = headline(report);
  tell(verdict, { taken: report.taken });
  return verdict;
}

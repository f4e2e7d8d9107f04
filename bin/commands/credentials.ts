import { credentialsOutlastWorkshops } from '../../src/core/checks/credentials-outlast-workshops.ts';
import {
  overall,
  standingOf,
  worstStandingFirst,
  type CredentialStanding,
} from '../../src/core/credential-standing.ts';
import { observe, ofEverything } from '../../src/observers/observe.ts';
import { credentialsLines } from '../../src/terminal/credentials.ts';
import { command, EXIT, type Exit } from '../command.ts';
import { ESTATE, onStage } from '../stage.ts';

export default command({
  name: 'credentials',
  summary: 'Everything that ends by itself, until when, and which workshop it must outlast',
  usage: ['[--estate <name>]'],
  about:
    'Looks at the gateway’s published keys, the certificates of every domain, the tokens for Coder, GitHub and Cloudflare, and every secret that is tagged with its end; and judges each against the workshops of the next seven days: what ends in a window fails, what ends in the day after it or has less than seven days left is a warning. Changes nothing.\nExits with 0 when everything lasts, 1 when something does not, 3 where somebody could not be asked.',
  flags: { estate: ESTATE },
  examples: [
    ['greenroom credentials', 'the worst first'],
    ['greenroom credentials --json | jq ".credentials[] | select(.status != \\"ok\\")"', 'for a script'],
    ['greenroom credentials --estate ai.coder.com', 'the estate in AWS'],
  ],
  words: [0, 0],
  run: (call) =>
    onStage(call, async ({ world }): Promise<Exit> => {
      const { terminal, signal } = call;
      const now = call.now();
      const watch = { now, depth: 'tag', log: terminal.trouble, signal } as const;
      const { credentials, windows } = await observe(credentialsOutlastWorkshops.needs, ofEverything, world, watch);
      const unseen = [credentials, windows].flatMap((seen) => (seen?.seen === false ? [seen.why] : []));
      const known = windows?.seen ? windows.value : undefined;
      const standings = worstStandingFirst(
        (credentials?.seen ? credentials.value : []).map((each) => standingOf(each, known, now)),
      );
      terminal.out(...credentialsLines(standings, now, terminal), ...unseen);
      terminal.document({ estate: world.estate.name, at: now, credentials: standings.map(documentOf), unseen });
      if (overall(standings) === 'fail') return EXIT.failed;
      return unseen.length > 0 || overall(standings) === 'unknown' ? EXIT.blind : EXIT.done;
    }),
});

/** The documented shape: `docs/cli.md`. */
function documentOf({ credential, ends, status, have, ask, outlasting }: CredentialStanding): object {
  const { name, kind, about, expires, renewed } = credential;
  return {
    name,
    kind,
    ...(about !== undefined && { about }),
    ends: ends ?? null,
    seen: expires.seen,
    ...(renewed && { renewedBy: renewed.by }),
    ...(outlasting && {
      outlasts: { title: outlasting.workshop.title, starts: outlasting.workshop.starts, until: outlasting.until },
    }),
    status,
    have,
    ...(ask !== undefined && { ask }),
  };
}

import { plus } from '../../src/core/time.ts';
import { LEASE_MS } from '../../src/mirror/claim.ts';
import type { Run } from '../../src/mirror/run.ts';
import type { RegistryServer } from '../../src/rehearsal/registry.ts';
import type { Manners } from '../../src/rehearsal/registry/manners.ts';
import { makeBed, NAME, type Bed } from './bed.ts';

/** Registries take turns: strict ones, ones that take a tag for what is not there, ones that check no digest either, GHCR. */
const KINDS: readonly { readonly source?: Manners; readonly region: Manners }[] = [
  { region: { strictContent: true } },
  { region: { strictContent: false } },
  { region: { strictContent: false, checksDigests: false } },
  { source: { kind: 'ghcr' }, region: { strictContent: true, referrersApi: false } },
];

/** Gives up soon, as somebody who has five hundred storms to get through. */
const HASTY = { tries: 3, backoffMs: 2, limitMs: 5, stallMs: 400, judgeMs: 400, longestWaitMs: 3_000 };
const WAITS = { refillMs: 5, giveUpAfterMs: 30 };

/** One bed, on which release after release is mirrored in weather of its own. */
export class Coast {
  readonly bed: Bed;
  /** Whether its regions refuse what is not what its digest says. */
  readonly isHonest: boolean;
  /** What was not all there behind a tag at the moment when it was written. */
  readonly torn: string[] = [];
  #watched: Promise<void>[] = [];
  readonly #hasty: Run['endpoints'];
  readonly #skew: { tokens: number };
  #waitedMs = 0;

  private constructor(bed: Bed, isHonest: boolean, skew: { tokens: number }) {
    this.bed = bed;
    this.isHonest = isHonest;
    this.#skew = skew;
    this.#hasty = bed.through({ http: HASTY });
  }

  static async open(index: number): Promise<Coast> {
    const kind = KINDS[index % KINDS.length] as (typeof KINDS)[number];
    const skew = { tokens: 0 };
    const bed = await makeBed({
      source: { auth: 'bearer', ...kind.source },
      region: { auth: 'bearer', ...kind.region },
      clock: () => Date.now() + skew.tokens,
      tagged: (region, tag) => coast.#watch(region, tag),
    });
    const coast = new Coast(bed, kind.region.checksDigests !== false, skew);
    return coast;
  }

  get servers(): RegistryServer[] {
    return [this.bed.source, ...this.bed.regions.values()];
  }

  readonly now = (): Date => plus(new Date(), this.#waitedMs);

  /** A run that is about to meet the weather. */
  stormy(more: Partial<Run> = {}): Run {
    return this.bed.run({ endpoints: this.#hasty, waits: WAITS, now: this.now, ...more });
  }

  /** A run when it has passed, patient and after every claim of the dead has run out. */
  fair(more: Partial<Run> = {}): Run {
    this.#waitedMs += LEASE_MS;
    return this.bed.run({ now: this.now, ...more });
  }

  expireTokens(): void {
    this.#skew.tokens += 3_600_000;
  }

  unauthorized(): number {
    return this.servers.reduce(
      (sum, { traffic }) => sum + traffic.requests.filter(({ status }) => status === 401).length,
      0,
    );
  }

  calm(): void {
    for (const server of this.servers) {
      server.faults = [];
      server.offline = false;
      server.traffic.reset();
    }
  }

  /** Every tag that was written so far has been judged. */
  async judged(): Promise<readonly string[]> {
    await Promise.all(this.#watched.splice(0));
    return this.torn;
  }

  #watch(region: string, tag: string): void {
    const judging = this.bed.regions.get(region)?.missingBehind(NAME, tag) ?? Promise.resolve([]);
    this.#watched.push(
      judging.then((wrong) => void this.torn.push(...wrong.map((one) => `${tag} in ${region}: ${one}`))),
    );
  }
}

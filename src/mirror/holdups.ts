import type { Lane } from './lane.ts';

/** A read that several regions share, as far as it may have to wait for one of them. */
export interface SharedFlow {
  readonly lanes: readonly Lane[];
  /** Those that keep it from going on, while another has taken everything. Nobody, while all are behind. */
  readonly waitsFor: readonly Lane[];
}

/** How long a region may hold the others up. One that takes longer to open an upload is farther away, and has that long. */
const REGION_MS = 150;
/** The same for one lane of a region that does well otherwise, and for one that does not open or takes nothing more. */
const LANE_MS = 2_000;
/** The most that counts between two looks: time in which we ourselves did not run is nobody's fault. */
const LOOK_MS = 50;

/**
 * Which regions hold the others up, over all reads that they share.
 *
 * A region for which most reads wait owes that time, and pays it back while most do not. Once it owes too much it is
 * slow, provided that it took less than a third of what came before: when all wait for one, all go at its pace, and
 * its pace says nothing any more. Regions that are equally slow wait for each other by turns, and owe nothing.
 */
export class Holdups {
  readonly #now: () => number;
  readonly #flows = new Set<SharedFlow>();
  readonly #owed = new Map<string, number>();
  readonly #slow = new Set<string>();
  #lookedAt: number;

  /** `now` in milliseconds, from anywhere on. */
  constructor(now: () => number) {
    this.#now = now;
    this.#lookedAt = now();
  }

  begin(flow: SharedFlow): void {
    this.look();
    this.#flows.add(flow);
  }

  end(flow: SharedFlow): void {
    this.look();
    this.#flows.delete(flow);
    for (const lane of flow.lanes) lane.isWaitedFor = false;
  }

  /** To be called whenever something has moved, and now and then while nothing does. */
  look(): void {
    const now = this.#now();
    this.#charge(Math.min(now - this.#lookedAt, LOOK_MS));
    this.#lookedAt = now;
    for (const { lanes, waitsFor } of this.#flows) {
      for (const lane of lanes) lane.isWaitedFor = waitsFor.includes(lane);
    }
  }

  /** For whom a read need not wait any longer. */
  tooSlow({ waitsFor }: SharedFlow): readonly Lane[] {
    return waitsFor.filter((lane) => this.#slow.has(lane.region) || lane.isStuckFor(LANE_MS));
  }

  #charge(ms: number): void {
    const lanes = [...this.#flows].flatMap((flow) => flow.lanes.filter(({ isOpen }) => isOpen));
    for (const lane of lanes) lane.charge(ms);
    for (const [region, own] of Map.groupBy(lanes, (lane) => lane.region)) {
      const waited = own.filter((lane) => lane.hasOpened && lane.isWaitedFor);
      const most = Math.max(REGION_MS, ...own.map((lane) => lane.openingMs));
      const owed = owe(this.#owed.get(region) ?? 0, ms, waited.length / this.#flows.size, most);
      this.#owed.set(region, owed);
      if (owed === 0) this.#slow.delete(region);
      else if (owed === most && haveFallenBehind(waited)) this.#slow.add(region);
    }
  }
}

/** What is owed after some time during which that share of the reads waited. */
export const owe = (owed: number, ms: number, share: number, most: number): number =>
  Math.min(most, Math.max(0, owed + ms * (2 * share - 1)));

/** Whether they took less than a third of what came since they had nothing left to take. */
export function haveFallenBehind(lanes: readonly Lane[]): boolean {
  const sum = (of: (lane: Lane) => number): number => lanes.reduce((total, lane) => total + of(lane), 0);
  return 2 * sum(({ caughtUp }) => caughtUp) < sum(({ backlog }) => backlog);
}

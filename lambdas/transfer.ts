import type { Sitting } from '../src/mirror/shards.ts';
import { transferStage } from '../src/mirror/stages.ts';
import { connected } from './host.ts';
import { onStage, type StageEvent } from './host/stage.ts';

interface Leg extends StageEvent {
  readonly shard: number;
  readonly leg: number;
}

export const transfer = (worldOf: typeof connected, sitting?: Sitting) =>
  onStage(worldOf, async (run, { shard, leg }: Leg, { note, tell, measure }) => {
    note({ shard, leg });
    let [read, written] = [0, 0];
    const onProgress: typeof run.onProgress = (progress) => {
      if (progress.kind === 'read') read += progress.bytes;
      if (progress.kind === 'wrote') written += progress.bytes;
      if (progress.kind === 'detached') tell('a region fell behind', { ...progress });
    };
    await transferStage({ ...run, onProgress }, shard, leg, sitting);
    measure('BytesRead', read);
    measure('BytesWritten', written);
    tell('transferred', { read, written });
  });

export const handler = transfer(connected);

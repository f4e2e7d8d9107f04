import type { Sitting } from '../src/mirror/shards.ts';
import { planStage } from '../src/mirror/stages.ts';
import { connected } from './host.ts';
import { onStage } from './host/stage.ts';

export const plan = (worldOf: typeof connected, sitting?: Sitting) =>
  onStage(worldOf, async (run, _event, { tell }) => {
    const planned = await planStage(run, sitting);
    tell('planned', { ...planned });
    return planned;
  });

export const handler = plan(connected);

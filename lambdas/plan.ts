import { planStage } from '../src/mirror/stages.ts';
import { connected } from './host.ts';
import { onStage } from './host/stage.ts';

export const plan = (worldOf: typeof connected) =>
  onStage(worldOf, async (run, _event, { tell }) => {
    const planned = await planStage(run);
    tell('planned', { ...planned });
    return planned;
  });

export const handler = plan(connected);

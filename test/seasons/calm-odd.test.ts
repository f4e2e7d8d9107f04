import { calmSeasons } from './calm.ts';

calmSeasons(1);

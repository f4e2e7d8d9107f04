import { calmSeasons } from './calm.ts';

calmSeasons(0);

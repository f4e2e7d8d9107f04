import { seasons } from './suite.ts';

seasons(1);

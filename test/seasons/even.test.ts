import { seasons } from './suite.ts';

seasons(0);

import { describe } from 'vitest';
import { seasons } from './suite.ts';

describe('even seasons', () => seasons(0));

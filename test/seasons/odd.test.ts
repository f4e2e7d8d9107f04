import { describe } from 'vitest';
import { seasons } from './suite.ts';

describe('odd seasons', () => seasons(1));

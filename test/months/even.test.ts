import { describe } from 'vitest';
import { months } from './suite.ts';

describe('even months', () => months(0));

import { describe } from 'vitest';
import { months } from './suite.ts';

describe('odd months', () => months(1));

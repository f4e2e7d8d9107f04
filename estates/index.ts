import type { Estate } from '../src/core/estate.ts';
import { aiCoderCom } from './ai.coder.com.ts';

/** Every estate by its name, which is also its file's. */
export const estates: ReadonlyMap<string, Estate> = new Map([aiCoderCom].map((estate) => [estate.name, estate]));

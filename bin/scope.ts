import type { Estate } from '../src/core/estate.ts';
import { usage } from './command.ts';
import { readTarget } from './stage.ts';

export const EVERY_IMAGE = '*';

/** The one word of a command. An unquoted * reaches us as the names of the files that lie around. */
export function readWord(command: string, [word = '', ...more]: readonly string[]): string {
  if (more.length === 0) return word;
  throw usage(`${command}: one image at a time`, `every image is '*', in quotes`);
}

/** What a hold is over: an image of the estate, or all of them. */
export function readScope(command: string, text: string, estate: Estate): string {
  if (text === EVERY_IMAGE) return EVERY_IMAGE;
  const { image, tag } = readTarget(text, estate);
  if (tag === undefined) return image.name;
  throw usage(
    `${command}: a hold is over a whole image, not over the tag "${tag}"`,
    `greenroom ${command} ${image.name}`,
  );
}

export const spellScope = (scope: string): string => (scope === EVERY_IMAGE ? 'every image' : scope);

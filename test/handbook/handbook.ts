import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Ended } from '../bin/cli.ts';

/** A command that a document tells its reader to type. */
export interface Typed {
  /** The heading that it stands below. */
  readonly page: string;
  /** Without its comment. */
  readonly command: string;
}

const HEADING = /^#{1,3} (.+)$/;
const FENCE = /^ *```(\w*)$/;
const COMMENT = /^((?:[^#"']|"[^"]*"|'[^']*')*?)\s*(?:#.*)?$/;
/** In a sentence: what begins with the name of a program, unless something is left out of it. */
const SPAN = /`((?:npx greenroom|npx cdk|kubectl|aws) [^`…]+)`/g;

/** Every command of a document, in its order: the lines of its shell blocks, and those in the middle of a sentence. */
export function commandsIn(file: string): Typed[] {
  const found: Typed[] = [];
  let page = '';
  let fence: string | undefined;
  for (const line of readFileSync(join(import.meta.dirname, '../..', file), 'utf8').split('\n')) {
    const [, language] = FENCE.exec(line) ?? [];
    if (language !== undefined) fence = fence === undefined ? language : undefined;
    else if (fence === undefined) {
      page = HEADING.exec(line)?.[1] ?? page;
      for (const [, command = ''] of line.matchAll(SPAN)) found.push({ page, command });
    } else if (fence === 'sh') {
      const command = COMMENT.exec(line.trim())?.[1] ?? line;
      if (command !== '') found.push({ page, command });
    }
  }
  return found;
}

/** The words of a command as a shell would make them, without any of its expansions. */
export const wordsOf = (command: string): string[] =>
  [...command.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));

/** What a page promises of a command. */
export interface Promised {
  /** 0 where it is left out. */
  readonly exit?: number;
  readonly says: RegExp | readonly RegExp[];
}

/** Types a command of the page, as it stands there, and holds it to what the page says of it. */
export type Type = (command: string, promised: Promised) => Promise<Ended>;

interface Where {
  run(command: string): Promise<Ended>;
  /** By command, why it is not typed here. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/**
 * Lives through a page: every command on it whose first words are `program` is typed, and none that is not on it.
 *
 * So a command that is added to a page without anything that holds it to its promise fails, and so does one that has gone.
 */
export async function livePage(
  [file, page, program]: readonly [file: string, page: string, program: string],
  { run, elsewhere = {} }: Where,
  story: (type: Type) => Promise<void>,
): Promise<void> {
  const there = commandsOn(file, page, program).filter((command) => !Object.hasOwn(elsewhere, command));
  const typed = new Set<string>();
  await story(async (command, { exit = 0, says }) => {
    expect(there, `on the page “${page}”`).toContain(command);
    typed.add(command);
    const ended = await run(command);
    const said = `${ended.out}${ended.err}`;
    expect(ended.code, `${command}\n${said}`).toBe(exit);
    for (const each of [says].flat()) expect(said, command).toMatch(each);
    return ended;
  });
  expect([...typed].toSorted(), `typed of the page “${page}”`).toEqual(there.toSorted());
}

const isOf = (program: string, command: string): boolean => command.startsWith(`${program} `);

export const commandsOn = (file: string, page: string, program: string): string[] => [
  ...new Set(
    commandsIn(file)
      .filter((each) => each.page === page && isOf(program, each.command))
      .map(({ command }) => command),
  ),
];

/** The pages on which something is to be typed into a program. */
export const pagesWith = (file: string, program: string): string[] => [
  ...new Set(
    commandsIn(file)
      .filter(({ command }) => isOf(program, command))
      .map(({ page }) => page),
  ),
];

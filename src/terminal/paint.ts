import { styleText } from 'node:util';

/** What a piece of text is for, rather than how it looks. */
export type Tone = 'good' | 'bad' | 'caution' | 'accent' | 'quiet' | 'strong';

export type Paint = (tone: Tone, text: string) => string;

const STYLES = {
  good: 'green',
  bad: 'red',
  caution: 'yellow',
  accent: 'cyan',
  quiet: 'dim',
  strong: 'bold',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** No colour at all: files, pipes, tests. */
export const unpainted: Paint = (_tone, text) => text;

/** Colour always. */
export const painted: Paint = (tone, text) => styleText(STYLES[tone], text, { validateStream: false });

/** Colour where the stream is a terminal that has it; Node itself obeys NO_COLOR and FORCE_COLOR. */
export const paintFor =
  (stream: NodeJS.WritableStream): Paint =>
  (tone, text) =>
    styleText(STYLES[tone], text, { stream });

import type { View } from './view.ts';

export function boardText(view: View): string {
  return `${view.verdict.word}  ${view.verdict.why}\n`;
}

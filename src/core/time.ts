export const seconds = (n: number): number => n * 1_000;
export const minutes = (n: number): number => seconds(n * 60);
export const hours = (n: number): number => minutes(n * 60);
export const days = (n: number): number => hours(n * 24);

export const plus = (instant: Date, milliseconds: number): Date => new Date(instant.getTime() + milliseconds);
export const minus = (instant: Date, milliseconds: number): Date => plus(instant, -milliseconds);
export const between = (from: Date, to: Date): number => to.getTime() - from.getTime();

/** `2026-09-14 17:00 UTC`: the one way an instant is written to a person. */
export const spoken = (instant: Date): string => `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `850 ms`, `4.2 s`, `3 min 20 s`, `5 h 10 min`, `3 d 4 h`: two figures at most, the largest unit first. */
export function spokenDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const whole = Math.round(milliseconds / 1_000);
  if (whole < 3_600) return pair(whole, 60, 'min', 's');
  if (whole < 86_400) return pair(Math.round(whole / 60), 60, 'h', 'min');
  return pair(Math.round(whole / 3_600), 24, 'd', 'h');
}

function pair(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  return `${Math.floor(count / size)} ${large}${rest > 0 ? ` ${rest} ${small}` : ''}`;
}

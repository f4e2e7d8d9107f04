export const KiB = 1_024;
export const MiB = 1_024 * KiB;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `249 MB`, `1.3 GB`: decimal units, as registries and docker count. */
export function spokenBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || size >= 99.95 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}

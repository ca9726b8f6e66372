const integers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** A whole number with thousands apart: `12,408`. */
export function formatCount(count: number): string {
  return integers.format(count);
}

/** A number with its noun: `1 device`, `3 devices`. */
export function formatCountOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** A share in percent that never rounds to a lie: 100 % and 0 % only when they are exact. */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const percent = (part / whole) * 100;
  const shown = Math.round(percent * 10) / 10;
  if (shown >= 100 && part < whole) return '99.9 %';
  if (shown <= 0 && part > 0) return '0.1 %';
  return `${decimals.format(shown)} %`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes for people, in steps of 1000: `63.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : decimals.format(value)} ${byteUnits[unit]}`;
}

/** A measurement with at most one decimal: `3.4`. */
export function formatNumber(value: number): string {
  return decimals.format(value);
}

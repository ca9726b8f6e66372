const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A length of time for people: its two largest units, as in `1 h 30 min`. */
export function duration(ms: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, ms);
  for (const [name, unit] of units) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count} ${name}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? `${Math.floor(rest)} ms` : parts.join(' ');
}

/** The largest moment that a Date can say. */
const timeMax = 8_640_000_000_000_000;

/** A moment for people and programs. */
export function moment(ms: number): string {
  return Number.isFinite(ms) ? new Date(Math.max(-timeMax, Math.min(timeMax, ms))).toISOString() : 'never';
}

export const devices = (count: number): string => (count === 1 ? '1 device' : `${count} devices`);

/** Some names, and how many more there are. */
export function listed(names: readonly string[], max = 5): string {
  const shown = names.slice(0, max).join(', ');
  return names.length > max ? `${shown} and ${names.length - max} more` : shown;
}

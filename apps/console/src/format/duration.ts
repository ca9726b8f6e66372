const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const units = [
  { ms: day, name: 'd' },
  { ms: hour, name: 'h' },
  { ms: minute, name: 'min' },
  { ms: second, name: 's' },
] as const;

/** A length of time for people, in its two largest units: `2 h 5 min`, `45 s`, `300 ms`. Negative lengths count as none. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < 10 * second && ms % second !== 0) return `${(ms / second).toFixed(1)} s`;
  const largest = units.findIndex((unit) => ms >= unit.ms);
  let rest = Math.floor(ms / second) * second;
  const parts: string[] = [];
  for (const unit of units.slice(largest, largest + 2)) {
    const count = Math.floor(rest / unit.ms);
    rest -= count * unit.ms;
    if (count > 0) parts.push(`${count} ${unit.name}`);
  }
  return parts.join(' ');
}

/** How long ago something was: `just now`, `5 min ago`. A moment that has not come yet by a skewed clock counts as now. */
export function formatAge(atMs: number, nowMs: number): string {
  const age = nowMs - atMs;
  if (age < 5 * second) return 'just now';
  const unit = units.find(({ ms }) => age >= ms);
  return unit === undefined ? 'just now' : `${Math.floor(age / unit.ms)} ${unit.name} ago`;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A span of time for people, by its two largest units: `2 h 5 min`, `45 s`. */
export function formatSpan(milliseconds: number): string {
  const first = units.findIndex(([, length]) => milliseconds >= length);
  if (first === -1) return '0 s';
  const [unit, length] = units[first] ?? ['s', 1_000];
  const [nextUnit, nextLength] = units[first + 1] ?? [null, 1];
  const whole = Math.floor(milliseconds / length);
  const rest = Math.floor((milliseconds - whole * length) / nextLength);
  return nextUnit === null || rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${nextUnit}`;
}

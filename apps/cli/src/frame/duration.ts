const unitMs: Readonly<Record<string, number>> = { '': 1_000, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `500ms`, `90s`, `90` (seconds), `10m`, `2h` or `1d` as milliseconds; undefined when it is none of them. */
export function parseDuration(value: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h|d|)$/.exec(value.trim()) ?? [];
  const factor = unit === undefined ? undefined : unitMs[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

import { expect, it } from 'vitest';
import { formatLocal, formatUtc } from './time.ts';

it('when a moment is shown in UTC, it keeps its milliseconds', () => {
  expect(formatUtc('2026-03-01T08:15:30.250Z')).toBe('2026-03-01 08:15:30.250 UTC');
});

it('when a moment is of today, it says the time with seconds only', () => {
  const at = '2026-03-01T12:15:30.250Z';
  expect(formatLocal(at, Date.parse(at) + 1_000)).toMatch(/^\d\d.\d\d.30$/);
});

it('when a moment is of another year, it says the year', () => {
  expect(formatLocal('2024-06-15T12:00:00.000Z', Date.parse('2026-06-15T12:00:00.000Z'))).toContain('2024');
});

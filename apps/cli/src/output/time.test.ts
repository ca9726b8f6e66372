import { expect, it } from 'vitest';
import { formatMoment, formatTimeOfDay, withLocalMoments } from './time.ts';

it('when a moment is shown, it is in the time zone of the person, summer time included', () => {
  expect(formatMoment('2026-11-22T23:30:05.123Z', 'Europe/Berlin')).toBe('2026-11-23 00:30:05');
  expect(formatMoment('2026-07-01T22:30:05Z', 'Europe/Berlin')).toBe('2026-07-02 00:30:05');
  expect(formatTimeOfDay('2026-11-22T23:30:05Z', 'UTC')).toBe('23:30:05');
});

it('when there was no moment, or what came is none, it is shown as such', () => {
  expect(formatMoment(null, 'UTC')).toBe('–');
  expect(formatMoment('soon', 'UTC')).toBe('soon');
});

it('when a sentence names moments, they become those of the person', () => {
  expect(withLocalMoments('from 2026-11-22T10:00:00.000Z to 2026-11-22T11:00:00Z.', 'Europe/Berlin')).toBe(
    'from 2026-11-22 11:00:00 to 2026-11-22 12:00:00.',
  );
});

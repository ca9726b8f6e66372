import { expect, it } from 'vitest';
import { gateWords } from './gate-words.ts';

it('when a stage has gates, each is said in words; without any, nothing is', () => {
  expect(gateWords({ soakMs: 0, automatic: false })).toEqual([]);
  const window = { recurrence: 'FREQ=DAILY', startTime: '08:00', durationMinutes: 120, timeZone: 'Europe/Vienna' };
  const approval = { required: 2, role: 'owner', creatorExcluded: true } as const;
  expect(gateWords({ soakMs: 3_600_000, approval, window, automatic: true })).toEqual([
    '1 h healthy upstream',
    '2 owners approve, not who asked',
    'FREQ=DAILY, 08:00 for 2 h, Europe/Vienna',
    'Promoted by itself',
  ]);
  expect(gateWords({ soakMs: 0, approval: { ...approval, required: 1, creatorExcluded: false }, automatic: false })).toEqual([
    '1 owner approves',
  ]);
});

import type { MaintenanceWindow } from '@sluice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offersOpen, upcomingWindows, windowProblem, windowStateOf } from './windows.ts';

const nightly: MaintenanceWindow = { recurrence: 'FREQ=DAILY', startTime: '02:00', durationMinutes: 60, timeZone: 'device' };
const at = (time: string): number => Date.parse(time);
const words = (window: MaintenanceWindow, zone: string, time: string): string => {
  const state = windowStateOf(window, zone, at(time));
  const day = (value: number | null): string => (value === null ? 'never' : new Date(value).toISOString());
  return state.open ? `open ${day(state.opensAt)} to ${day(state.closesAt)}` : `closed until ${day(state.opensAt)}`;
};

describe('a maintenance window', () => {
  it.each([
    ['in Vienna in winter', 'Europe/Vienna', '2026-01-10T01:30:00Z', 'open 2026-01-10T01:00:00.000Z to 2026-01-10T02:00:00.000Z'],
    ['in Vienna in summer', 'Europe/Vienna', '2026-07-10T01:30:00Z', 'closed until 2026-07-11T00:00:00.000Z'],
    ['in Tokyo', 'Asia/Tokyo', '2026-07-10T17:15:00Z', 'open 2026-07-10T17:00:00.000Z to 2026-07-10T18:00:00.000Z'],
    ['when the clock jumps over its beginning', 'Europe/Vienna', '2026-03-28T12:00:00Z', 'closed until 2026-03-29T01:00:00.000Z'],
    ['when its beginning comes twice', 'Europe/Vienna', '2026-10-24T12:00:00Z', 'closed until 2026-10-25T00:00:00.000Z'],
    ['half an hour off', 'Asia/Kolkata', '2026-07-10T20:30:00Z', 'open 2026-07-10T20:30:00.000Z to 2026-07-10T21:30:00.000Z'],
    ['in a zone that nobody knows', 'Mars/Olympus', '2026-01-10T02:00:00Z', 'open 2026-01-10T02:00:00.000Z to 2026-01-10T03:00:00.000Z'],
    ['at its very end', 'UTC', '2026-01-10T03:00:00Z', 'closed until 2026-01-11T02:00:00.000Z'],
  ])('%s', (_, zone, time, expected) => {
    expect(words(nightly, zone, time)).toBe(expected);
  });

  it('when the policy names a zone, that one holds for all devices', () => {
    expect(words({ ...nightly, timeZone: 'Europe/Vienna' }, 'Asia/Tokyo', '2026-01-10T01:30:00Z')).toMatch(/^open/);
  });

  it('when it is on weekends over midnight, it stays open into Monday', () => {
    const weekend = { ...nightly, recurrence: 'FREQ=WEEKLY;BYDAY=SA,SU', startTime: '22:00', durationMinutes: 480 };
    expect(words(weekend, 'UTC', '2026-11-23T05:59:00Z')).toBe('open 2026-11-22T22:00:00.000Z to 2026-11-23T06:00:00.000Z');
    expect(words(weekend, 'UTC', '2026-11-23T06:00:00Z')).toBe('closed until 2026-11-28T22:00:00.000Z');
  });

  it('when its rule has ended, it never opens again', () => {
    expect(words({ ...nightly, recurrence: 'FREQ=DAILY;COUNT=3' }, 'UTC', '2026-02-01T00:00:00Z')).toBe('closed until never');
    expect(words({ ...nightly, recurrence: 'FREQ=YEARLY' }, 'UTC', '2026-02-01T00:00:00Z')).toBe('closed until 2027-01-01T02:00:00.000Z');
  });

  it('when there is a lead, agents that wait by themselves are told ahead of the opening, others at it', () => {
    const ahead = { ...nightly, leadMinutes: 90 };
    const open = (zone: string, waitsByItself: boolean, time: string) => offersOpen(ahead, { zone, waitsByItself }, at(time));
    expect(open('UTC', true, '2026-01-10T00:29:59Z')).toEqual({ open: false, opensAt: at('2026-01-10T00:30:00Z') });
    expect(open('UTC', true, '2026-01-10T00:30:00Z').open).toBe(true);
    expect(open('UTC', false, '2026-01-10T01:59:59Z')).toEqual({ open: false, opensAt: at('2026-01-10T02:00:00Z') });
    expect(open('UTC', false, '2026-01-10T02:00:00Z').open).toBe(true);
    expect(offersOpen(nightly, { zone: 'UTC', waitsByItself: true }, at('2026-01-10T01:59:59Z')).open).toBe(false);
  });

  it('when the next windows are asked for, they end with the rule', () => {
    const three = { ...nightly, recurrence: 'FREQ=DAILY;COUNT=3' };
    const openings = (time: string) => upcomingWindows(three, 'UTC', { now: at(time), countMax: 5 }).map(({ opensAt }) => opensAt);
    expect(openings('2026-01-02T02:59:59Z')).toEqual([at('2026-01-02T02:00:00Z'), at('2026-01-03T02:00:00Z')]);
    expect(openings('2026-01-03T03:00:00Z')).toEqual([]);
  });

  it.each([
    ['FREQ=SECONDLY', 'UTC'],
    ['FREQ=DAILY;BYDAY=XX', 'UTC'],
    ['every night', 'UTC'],
    ['FREQ=DAILY', 'Mars/Olympus'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'UTC'],
  ])('when its rule is %s in %s, it says what is wrong', (recurrence, timeZone) => {
    expect(windowProblem({ ...nightly, recurrence, timeZone })).not.toBeNull();
  });
  it('when its rule is right, nothing is wrong', () => {
    expect(windowProblem(nightly)).toBeNull();
  });

  it('when it is closed, it opens exactly when it says, and when open, it closes exactly then', () => {
    const zones = fc.constantFrom('Europe/Vienna', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia', 'UTC');
    const rules = fc.constantFrom('FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO,TH', 'FREQ=MONTHLY;BYDAY=-1SU');
    const time = fc.integer({ min: at('2026-01-01'), max: at('2028-12-31') });
    fc.assert(
      fc.property(
        zones,
        rules,
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 10, max: 600 }),
        time,
        (zone, recurrence, hour, minutes, now) => {
          const window = { ...nightly, recurrence, startTime: `${String(hour).padStart(2, '0')}:30`, durationMinutes: minutes };
          const state = windowStateOf(window, zone, now);
          const change = state.open ? state.closesAt : state.opensAt;
          if (change === null) throw new Error('these rules never end');
          expect(change).toBeGreaterThan(now);
          expect(windowStateOf(window, zone, change - 1).open).toBe(state.open);
          if (!state.open) expect(windowStateOf(window, zone, change)).toMatchObject({ open: true, opensAt: change });
          const upcoming = upcomingWindows(window, zone, { now, countMax: 3 });
          expect(upcoming[0]?.opensAt).toBe(state.opensAt);
          expect(upcoming).toHaveLength(3);
          for (const [index, { opensAt, closesAt }] of upcoming.entries()) {
            expect(windowStateOf(window, zone, opensAt)).toEqual({ open: true, opensAt, closesAt });
            const next = upcoming[index + 1];
            const between = next === undefined ? closesAt : next.opensAt - 1;
            expect(windowStateOf(window, zone, between)).toMatchObject({ open: between < closesAt });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

/**
 * Maintenance windows: times that recur on the wall clock of each device (RFC 5545 recurrence rules in IANA time zones).
 * The rule is read as local time and only then put into the zone, so that daylight saving neither loses nor doubles a window: one that begins
 * in the hour that is skipped begins at its end, one that begins in the hour that comes twice begins the first time. Its length is real time.
 */
import type { MaintenanceWindow } from '@sluice/contracts';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';

/** Whether a window is open at a time, and when it changes. Epoch milliseconds. */
export type WindowState =
  | { readonly open: true; readonly opensAt: number; readonly closesAt: number }
  /** `opensAt` null: the rule has ended, it never opens again. */
  | { readonly open: false; readonly opensAt: number | null };

/** Local time and universal time are never further apart than this, so that every occurrence in question is looked at. */
const dayMs = 86_400_000;
const slackMs = 2 * dayMs;
/** Rules count from here unless the policy says otherwise: a Thursday. */
const anchorDefault = '2026-01-01';

const rules = new Map<string, RRuleTemporal>();
const rulesMax = 500;

/** The rule with its times of day taken as universal time. */
function ruleOf({ recurrence, startTime, anchor = anchorDefault }: MaintenanceWindow): RRuleTemporal {
  const [hour = '00', minute = '00'] = startTime.split(':');
  const text = `DTSTART;TZID=UTC:${anchor.replaceAll('-', '')}T${hour}${minute}00\nRRULE:${recurrence}`;
  const known = rules.get(text);
  if (known !== undefined) return known;
  const rule = new RRuleTemporal({ rruleString: text, temporal: Temporal });
  if (rules.size >= rulesMax) rules.clear();
  rules.set(text, rule);
  return rule;
}

/** Whether a name is a time zone that this runtime knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What is wrong with the rule of a window; null: nothing. */
export function windowProblem(window: MaintenanceWindow): string | null {
  if (window.timeZone !== 'device' && !isTimeZone(window.timeZone)) return `There is no time zone ${window.timeZone}.`;
  if (!/^FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)(;|$)/.test(window.recurrence)) {
    return 'The recurrence begins with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY (RFC 5545), such as FREQ=WEEKLY;BYDAY=SA,SU.';
  }
  try {
    const first = ruleOf(window).next(new Date(Date.UTC(2026, 0, 1)), true);
    return first === null || first === undefined ? 'The recurrence never occurs.' : null;
  } catch (error) {
    return `The recurrence is not one: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * The state of a window for a device at `now`.
 * @param deviceZone IANA name of the device's zone; one that is not known counts as UTC
 */
export function windowStateOf(window: MaintenanceWindow, deviceZone: string, now: number): WindowState {
  const zone = zoneOf(window, deviceZone);
  const rule = ruleOf(window);
  const durationMs = window.durationMinutes * 60_000;
  const from = new Date(now - durationMs - slackMs);
  const starts = rule.between(from, new Date(now + slackMs), true).map((start) => instantOf(start, zone));
  const current = starts.findLast((start) => start <= now && now < start + durationMs);
  if (current !== undefined) return { open: true, opensAt: current, closesAt: current + durationMs };
  return { open: false, opensAt: nextOpening(window, deviceZone, now) };
}

function zoneOf(window: MaintenanceWindow, deviceZone: string): string {
  const wanted = window.timeZone === 'device' ? deviceZone : window.timeZone;
  return isTimeZone(wanted) ? wanted : 'UTC';
}

/**
 * When a device may be offered the release: while its window is open, and `leadMinutes` before if its agent waits for the opening by itself.
 * `opensAt` is when offers begin.
 */
export function offersOpen(
  window: MaintenanceWindow,
  device: { readonly zone: string; readonly waitsByItself: boolean },
  now: number,
): { readonly open: boolean; readonly opensAt: number | null } {
  const state = windowStateOf(window, device.zone, now);
  if (state.open || state.opensAt === null) return state;
  const opensAt = state.opensAt - (device.waitsByItself ? (window.leadMinutes ?? 0) * 60_000 : 0);
  return { open: opensAt <= now, opensAt };
}

/** The windows that are open or to come, at most so many, in the order of their opening. Fewer when the rule ends. */
export function upcomingWindows(
  window: MaintenanceWindow,
  deviceZone: string,
  { now, countMax }: { readonly now: number; readonly countMax: number },
): readonly { readonly opensAt: number; readonly closesAt: number }[] {
  const found: { opensAt: number; closesAt: number }[] = [];
  const state = windowStateOf(window, deviceZone, now);
  let opensAt = state.opensAt;
  while (opensAt !== null && found.length < countMax) {
    const closesAt = opensAt + window.durationMinutes * 60_000;
    found.push({ opensAt, closesAt });
    opensAt = nextOpening(window, deviceZone, opensAt);
  }
  return found;
}

/** The first opening after a time; null: there is none. */
function nextOpening(window: MaintenanceWindow, deviceZone: string, after: number): number | null {
  const zone = zoneOf(window, deviceZone);
  const rule = ruleOf(window);
  const near = rule.between(new Date(after - slackMs), new Date(after + slackMs), true).map((start) => instantOf(start, zone));
  const soon = near.find((start) => start > after);
  if (soon !== undefined) return soon;
  const later = rule.next(new Date(after + slackMs), false);
  return later === null || later === undefined ? null : instantOf(later, zone);
}

/** A time of day that was read as universal time, put into its zone. Times that are skipped move forward. */
function instantOf(start: Temporal.ZonedDateTime, zone: string): number {
  return start.toPlainDateTime().toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

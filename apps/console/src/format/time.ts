const sameDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const otherDay = new Intl.DateTimeFormat(undefined, {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const otherYear = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: 'short', year: 'numeric' });

/** A moment in the person's own time zone, as short as its distance from now allows. */
export function formatLocal(at: string, nowMs: number): string {
  const moment = new Date(at);
  const now = new Date(nowMs);
  if (moment.toDateString() === now.toDateString()) return sameDay.format(moment);
  return moment.getFullYear() === now.getFullYear() ? otherDay.format(moment) : otherYear.format(moment);
}

/** The same moment in UTC, exact: `2026-03-01 08:15:30.250 UTC`. */
export function formatUtc(at: string): string {
  return `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

/** A moment for people, in their time zone: `2026-11-22 14:03:11`. `–` when there was none. */
export function formatMoment(moment: string | null, timeZone: string | undefined): string {
  if (moment === null) return '–';
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return moment;
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...(timeZone === undefined ? {} : { timeZone }),
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(date);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`;
}

/** The time of day alone. */
export function formatTimeOfDay(moment: string, timeZone: string | undefined): string {
  return formatMoment(moment, timeZone).slice(-8);
}

/** A sentence of the control plane, with the moments in it (UTC) in the person's time zone. */
export function withLocalMoments(sentence: string, timeZone: string | undefined): string {
  return sentence.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (moment) => formatMoment(moment, timeZone));
}

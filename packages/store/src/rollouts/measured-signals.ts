/** What a health report says of a signal of an analysis, as SQL: thousandths, null when it says nothing. */
import type { AnalysisMetric, AnalysisSignal } from '@sluice/contracts';

/** The largest number that is told apart, in thousandths: whatever a device claims, sums stay exact in JavaScript. */
const largest = '1000000000000000';

const hourMs = 3_600_000;
const mebibyte = 1_048_576;

/** The number of errors, and the uptime in milliseconds, of a report `o.runtime`. */
const errors = `((o.runtime ->> 'uncaughtErrors')::numeric + (o.runtime ->> 'nodeErrors')::numeric)`;
const uptimeMs = `(o.runtime ->> 'uptimeMs')::numeric`;
const startedAt = `(o.reported_at - least(${uptimeMs}, 1e13)::float8 * interval '1 millisecond')`;
/** Whether the runtime has run since before the offer, so that its counters began before the update: it was changed in place. */
const isSameProcess = `(${startedAt} < d.offered_at AND ${errors} >= (d.baseline ->> 'errors')::numeric)`;

const perHour = (count: string, ms: string): string => `(${count} * ${hourMs} / greatest(${ms}, 1))`;
const errorsBefore = perHour(errors, uptimeMs);
const errorsSince = `
  CASE WHEN ${isSameProcess}
       THEN ${perHour(`(${errors} - (d.baseline ->> 'errors')::numeric)`, `(${uptimeMs} - (d.baseline ->> 'uptimeMs')::numeric)`)}
       ELSE ${errorsBefore} END`;

type Sides = { before: string; since: string };
const same = (sql: string): Sides => ({ before: sql, since: sql });

const signals: Readonly<Record<Exclude<AnalysisSignal, 'kpi'>, Sides>> = {
  errors_per_hour: { before: errorsBefore, since: errorsSince },
  messages_per_second: same(`(o.runtime ->> 'messagesPerSecond')::numeric`),
  event_loop_lag_ms: same(`(o.runtime ->> 'eventLoopLagMs')::numeric`),
  heap_used_mebibytes: same(`(o.runtime ->> 'heapUsedBytes')::numeric / ${mebibyte}`),
  resident_mebibytes: same(`(o.runtime ->> 'residentBytes')::numeric / ${mebibyte}`),
  connections_down: same(
    `(SELECT count(*) FROM jsonb_array_elements(o.runtime -> 'connections') c WHERE c ->> 'state' IN ('connecting', 'disconnected'))::numeric`,
  ),
  restarted: {
    before: 'NULL::numeric',
    since: `(CASE WHEN ${uptimeMs} IS NULL THEN NULL WHEN ${startedAt} > d.finished_at THEN 1 ELSE 0 END)::numeric`,
  },
};

// `least` and `greatest` leave out what is null.
const inThousandths = (sql: string): string =>
  `(SELECT round(greatest(-${largest}, least(${largest}, n.number * 1000)))::bigint FROM (SELECT ${sql} AS number) n WHERE n.number IS NOT NULL)`;

/**
 * SQL: the number of a metric over a report `o` (device_observed): of a device that runs what it ran (`before`), or since its update, with
 * its deployment as `d` (`since`). `kpi`: the place of the parameter that holds the names of KPIs by number of metric.
 */
export function numberOf(metric: AnalysisMetric, side: keyof Sides, kpi: { place: string; number: number }): string {
  if (metric.signal !== 'kpi') return inThousandths(signals[metric.signal][side]);
  return inThousandths(`(o.runtime -> 'kpis' ->> (${kpi.place}::text[])[${kpi.number + 1}])::numeric`);
}

/** What a baseline keeps of the counters, to tell errors before from errors after where the runtime goes on running. */
export const countersOfBaseline = `jsonb_build_object('errors', ${errors}, 'uptimeMs', ${uptimeMs})`;

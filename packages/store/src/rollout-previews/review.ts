import type { DeploymentCounts, ForecastRange, ForecastReview, RolloutForecast, RolloutState } from '@sluice/contracts';
import { isTerminalRolloutState } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { notFound } from '../errors.ts';

type Row = {
  forecast: RolloutForecast | null;
  state: RolloutState;
  startedAt: Date | null;
  finishedAt: Date | null;
  counts: DeploymentCounts;
  late: number;
  /** When it was paused and when it went on, in order. */
  pauses: { kind: 'pause_rollout' | 'resume_rollout'; at: string }[];
};

/** Of whom nothing was heard for so long after the offer is late, as in forecasts. */
const lateAfter = `interval '1 hour'`;

/**
 * What was expected of a rollout when it was created, and, once it has ended, what happened.
 * @throws StoreError NOT_FOUND: no such rollout, or nothing was forecast for it
 */
export async function getForecastReview(reader: Reader, organizationId: string, rolloutId: string): Promise<ForecastReview> {
  const [row] = await reader.query<Row>(
    `SELECT f.forecast, r.state, r.started_at AS "startedAt", r.finished_at AS "finishedAt",
            (SELECT coalesce(jsonb_object_agg(c.state, c.devices), '{}')
               FROM (SELECT e.key AS state, sum(e.value::int)::int AS devices FROM wave w, jsonb_each_text(w.counts) e
                      WHERE w.rollout_id = r.id GROUP BY e.key) c) AS counts,
            (SELECT count(*)::int FROM deployment d
              WHERE d.rollout_id = r.id AND d.offered_at IS NOT NULL
                AND coalesce(d.accepted_at, d.finished_at, r.finished_at) - d.offered_at > ${lateAfter}) AS late,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'at', d.at) ORDER BY d.id), '[]')
               FROM rollout_decision d WHERE d.rollout_id = r.id AND d.kind IN ('pause_rollout', 'resume_rollout')) AS pauses
       FROM rollout r LEFT JOIN rollout_forecast f ON f.rollout_id = r.id
      WHERE r.organization_id = $1 AND r.id = $2`,
    [organizationId, rolloutId],
  );
  if (row === undefined) throw notFound('rollout', rolloutId);
  if (row.forecast === null) throw notFound('forecast of the rollout', rolloutId);
  const { forecast, state } = row;
  return { rolloutId, state, forecast, outcome: isTerminalRolloutState(state) ? outcomeOf(row, forecast) : null };
}

function outcomeOf(row: Row, forecast: RolloutForecast): ForecastReview['outcome'] {
  const { state, startedAt, finishedAt, counts, late } = row;
  const completed = state === 'succeeded' || state === 'completed_with_failures';
  const pausedMs = pausedFor(row);
  const hasTimes = completed && startedAt !== null && finishedAt !== null && forecast.durationMs !== null;
  const failed = (counts.failed ?? 0) + (counts.rolled_back ?? 0) + (counts.rollback_failed ?? 0) + (counts.rejected ?? 0);
  return {
    completed,
    // People's time is not in the forecast.
    durationMs: hasTimes ? compared(forecast.durationMs, finishedAt.getTime() - startedAt.getTime() - pausedMs) : null,
    pausedMs,
    failed: compared(forecast.failed, failed),
    timedOut: compared(forecast.timedOut, counts.timed_out ?? 0),
    late: compared(forecast.late, late),
  };
}

type Compared = { forecast: ForecastRange; actual: number; within: boolean };

function compared<F extends ForecastRange | null>(forecast: F, actual: number): F extends null ? null : Compared;
function compared(forecast: ForecastRange | null, actual: number): Compared | null {
  return forecast === null ? null : { forecast, actual, within: forecast.p10 <= actual && actual <= forecast.p90 };
}

function pausedFor({ pauses, finishedAt }: Row): number {
  let pausedMs = 0;
  let since: number | null = null;
  for (const { kind, at } of pauses) {
    const time = new Date(at).getTime();
    if (kind === 'pause_rollout') since ??= time;
    else if (since !== null) {
      pausedMs += time - since;
      since = null;
    }
  }
  return pausedMs + (since === null || finishedAt === null ? 0 : finishedAt.getTime() - since);
}

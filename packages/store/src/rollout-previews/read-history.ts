import type { FreezeRecord, PastDeployment } from '@sluice/rollout/forecast';
import type { Reader } from '../base/reader.ts';

/** Forecasts look back so far: devices, networks and releases change. */
const rolloutsMax = 20;
const deploymentsPerRolloutMax = 500;

/**
 * Deployments of the latest promotions that ended well. Those of rollouts that breached say something about their release, and attempts that a
 * newer rollout or a person ended say nothing.
 */
export function readPast(reader: Reader, organizationId: string): Promise<PastDeployment[]> {
  return reader.query<PastDeployment>(
    `WITH latest AS (
       SELECT r.id FROM rollout r
        WHERE r.organization_id = $1 AND r.kind = 'promotion' AND r.state IN ('succeeded', 'completed_with_failures')
        ORDER BY r.id DESC LIMIT $2)
     SELECT d.device_id AS "deviceId", d.state, ${between('d.offered_at', 'd.accepted_at')} AS "answerMs",
            ${between('d.accepted_at', 'd.staged_at')} AS "fetchMs", ${between('d.applying_at', 'd.finished_at')} AS "changeMs"
       FROM latest l
      CROSS JOIN LATERAL (
        SELECT * FROM deployment e
         WHERE e.rollout_id = l.id AND e.state IN ('succeeded', 'failed', 'rolled_back', 'rollback_failed', 'rejected', 'timed_out')
         ORDER BY e.id DESC LIMIT $3) d`,
    [organizationId, rolloutsMax, deploymentsPerRolloutMax],
  );
}

const between = (from: string, to: string): string => `greatest(0, extract(epoch FROM ${to} - ${from}) * 1000)::float8`;

/** Freezes of a stage, or of all, that hold now or are declared for later. */
export async function readFreezes(
  reader: Reader,
  organizationId: string,
  { stageId, now }: { stageId: string; now: Date },
): Promise<FreezeRecord[]> {
  const rows = await reader.query<{ name: string; startsAt: Date; endsAt: Date | null }>(
    `SELECT name, starts_at AS "startsAt", ends_at AS "endsAt" FROM rollout_freeze
      WHERE organization_id = $1 AND (stage_id IS NULL OR stage_id = $2) AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > $3)`,
    [organizationId, stageId, now],
  );
  return rows.map(({ name, startsAt, endsAt }) => ({ name, from: startsAt.getTime(), to: endsAt?.getTime() ?? null }));
}

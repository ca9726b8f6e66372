import type { Reader } from '../base/reader.ts';
import { runsItSinceLate } from './late-success.ts';

const active = `r.state IN ('pending_approval', 'scheduled', 'running', 'paused', 'aborting')`;

// Devices that succeeded with a bad release after the rollout had ended, and that were not sent back yet. They are few.
const owesRollback = `
  r.state IN ('failed', 'aborted') AND r.kind <> 'rollback' AND (r.abort_cause = 'breach' OR r.abort_roll_back)
  AND (r.next_timer_at IS NULL OR r.next_timer_at <= $1)
  AND r.id IN (SELECT d.rollout_id FROM deployment d JOIN device_desired x ON x.device_id = d.device_id
                WHERE ${runsItSinceLate} AND d.from_release_id IS NOT NULL AND d.from_release_id <> r.release_id
                  AND NOT EXISTS (SELECT 1 FROM rollout k JOIN deployment b ON b.rollout_id = k.id AND b.device_id = d.device_id
                                   WHERE k.rollback_of = r.id))`;

/**
 * Rollouts with something to do at `now`: a time has come, or something happened that the engine has not seen. Derived from the truth alone,
 * so that a lost job costs nothing but time.
 */
export async function dueRollouts(reader: Reader, now: Date, limit = 1_000): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    `SELECT r.id FROM rollout r
      WHERE (${active} AND (r.next_timer_at <= $1 OR EXISTS (SELECT 1 FROM wave w WHERE w.rollout_id = r.id AND w.touched)))
         OR (${owesRollback})
      ORDER BY r.next_timer_at NULLS LAST, r.id LIMIT $2`,
    [now, limit],
  );
  return rows.map((row) => row.id);
}

/** The next time at which a rollout wants to be looked at; null when none waits for a time. */
export async function nextRolloutTimer(reader: Reader): Promise<Date | null> {
  const [row] = await reader.query<{ at: Date | null }>(`SELECT min(r.next_timer_at) AS at FROM rollout r WHERE ${active}`);
  return row?.at ?? null;
}

import type { Reader } from '../base/reader.ts';

const active = `r.state IN ('pending_approval', 'scheduled', 'running', 'paused', 'aborting')`;

/**
 * Rollouts with something to do at `now`: a time has come, or something happened that the engine has not seen. Derived from the truth alone,
 * so that a lost job costs nothing but time.
 */
export async function dueRollouts(reader: Reader, now: Date, limit = 1_000): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    `SELECT r.id FROM rollout r
      WHERE ${active}
        AND (r.next_timer_at <= $1 OR EXISTS (SELECT 1 FROM wave w WHERE w.rollout_id = r.id AND w.touched))
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

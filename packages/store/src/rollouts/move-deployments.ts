/**
 * Moves deployments from state to state. INVARIANTS
 * - The caller holds the locks of the waves concerned, so that counts and deployments change together (18) and never deadlock.
 * - Compare-and-set: only deployments that still are in one of the expected states move; terminal ones never do (15).
 * - A deployment that ends without success, or waits for another attempt, gives the device back what it ran before, in the same statement, with a higher revision (20),
 *   unless something newer owns the device's desired state by now.
 */
import { type DeploymentState, terminalDeploymentStates } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';

/** What a statement changed. */
export type Moved = {
  deploymentIds: string[];
  deviceIds: string[];
  /** Devices whose desired state went back. */
  restoredDeviceIds: string[];
};

export type Move = {
  from: readonly DeploymentState[];
  to: DeploymentState;
  /** SQL over the alias `d` (deployment), with parameters from $1 on. */
  where: string;
  parameters: readonly unknown[];
  /** At most so many in this statement. */
  limit?: number;
  code?: string;
  message?: string;
};

const endedStates: readonly string[] = terminalDeploymentStates;
const restoringStates = endedStates
  .filter((state) => state !== 'succeeded')
  .map((state) => `'${state}'`)
  .join(', ');

/** SQL: gives the devices of these moved deployments back what they ran before; the conditions may say of which (`m`). */
export function restoreDesired(moved: string, now: string, which = ''): string {
  return `
    UPDATE device_desired x
       SET revision = x.revision + 1, rollout_id = NULL, deployment_id = NULL, attempt = 0, changed_at = ${now},
           release_id = CASE WHEN m.late_success_at IS NULL THEN m.from_release_id ELSE x.release_id END,
           stage_id = CASE WHEN m.late_success_at IS NULL THEN m.from_stage_id ELSE x.stage_id END,
           variables_revision = CASE WHEN m.late_success_at IS NULL THEN coalesce(m.from_variables_revision, x.variables_revision)
                                     ELSE x.variables_revision END
      FROM ${moved} m WHERE x.device_id = m.device_id AND x.deployment_id = m.id ${which}
    RETURNING x.device_id`;
}

/**
 * The rest of a statement that begins with a CTE `moved (id, device_id, rollout_id, wave_index, old_state, new_state, from_release_id,
 * from_stage_id, from_variables_revision, late_success_at)`: gives desired states back, corrects the counts and answers with a row of {@link Moved}. `now` is the
 * place of the time. A device that is known to have committed the release keeps it: it would refuse what it ran before.
 */
export function afterMove(now: string): string {
  return `
  restored AS (${restoreDesired('moved', now, `AND m.new_state IN ('queued', ${restoringStates})`)}),
  ${countChanges}
  SELECT coalesce((SELECT array_agg(id ORDER BY id) FROM moved), '{}')::text[] AS "deploymentIds",
         coalesce((SELECT array_agg(device_id ORDER BY id) FROM moved), '{}')::text[] AS "deviceIds",
         coalesce((SELECT array_agg(device_id ORDER BY device_id) FROM restored), '{}')::text[] AS "restoredDeviceIds"`;
}

/** CTEs after `moved` that add what moved to the counts of its waves; states with none are left out. */
export const countChanges = `
  difference AS (
    SELECT g.rollout_id, g.wave_index, jsonb_object_agg(g.state, g.devices) AS counts
      FROM (SELECT c.rollout_id, c.wave_index, c.state, sum(c.devices)::int AS devices
              FROM (SELECT rollout_id, wave_index, old_state AS state, -1 AS devices FROM moved
                    UNION ALL SELECT rollout_id, wave_index, new_state, 1 FROM moved) c
             GROUP BY c.rollout_id, c.wave_index, c.state) g
     GROUP BY g.rollout_id, g.wave_index),
  counted AS (
    UPDATE wave w
       SET touched = true, counts = (
             SELECT coalesce(jsonb_object_agg(s.state, s.devices) FILTER (WHERE s.devices <> 0), '{}')
               FROM (SELECT e.key AS state, sum(e.value::int)::int AS devices
                       FROM (SELECT * FROM jsonb_each_text(w.counts) UNION ALL SELECT * FROM jsonb_each_text(f.counts)) e
                      GROUP BY e.key) s)
      FROM difference f
     WHERE w.rollout_id = f.rollout_id AND w.index = f.wave_index
    RETURNING w.rollout_id)`;

/** Moves all deployments that match into one state, in one statement. In the order of their index: a batch never looks at those after it. */
export async function moveDeployments(tx: Transaction, move: Move): Promise<Moved> {
  const next = move.parameters.length;
  const [from, to, now, ended, code, message, limit] = [1, 2, 3, 4, 5, 6, 7].map((step) => `$${next + step}`);
  const text = `
  WITH picked AS (
    SELECT d.id, d.state FROM deployment d
     WHERE d.state = ANY(${from}::text[]) AND ${move.where}
     ORDER BY d.wave_index, d.state, d.id LIMIT ${limit}::int FOR NO KEY UPDATE OF d),
  moved AS (
    UPDATE deployment d
       SET state = ${to}::text, updated_at = ${now}::timestamptz, finished_at = CASE WHEN ${ended}::boolean THEN ${now}::timestamptz END,
           code = coalesce(${code}::text, d.code), message = coalesce(${message}::text, d.message)
      FROM picked p WHERE d.id = p.id
    RETURNING d.id, d.device_id, d.rollout_id, d.wave_index, p.state AS old_state, d.state AS new_state, d.from_release_id, d.from_stage_id,
              d.from_variables_revision, d.late_success_at),
  ${afterMove(`${now}::timestamptz`)}`;
  const [moved] = await tx.query<Moved>(text, [
    ...move.parameters,
    [...move.from],
    move.to,
    tx.now,
    endedStates.includes(move.to),
    move.code ?? null,
    move.message ?? null,
    move.limit ?? null,
  ]);
  return moved ?? { deploymentIds: [], deviceIds: [], restoredDeviceIds: [] };
}

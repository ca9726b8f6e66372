/**
 * Moves deployments from state to state. INVARIANTS
 * - The caller holds the locks of the waves concerned, so that counts and deployments change together (18) and never deadlock.
 * - Nobody else moves a deployment of these waves meanwhile, so rows are not locked one by one before they are changed.
 * - Compare-and-set: only deployments that still are in one of the expected states move; terminal ones never do (15).
 * - A deployment that ends without success, or waits for another attempt, gives the device back what it ran before, in the same statement, with a higher revision (20),
 *   unless something newer owns the device's desired state by now.
 */
import { type DeploymentState, terminalDeploymentStates } from '@sluice/contracts';
import { withHashJoins } from '../base/hash-joins.ts';
import type { Transaction } from '../base/transaction.ts';
import { uuidArray } from '../base/uuid-array.ts';

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
/** Whether a deployment that comes into this state gives its device back what it ran before. */
export const restores = (state: DeploymentState): boolean => state === 'queued' || (state !== 'succeeded' && endedStates.includes(state));

const restoringStates = terminalDeploymentStates
  .filter((state) => state !== 'succeeded')
  .map((state) => `'${state}'`)
  .join(', ');

/** SQL: gives the devices of these moved deployments back what they ran before; the conditions may say of which (`m`, `x`). */
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

/** Deployments that are about to move, and their devices, in the same order. */
export type Batch = { deploymentIds: string[]; deviceIds: string[] };

/** SQL: a row of {@link Batch} from rows (id, device_id). As JSON: the driver reads arrays of Postgres character by character. */
export const batchSql = (rows: string): string =>
  `SELECT coalesce(json_agg(b.id ORDER BY b.id), '[]') AS "deploymentIds", coalesce(json_agg(b.device_id ORDER BY b.id), '[]') AS "deviceIds" FROM ${rows} b`;

/** SQL: the columns of {@link Moved} that come from `moved`. */
export const movedIds = `
  coalesce((SELECT json_agg(id ORDER BY id) FROM moved), '[]') AS "deploymentIds",
  coalesce((SELECT json_agg(device_id ORDER BY id) FROM moved), '[]') AS "deviceIds"`;

/**
 * The rest of a statement that begins with a CTE `moved (id, device_id, rollout_id, wave_index, old_state, new_state, from_release_id,
 * from_stage_id, from_variables_revision, late_success_at)`: gives desired states back, corrects the counts and answers with a row of {@link Moved}. `now` is the
 * place of the time, `told` of the devices that may have something to give back. A device that is known to have committed the release keeps it: it would refuse what it ran before.
 */
export function afterMove(now: string, told: string, columns = `${movedIds}, `): string {
  return `
  restored AS (${restoreDesired('moved', now, `AND x.device_id = ANY(${told}) AND m.new_state IN ('queued', ${restoringStates})`)}),
  ${countChanges}
  SELECT ${columns}coalesce((SELECT json_agg(device_id ORDER BY device_id) FROM restored), '[]') AS "restoredDeviceIds"`;
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

/** Moves all deployments that match into one state, the next ones in the order of their index: a batch never looks at those after it. */
export async function moveDeployments(tx: Transaction, move: Move): Promise<Moved> {
  const next = move.parameters.length;
  const [batch] = await tx.query<Batch>(
    batchSql(`(
      SELECT d.id, d.device_id FROM deployment d WHERE d.state = ANY($${next + 1}::text[]) AND ${move.where}
       ORDER BY d.wave_index, d.state, d.id LIMIT $${next + 2}::int)`),
    [...move.parameters, move.from, move.limit ?? null],
  );
  return batch === undefined || batch.deploymentIds.length === 0 ? nothingMoved : moveBatch(tx, batch, move);
}

const nothingMoved: Moved = { deploymentIds: [], deviceIds: [], restoredDeviceIds: [] };

/** Moves these deployments into one state, as far as they still are in one of those expected, in one statement. */
export async function moveBatch(tx: Transaction, batch: Batch, move: Pick<Move, 'from' | 'to' | 'code' | 'message'>): Promise<Moved> {
  // What was never offered has nothing to give back.
  const told = move.from.some((state) => state !== 'scheduled') ? batch.deviceIds : [];
  const [moved] = await withHashJoins(tx, batch.deploymentIds.length, () =>
    tx.query<Moved>(moveStatement, [
      tx.now,
      uuidArray(batch.deploymentIds),
      uuidArray(told),
      move.from,
      move.to,
      endedStates.includes(move.to),
      move.code ?? null,
      move.message ?? null,
    ]),
  );
  return moved ?? nothingMoved;
}

const moveStatement = `
  WITH moved AS (
    UPDATE deployment d
       SET state = $5::text, updated_at = $1::timestamptz, finished_at = CASE WHEN $6::boolean THEN $1::timestamptz END,
           code = coalesce($7::text, d.code), message = coalesce($8::text, d.message)
     WHERE d.id = ANY($2::uuid[]) AND d.state = ANY($4::text[])
    RETURNING d.id, d.device_id, d.rollout_id, d.wave_index, old.state AS old_state, new.state AS new_state, d.from_release_id,
              d.from_stage_id, d.from_variables_revision, d.late_success_at),
  ${afterMove('$1::timestamptz', '$3::uuid[]')}`;

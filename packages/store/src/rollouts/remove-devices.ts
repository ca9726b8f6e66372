import { deploymentCommands, openDeploymentStates } from '@sluice/rollout';
import type { Transaction } from '../base/transaction.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { announceChanges } from './announce.ts';
import { moveDeployments } from './move-deployments.ts';
import { newestFirst } from './newest-first.ts';

/**
 * Takes devices out of all rollouts that have not finished with them, because they were revoked or leave the fleet. They no longer count
 * as members, but the decisions that follow say how many are missing (26).
 * @returns the rollouts concerned: enqueue `rollout.advance` for each after the commit
 */
export async function removeDevicesFromRollouts(
  tx: Transaction,
  organizationId: string,
  deviceIds: readonly string[],
  context: ChangeContext,
): Promise<string[]> {
  const rows = await tx.query<{ rolloutId: string }>(
    `SELECT w.rollout_id AS "rolloutId" FROM wave w JOIN rollout r ON r.id = w.rollout_id
      WHERE r.organization_id = $1 AND (w.rollout_id, w.index) IN (
            SELECT d.rollout_id, d.wave_index FROM deployment d WHERE d.device_id = ANY($2::uuid[]) AND d.state = ANY($3::text[]))
      ORDER BY ${newestFirst('r')}, w.index FOR NO KEY UPDATE OF w`,
    [organizationId, deviceIds, openDeploymentStates],
  );
  const rolloutIds = [...new Set(rows.map((row) => row.rolloutId))];
  if (rolloutIds.length === 0) return [];
  const moved = await moveDeployments(tx, {
    ...deploymentCommands.remove,
    where: 'd.organization_id = $1 AND d.device_id = ANY($2::uuid[])',
    parameters: [organizationId, deviceIds],
    code: 'DEVICE_REMOVED',
    message: context.reason ?? 'The device was taken out of the fleet.',
  });
  await tx.recordMany(
    rolloutIds.map((rolloutId) => ({
      ...entryOf(organizationId, context, {
        action: 'deployment.closed',
        target: { kind: 'rollout', id: rolloutId },
        after: { state: 'removed', deviceIds: moved.deviceIds, restoredDeviceIds: moved.restoredDeviceIds },
      }),
      rolloutId,
    })),
  );
  await announceChanges(tx, organizationId, { rolloutIds, deploymentIds: moved.deploymentIds });
  if (moved.restoredDeviceIds.length > 0) await tx.desiredChanged();
  return rolloutIds;
}

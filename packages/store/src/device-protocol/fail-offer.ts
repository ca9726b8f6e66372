import { systemActor } from '@sluice/ledger';
import type { Transaction } from '../base/transaction.ts';
import { announceChanges } from '../rollouts/announce.ts';
import { moveDeployments } from '../rollouts/move-deployments.ts';

/** A deployment that cannot be offered, and why: `code` is stable, `message` is for people. */
export type ImpossibleOffer = { deploymentId: string; code: string; message: string };

type DeploymentRow = { organizationId: string; rolloutId: string; deviceId: string };

/**
 * Ends a deployment as failed before the device has seen it, and gives the device its former desired state back. Does nothing when the
 * deployment has moved on meanwhile.
 * @returns the rollout that the worker should look at after the commit; undefined when nothing changed
 */
export async function failOffer(tx: Transaction, offer: ImpossibleOffer): Promise<string | undefined> {
  // The wave first, as everywhere, so that its counts and the deployment change together.
  await tx.execute(
    `SELECT 1 FROM wave w JOIN deployment d ON d.rollout_id = w.rollout_id AND d.wave_index = w.index
      WHERE d.id = $1 FOR NO KEY UPDATE OF w`,
    [offer.deploymentId],
  );
  const [deployment] = await tx.query<DeploymentRow>(
    'SELECT organization_id AS "organizationId", rollout_id AS "rolloutId", device_id AS "deviceId" FROM deployment WHERE id = $1',
    [offer.deploymentId],
  );
  const moved = await moveDeployments(tx, {
    from: ['offered'],
    to: 'failed',
    where: 'd.id = $1::uuid',
    parameters: [offer.deploymentId],
    code: offer.code,
    message: offer.message,
  });
  if (deployment === undefined || moved.deploymentIds.length === 0) return undefined;
  const { organizationId, rolloutId, deviceId } = deployment;
  await tx.record({
    organizationId,
    actor: systemActor,
    action: 'deployment.closed',
    target: { kind: 'deployment', id: offer.deploymentId },
    before: { state: 'offered' },
    after: { state: 'failed', code: offer.code, restoredDeviceIds: moved.restoredDeviceIds },
    reason: offer.message,
    rolloutId,
  });
  await tx.execute(
    `INSERT INTO device_event (id, organization_id, device_id, at, kind, level, code, message, deployment_id)
     VALUES ($1, $2, $3, $4, 'deployment', 'error', $5, $6, $7)`,
    [tx.uuid(), organizationId, deviceId, tx.now, offer.code, offer.message, offer.deploymentId],
  );
  await announceChanges(tx, organizationId, { rolloutIds: [rolloutId], deploymentIds: moved.deploymentIds, deviceIds: [deviceId] });
  await tx.desiredChanged();
  return rolloutId;
}

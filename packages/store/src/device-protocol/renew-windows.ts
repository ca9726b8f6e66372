import type { Transaction } from '../base/transaction.ts';
import { waitsByItself } from '../rollouts/offerable.ts';

const notBegun = `('offered', 'accepted', 'downloading', 'staged', 'awaiting_window', 'awaiting_consent')`;

/**
 * Tells devices anew what they prepare, because they are in another time zone now, or their agent is another one: the windows that were signed
 * for them are wrong. Deployments that have begun to change their device, and rollouts without a window, are left alone.
 */
export async function renewWindows(tx: Transaction, deviceIds: readonly string[]): Promise<void> {
  const renewed = await tx.query(
    `UPDATE device_desired s SET revision = s.revision + 1, changed_at = $2
       FROM deployment d JOIN rollout o ON o.id = d.rollout_id JOIN rollout_policy p ON p.id = o.policy_id
      WHERE s.device_id = ANY($1::uuid[]) AND d.id = s.deployment_id AND p.policy -> 'window' IS NOT NULL
        AND d.state IN ${notBegun}
     RETURNING s.device_id`,
    [deviceIds, tx.now],
  );
  if (renewed.length > 0) await tx.desiredChanged();
}

/**
 * Tells the devices of a rollout anew what they prepare, because it was paused (their windows are taken away: they wait on) or goes on. Only those
 * that wait for windows by themselves and have not begun to change. Under the locks of the rollout and its waves.
 * @returns how many
 */
export async function renewWindowsOfRollout(tx: Transaction, rolloutId: string): Promise<number> {
  const renewed = await tx.execute(
    `UPDATE device_desired s SET revision = s.revision + 1, changed_at = $2
       FROM deployment d JOIN device v ON v.id = d.device_id
      WHERE d.rollout_id = $1 AND d.state IN ${notBegun} AND s.deployment_id = d.id AND ${waitsByItself}`,
    [rolloutId, tx.now],
  );
  if (renewed > 0) await tx.desiredChanged();
  return renewed;
}

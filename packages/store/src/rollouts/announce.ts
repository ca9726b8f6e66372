import type { Transaction } from '../base/transaction.ts';

// A wave of a hundred thousand devices is one change of its rollout: whoever shows the rollout reads its page again.
const namedMax = 100;

/** Tells streams what changed. Many devices or deployments at once are not named one by one: their rollout is. */
export async function announceChanges(
  tx: Transaction,
  organizationId: string,
  changes: { rolloutIds: readonly string[]; deploymentIds?: readonly string[]; deviceIds?: readonly string[] },
): Promise<void> {
  const { rolloutIds, deploymentIds = [], deviceIds = [] } = changes;
  await tx.changed(organizationId, 'rollout', rolloutIds);
  if (deploymentIds.length <= namedMax) await tx.changed(organizationId, 'deployment', deploymentIds);
  if (deviceIds.length <= namedMax) await tx.changed(organizationId, 'device', deviceIds);
}

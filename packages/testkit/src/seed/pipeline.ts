import type { Pipeline, RolloutPolicy, StageGates } from '@sluice/contracts';
import { createPipeline, type Store } from '@sluice/store';

import { SEED_CONTEXT, type SeededOrganization } from './organization.ts';

/** One wave with all devices, all of which must succeed; no soak. */
export const ALL_AT_ONCE: RolloutPolicy = {
  waves: [{ size: { kind: 'rest' }, threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 }, soakMs: 0 }],
  order: 'name',
  deploymentDeadlineMs: 600_000,
  onBreach: 'roll_back',
};

export async function seedPipeline(
  store: Store,
  organization: SeededOrganization,
  options: {
    applicationId: string;
    stages: { name: string; groupIds: string[]; policy?: RolloutPolicy; after?: string[]; gates?: StageGates }[];
  },
): Promise<Pipeline> {
  const stages = options.stages.map((stage) => ({ policy: ALL_AT_ONCE, ...stage }));
  return store.transaction((tx) =>
    createPipeline(tx, organization.id, { applicationId: options.applicationId, name: 'Line', stages }, SEED_CONTEXT),
  );
}

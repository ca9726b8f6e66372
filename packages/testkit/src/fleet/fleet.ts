import type { Release, RolloutPolicy } from '@sluice/contracts';
import { createPipeline, type Store } from '@sluice/store';

import { seedDevices, seedGroup } from '../seed/devices.ts';
import { SEED_CONTEXT, type SeededOrganization, seedOrganization } from '../seed/organization.ts';
import { seedApplication, seedRelease } from '../seed/release.ts';

/** The devices of a group and the stage over them. */
export type FleetStage = { id: string; name: string; groupId: string; deviceIds: string[] };

/** An organization with one application: releases to publish and stages of approved devices to publish them into. */
export type Fleet = {
  organization: SeededOrganization;
  applicationId: string;
  /** Publishes the next release of the application. */
  publish(): Promise<Release>;
  /** Adds a stage over a group of new devices, named `<stage>-00001` and so on. */
  addStage(name: string, options: { devices: number; policy: RolloutPolicy }): Promise<FleetStage>;
  /** Adds another stage over the devices of one. */
  addStageOver(name: string, options: { stage: FleetStage; policy: RolloutPolicy }): Promise<FleetStage>;
};

/** Makes a fleet with set-based statements: ten thousand devices take about a second. */
export async function createFleet(store: Store): Promise<Fleet> {
  const organization = await seedOrganization(store);
  const { id: applicationId } = await seedApplication(store, organization);

  const addPipeline = async (name: string, stage: { groupId: string; policy: RolloutPolicy }): Promise<string> => {
    const stages = [{ name, groupIds: [stage.groupId], policy: stage.policy }];
    const pipeline = await store.transaction((tx) =>
      createPipeline(tx, organization.id, { applicationId, name: `Line of ${name}`, stages }, SEED_CONTEXT),
    );
    return pipeline.stages[0]?.id ?? '';
  };

  return {
    organization,
    applicationId,
    publish: async () => (await seedRelease(store, organization, { applicationId })).release,
    addStage: async (name, { devices, policy }) => {
      const groupId = await seedGroup(store, organization, name);
      const { ids } = await seedDevices(store, organization, { count: devices, prefix: name, groupIds: [groupId] });
      return { id: await addPipeline(name, { groupId, policy }), name, groupId, deviceIds: ids };
    },
    addStageOver: async (name, { stage, policy }) => ({ ...stage, id: await addPipeline(name, { groupId: stage.groupId, policy }), name }),
  };
}

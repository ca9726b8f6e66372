import { ALL_AT_ONCE, createFleet } from '@sluice/testkit';
import { addDevices, type RolloutBenchWorld } from '../rollout/world.ts';

/** A stage of an organization of its own, over groups that set variables. */
export type VariablesStage = { organizationId: string; stageId: string; devices: number };

const groups = 40;

/**
 * Devices in forty groups. Variables: 20 of the organization, 10 of the application, 10 of the stage, 5 of each group, and one of every hundredth
 * device. Values are not opened here, so they are not sealed either.
 */
export async function createVariablesStage({ store }: Pick<RolloutBenchWorld, 'store'>, devices: number): Promise<VariablesStage> {
  const fleet = await createFleet(store);
  const organizationId = fleet.organization.id;
  const release = await fleet.publish();
  const stage = await fleet.addStage('bench', { devices: 1, policy: ALL_AT_ONCE });
  await addDevices({ store, fleet } as RolloutBenchWorld, {
    groupId: stage.groupId,
    count: devices - 1,
    prefix: 'many',
    releaseId: release.id,
  });
  await store.transaction(
    async (tx) => {
      await tx.execute(
        `INSERT INTO device_group (id, organization_id, name, created_at) SELECT uuidv7(), $1, 'site ' || n, $2 FROM generate_series(1, $3::int) n`,
        [organizationId, tx.now, groups],
      );
      await tx.execute(
        `INSERT INTO device_group_member (group_id, device_id)
         SELECT g.id, d.id FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM device WHERE organization_id = $1) d
           JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM device_group WHERE organization_id = $1 AND name LIKE 'site %') g
             ON g.place = d.place % $2`,
        [organizationId, groups],
      );
      await tx.execute(
        `INSERT INTO variable_version (id, organization_id, variable_id, scope, scope_id, name, secret, sealed_value, from_revision, created_at)
         SELECT uuidv7(), $1, uuidv7(), s.scope, s.scope_id, s.name, n % 5 = 0, '\\x00', 1, $4
           FROM (SELECT 'organization' AS scope, $1::uuid AS scope_id, n, 'V_' || n AS name FROM generate_series(1, 20) n
                 UNION ALL SELECT 'application', $2::uuid, n, 'V_' || n FROM generate_series(11, 20) n
                 UNION ALL SELECT 'stage', $3::uuid, n, 'V_' || n FROM generate_series(16, 25) n
                 UNION ALL SELECT 'group', g.id, n, 'V_' || n FROM device_group g, generate_series(21, 25) n
                            WHERE g.organization_id = $1 AND g.name LIKE 'site %'
                 UNION ALL SELECT 'device', d.id, 1, 'V_1' FROM (
                   SELECT id, row_number() OVER (ORDER BY id) AS place FROM device WHERE organization_id = $1) d WHERE d.place % 100 = 0) s`,
        [organizationId, fleet.applicationId, stage.id, tx.now],
      );
    },
    { timeoutMs: 600_000 },
  );
  return { organizationId, stageId: stage.id, devices };
}

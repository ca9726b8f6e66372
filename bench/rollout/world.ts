import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@sluice/platform';
import { applyMigrations, createStore, type StepOptions, type Store } from '@sluice/store';
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@sluice/store/embedded';
import { createFleet, type Fleet } from '@sluice/testkit';

/** A control plane's database as a production start would have it (commits wait for the disk), with an application and no devices yet. */
export type RolloutBenchWorld = { store: Store; fleet: Fleet; step: StepOptions; close(): Promise<void> };

export async function createRolloutBenchWorld(): Promise<RolloutBenchWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  await chmod(folder, 0o755);
  const postgresFolder = join(folder, 'postgres');
  const postgres = await startEmbeddedPostgres({ folder: postgresFolder });
  await applyMigrations(postgres.connectionString);
  const store = createStore({ connectionString: postgres.connectionString, clock: systemClock, random: systemRandom });
  const fleet = await createFleet(store);
  return {
    store,
    fleet,
    step: { releaseSigner: async () => fleet.organization.keys.release },
    close: async () => {
      await store.close();
      await postgres.stop();
      await removeEmbeddedPostgres(postgresFolder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Devices that run a release already and are well: one statement per table, so that a million takes seconds. */
export async function addDevices(
  { store, fleet }: RolloutBenchWorld,
  target: { groupId: string; count: number; prefix: string; releaseId: string },
): Promise<void> {
  const organizationId = fleet.organization.id;
  await store.transaction(
    async (tx) => {
      await tx.execute(
        `INSERT INTO device (id, organization_id, name, labels, hardware_id, public_key, sealing_key, approval, inventory, created_at)
         SELECT uuidv7(), $1, $2 || '-' || n, jsonb_build_object('site', 'site-' || n % 100), $2 || n, 'key', 'key', 'approved', '{}', $3
           FROM generate_series(1, $4::int) AS n`,
        [organizationId, target.prefix, tx.now, target.count],
      );
      await tx.execute(
        `INSERT INTO device_desired (device_id, organization_id, revision, release_id, changed_at)
         SELECT id, $1, 1, $2, $3 FROM device WHERE organization_id = $1 AND name LIKE $4 || '-%'`,
        [organizationId, target.releaseId, tx.now, target.prefix],
      );
      await tx.execute(
        `INSERT INTO device_group_member (group_id, device_id) SELECT $2, id FROM device WHERE organization_id = $1 AND name LIKE $3 || '-%'`,
        [organizationId, target.groupId, target.prefix],
      );
      await tx.execute(
        `INSERT INTO device_observed (device_id, organization_id, revision, running_digest, running_counter, health, health_since, verdict, reported_at)
         SELECT v.id, $1, 1, r.digest, r.counter, 'healthy', $2, '{"state":"healthy","reasons":[]}', $2
           FROM device v JOIN release r ON r.id = $3 WHERE v.organization_id = $1 AND v.name LIKE $4 || '-%'`,
        [organizationId, tx.now, target.releaseId, target.prefix],
      );
    },
    { timeoutMs: 600_000 },
  );
  // What autovacuum does within a minute of a fleet coming into being.
  for (const table of ['device', 'device_desired', 'device_group_member', 'device_observed']) await store.query(`VACUUM ANALYZE ${table}`);
}

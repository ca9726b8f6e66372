import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@sluice/platform';
import { applyMigrations, createStore, type StepOptions, type Store } from '@sluice/store';
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@sluice/store/embedded';
import { createFleet, type Fleet } from '@sluice/testkit';
import { createMeter, type Meter } from './meter.ts';

/** A control plane's database as a production start would have it (commits wait for the disk), with an application and no devices yet. */
export type RolloutBenchWorld = { store: Store; fleet: Fleet; step: StepOptions; meter: Meter; close(): Promise<void> };

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
    meter: createMeter(postgres.pid),
    step: { releaseSigner: async () => fleet.organization.keys.release },
    close: async () => {
      await store.close();
      await postgres.stop();
      await removeEmbeddedPostgres(postgresFolder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Milliseconds: a fleet of a million devices takes minutes, on a busy machine many. */
export const longest = { timeoutMs: 3_600_000 };

const devicesPerStatement = 100_000;

/** Devices that run a release already and are well: one statement for a hundred thousand of them. */
export async function addDevices(
  world: RolloutBenchWorld,
  target: { groupId: string; count: number; prefix: string; releaseId: string },
): Promise<void> {
  const { store, fleet } = world;
  for (let first = 1; first <= target.count; first += devicesPerStatement) {
    const last = Math.min(target.count, first + devicesPerStatement - 1);
    await store.transaction(async (tx) => {
      // What is checked row by row is right here by how it is made.
      await tx.execute('SET LOCAL session_replication_role = replica');
      await tx.execute(insertDevices, [fleet.organization.id, target.prefix, tx.now, first, last, target.releaseId, target.groupId]);
    }, longest);
  }
  // What autovacuum does within a minute of a fleet coming into being.
  for (const table of ['device', 'device_desired', 'device_group_member', 'device_observed']) await vacuum(world, table);
}

const insertDevices = `
  WITH made AS (
    INSERT INTO device (id, organization_id, name, labels, hardware_id, public_key, sealing_key, approval, inventory, created_at)
    SELECT uuidv7(), $1, $2 || '-' || n, jsonb_build_object('site', 'site-' || n % 100), $2 || n, 'key', 'key', 'approved', '{}', $3
      FROM generate_series($4::int, $5::int) AS n
    RETURNING id),
  told AS (
    INSERT INTO device_desired (device_id, organization_id, revision, release_id, changed_at) SELECT id, $1, 1, $6, $3 FROM made),
  grouped AS (INSERT INTO device_group_member (group_id, device_id) SELECT $7, id FROM made)
  INSERT INTO device_observed (device_id, organization_id, revision, running_digest, running_counter, health, health_since, verdict, reported_at)
  SELECT v.id, $1, 1, r.digest, r.counter, 'healthy', $3, '{"state":"healthy","reasons":[]}', $3 FROM made v JOIN release r ON r.id = $6`;

async function vacuum({ store }: RolloutBenchWorld, table: string): Promise<void> {
  const client = await store.pool.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await client.query(`VACUUM ANALYZE ${table}`);
    await client.query('RESET statement_timeout');
  } finally {
    client.release();
  }
}

import type { RolloutPolicy } from '@sluice/contracts';
import { planWaves, rollbackPolicyOf } from '@sluice/rollout';
import { announceChanges } from './announce.ts';
import type { RolloutRecord } from './load.ts';
import { placedId } from './placed-id.ts';
import { countWaves, insertWaves } from './plan.ts';
import type { RolloutRun } from './run.ts';

/** A rollback that is to be: of one rollout, over devices that go back to one release in one stage. */
export type NewRollback = {
  of: Pick<RolloutRecord, 'id' | 'organizationId' | 'priority'>;
  /** Of what is taken back: how its devices go back follows from it. */
  policy: RolloutPolicy;
  /** What its devices are told, with a counter that they take. */
  releaseId: string;
  /** What they ran before, whose files these are. */
  fromReleaseId: string;
  stageId: string | null;
  size: number;
  /**
   * SQL of its devices (organization_id, device_id, deployment_id, variables_revision), with its parameters from $1 on. `deployment_id`: of what
   * is taken back; its order is that of the devices that are equally well.
   */
  devices: { sql: string; parameters: readonly unknown[] };
};

/** Creates a rollback, planned: who is unhealthy is in its first waves. Under the locks that keep its devices as they were counted. */
export async function createRollback(run: Pick<RolloutRun, 'tx' | 'actor'>, rollback: NewRollback): Promise<string> {
  const { tx, actor } = run;
  const { of, releaseId, fromReleaseId, size } = rollback;
  const policy = rollbackPolicyOf(rollback.policy);
  const policyId = tx.uuid();
  await tx.execute(
    `INSERT INTO rollout_policy (id, organization_id, stage_id, version, policy, created_by, created_at) VALUES ($1, $2, NULL, 1, $3, $4, $5)`,
    [policyId, of.organizationId, JSON.stringify(policy), actor.name, tx.now],
  );
  const id = tx.uuid();
  await tx.execute(
    `INSERT INTO rollout (id, organization_id, application_id, release_id, stage_id, policy_id, kind, rollback_of, state, size, created_by,
                          creator_id, created_at, next_timer_at, priority, variables_revision)
     SELECT $1, $2, l.application_id, l.id, $4, $5, 'rollback', $6, 'scheduled', 0, $7, $8, $9, $9, $10, o.variables_revision
       FROM release l JOIN organization o ON o.id = l.organization_id WHERE l.id = $3`,
    [id, of.organizationId, releaseId, rollback.stageId, policyId, of.id, actor.name, actor.id, tx.now, of.priority],
  );
  await insertDevices(run, id, { ...rollback, policy });
  await countWaves(tx, id);
  await tx.record({
    organizationId: of.organizationId,
    actor,
    action: 'rollout.created',
    target: { kind: 'rollout', id },
    after: { kind: 'rollback', rollbackOf: of.id, releaseId, fromReleaseId, devices: size },
    rolloutId: id,
  });
  await announceChanges(tx, of.organizationId, { rolloutIds: [id] });
  return id;
}

/** Each device gets the variables back that it had there, and not those that were set since: that is what was seen working. */
async function insertDevices({ tx }: Pick<RolloutRun, 'tx'>, id: string, { devices, policy, size }: NewRollback): Promise<void> {
  const waves = planWaves(policy, size);
  await insertWaves(tx, id, waves.length);
  const next = devices.parameters.length;
  const [rollout, now, wave, first, beyond] = [1, 2, 3, 4, 5].map((step) => `$${next + step}`);
  await tx.execute(
    `INSERT INTO deployment (id, organization_id, rollout_id, device_id, wave_index, state, attempt, updated_at, variables_revision)
     SELECT ${placedId({ place: 'c.place', time: `${now}::timestamptz` })}, c.organization_id, ${rollout}::uuid, c.device_id,
            coalesce(b.wave, ${waves.length - 1}), 'scheduled', 0, ${now}::timestamptz, c.variables_revision
       FROM (SELECT g.*, (row_number() OVER (ORDER BY (o.health = 'unhealthy') IS TRUE DESC, g.deployment_id) - 1)::int AS place
               FROM (${devices.sql}) g LEFT JOIN device_observed o ON o.device_id = g.device_id) c
       LEFT JOIN unnest(${wave}::int[], ${first}::int[], ${beyond}::int[]) AS b (wave, first, beyond)
              ON c.place >= b.first AND c.place < b.beyond`,
    [
      ...devices.parameters,
      id,
      tx.now,
      waves.map((each) => each.index),
      waves.map((each) => each.first),
      waves.map((each) => each.first + each.size),
    ],
  );
}

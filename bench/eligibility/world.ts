import type { Application, Pipeline, StageGates } from '@sluice/contracts';
import { systemClock, systemRandom } from '@sluice/platform';
import { createPipeline, createStore, type Store } from '@sluice/store';
import { ALL_AT_ONCE, SEED_CONTEXT, seedApplication, seedDevices, seedGroup, seedOrganization, seedRelease } from '@sluice/testkit';

export type EligibilityWorld = { store: Store; organizationId: string; applicationId: string; pipelineId: string; cells: number };

const devicesPerStage = 50;

/** Gates of all kinds, one after the other. */
function gatesOf(index: number): StageGates {
  const window = { recurrence: 'FREQ=DAILY', startTime: '02:00', durationMinutes: 120, timeZone: 'Europe/Vienna' };
  const approval = { required: 2, role: 'operator', creatorExcluded: true } as const;
  return {
    soakMs: index % 2 === 0 ? 0 : 3_600_000,
    automatic: false,
    ...(index % 5 === 4 ? { approval } : {}),
    ...(index % 4 === 3 ? { window } : {}),
  };
}

/** One pipeline with so many stages and releases; every release was rolled out in the first stages, the older ones in more of them. */
export async function createEligibilityWorld(
  connectionString: string,
  size: { organizationId: string; releases: number; stages: number },
): Promise<EligibilityWorld> {
  const store = createStore({ connectionString, clock: systemClock, random: systemRandom });
  // The api's own organization, with keys that nothing here verifies.
  const organization = { ...(await seedOrganization(store)), id: size.organizationId };
  const application: Application = await seedApplication(store, organization, 'Bottling line');
  const stages = [];
  for (let index = 0; index < size.stages; index += 1) {
    const name = `stage ${String(index).padStart(2, '0')}`;
    const groupId = await seedGroup(store, organization, name);
    await seedDevices(store, organization, { count: devicesPerStage, prefix: name, groupIds: [groupId] });
    stages.push({ name, groupIds: [groupId], policy: ALL_AT_ONCE, gates: gatesOf(index) });
  }
  const input = { applicationId: application.id, name: 'main', stages };
  const pipeline: Pipeline = await store.transaction((tx) => createPipeline(tx, organization.id, input, SEED_CONTEXT));
  const variables = [{ name: 'PLC_HOST', required: true, secret: false }];
  const { release } = await seedRelease(store, organization, { applicationId: application.id, variables });
  await addReleases(store, { releaseId: release.id, count: size.releases - 1 });
  await addRollouts(store, { pipelineId: pipeline.id, releases: size.releases, stages: size.stages });
  await store.query('ANALYZE');
  const cells = size.releases * size.stages;
  return { store, organizationId: organization.id, applicationId: application.id, pipelineId: pipeline.id, cells };
}

async function addReleases(store: Store, { releaseId, count }: { releaseId: string; count: number }): Promise<void> {
  await store.query(
    `INSERT INTO release (id, organization_id, application_id, snapshot_id, name, counter, digest, envelope, manifest, lock_digest, published_by, created_at)
     SELECT uuidv7(n * interval '1 ms'), organization_id, application_id, snapshot_id, 'v' || (n + 1), n + 1, encode(sha256(n::text::bytea), 'hex'),
            envelope, manifest, lock_digest, published_by, created_at
       FROM release CROSS JOIN generate_series(1, $2::int) AS n WHERE id = $1`,
    [releaseId, count],
  );
  await store.query(
    `INSERT INTO release_finding (release_id, rule, subject, severity)
     SELECT id, 'secret_in_plain_text', 'n' || counter, 'block' FROM release WHERE counter % 10 = 0`,
  );
}

/** Most succeeded, some failed; each was replaced by the next one in its stage. The devices of a stage run what came there last. */
async function addRollouts(store: Store, of: { pipelineId: string; releases: number; stages: number }): Promise<void> {
  await store.query(
    `INSERT INTO rollout (id, organization_id, application_id, release_id, stage_id, policy_id, state, created_by, created_at, started_at, finished_at)
     SELECT uuidv7(l.counter * interval '1 s' + s.position * interval '1 ms'), l.organization_id, l.application_id, l.id, s.id, s.policy_id,
            CASE WHEN l.counter % 17 = 0 THEN 'failed' ELSE 'succeeded' END, 'bench', now(), now(), now() - interval '3 hours' + l.counter * interval '1 s'
       FROM stage s CROSS JOIN release l
      WHERE s.pipeline_id = $1 AND l.counter <= $2::int - s.position * ($2::int / $3::int)`,
    [of.pipelineId, of.releases, of.stages],
  );
  await store.query(
    `UPDATE rollout r SET replaced_by_id = n.next, replaced_at = r.finished_at + interval '2 hours'
       FROM (SELECT id, lead(id) OVER (PARTITION BY stage_id ORDER BY id) AS next FROM rollout) n
      WHERE n.id = r.id AND n.next IS NOT NULL AND r.state = 'succeeded'`,
  );
  await store.query(`INSERT INTO wave (rollout_id, index, state, size) SELECT id, 0, 'succeeded', 0 FROM rollout`);
  await store.query(
    `INSERT INTO deployment (id, organization_id, rollout_id, device_id, wave_index, state, attempt, finished_at, updated_at)
     SELECT uuidv7(), v.organization_id, r.id, v.id, 0, 'succeeded', 1, r.finished_at, now()
       FROM rollout r JOIN stage_group g ON g.stage_id = r.stage_id JOIN device_group_member m ON m.group_id = g.group_id
       JOIN device v ON v.id = m.device_id WHERE r.replaced_at IS NULL AND r.state = 'succeeded'`,
  );
  await store.query(
    `UPDATE device_desired x SET release_id = r.release_id, stage_id = r.stage_id, rollout_id = r.id, deployment_id = d.id, revision = 1
       FROM deployment d JOIN rollout r ON r.id = d.rollout_id WHERE d.device_id = x.device_id`,
  );
  await store.query(
    `INSERT INTO device_observed (device_id, organization_id, revision, running_digest, running_counter, health, health_since, verdict, reported_at)
     SELECT x.device_id, x.organization_id, 1, l.digest, l.counter, 'healthy', now(), '{"state":"healthy","reasons":[]}', now()
       FROM device_desired x JOIN release l ON l.id = x.release_id ON CONFLICT DO NOTHING`,
  );
  await store.query(
    'INSERT INTO device_presence (device_id, last_seen_at) SELECT device_id, now() FROM device_desired ON CONFLICT DO NOTHING',
  );
}

import { defaultHealthPolicy, type ReleaseManifest, type RolloutPolicy } from '@sluice/contracts';
import { sealSecret, systemRandom } from '@sluice/platform';
import type { Store } from '@sluice/store';
import { generateSigningKey, type SigningKey, sha256Hex, signRelease } from '@sluice/trust';

export type FleetRelease = { id: string; name: string; counter: number; digest: string };

/** An organization with one application, one pipeline, and stages of approved devices. What releases are made of is of no interest here. */
export type Fleet = {
  organizationId: string;
  applicationId: string;
  pipelineId: string;
  releaseKey: SigningKey;
  /** Publishes the next release of the application, signed with the release key. */
  publish(name: string): Promise<FleetRelease>;
  /** Adds a stage over a group of new devices, named `<stage>-0001` and so on. */
  addStage(name: string, options: { devices: number; policy: RolloutPolicy }): Promise<FleetStage>;
  /** Adds a stage over the devices of another one. */
  addStageOver(name: string, options: { stage: FleetStage; policy: RolloutPolicy }): Promise<FleetStage>;
};

export type FleetStage = { id: string; name: string; groupId: string; deviceIds: string[] };

type Making = { store: Store; organizationId: string; applicationId: string; pipelineId: string };

/**
 * Makes a fleet with set-based statements: ten thousand devices take about a second.
 * @param options.secretKey seals the release key as the control plane does; left out, the key is kept offline
 */
export async function createFleet(store: Store, options: { secretKey?: Uint8Array } = {}): Promise<Fleet> {
  const releaseKey = generateSigningKey();
  const making = await store.transaction(async (tx): Promise<Making> => {
    const [organizationId, applicationId, pipelineId, keyId] = [tx.uuid(), tx.uuid(), tx.uuid(), tx.uuid()];
    const sealed =
      options.secretKey === undefined ? null : sealSecret(options.secretKey, releaseKey.privateKey, `signing_key/${keyId}`, systemRandom);
    await tx.execute(`INSERT INTO organization (id, name, root_document, created_at) VALUES ($1::uuid, 'fleet ' || $1::uuid, '{}', $2)`, [
      organizationId,
      tx.now,
    ]);
    await tx.execute(
      `INSERT INTO signing_key (id, organization_id, role, key_id, public_key, sealed_private_key, created_at) VALUES ($1, $2, 'release', $3, $4, $5, $6)`,
      [keyId, organizationId, releaseKey.keyId, releaseKey.publicKey, sealed, tx.now],
    );
    await tx.execute(`INSERT INTO application (id, organization_id, name, created_at) VALUES ($1, $2, 'bottling line', $3)`, [
      applicationId,
      organizationId,
      tx.now,
    ]);
    await tx.execute(`INSERT INTO pipeline (id, organization_id, application_id, name, created_at) VALUES ($1, $2, $3, 'main', $4)`, [
      pipelineId,
      organizationId,
      applicationId,
      tx.now,
    ]);
    return { store, organizationId, applicationId, pipelineId };
  });
  return {
    organizationId: making.organizationId,
    applicationId: making.applicationId,
    pipelineId: making.pipelineId,
    releaseKey,
    publish: (name) => publish(making, releaseKey, name),
    addStage: async (name, { devices, policy }) => {
      const group = await addGroup(making, name, devices);
      return { name, ...group, id: await addStage(making, name, { groupId: group.groupId, policy }) };
    },
    addStageOver: async (name, { stage, policy }) => ({
      ...stage,
      name,
      id: await addStage(making, name, { groupId: stage.groupId, policy }),
    }),
  };
}

function publish({ store, organizationId, applicationId }: Making, key: SigningKey, name: string): Promise<FleetRelease> {
  return store.transaction(async (tx) => {
    const [row] = await tx.query<{ counter: number }>(
      `UPDATE application SET last_release_counter = last_release_counter + 1, last_snapshot_number = last_snapshot_number + 1
        WHERE id = $1 RETURNING last_release_counter AS counter`,
      [applicationId],
    );
    const counter = row?.counter ?? 1;
    const [id, snapshotId] = [tx.uuid(), tx.uuid()];
    const digestOf = (what: string): string => sha256Hex(new TextEncoder().encode(`${applicationId} ${counter} ${what}`));
    const flows = Buffer.from(JSON.stringify([{ id: `${name} ${counter}`, type: 'tab' }]));
    const flowsSha256 = sha256Hex(flows);
    const manifest: ReleaseManifest = {
      organizationId,
      applicationId,
      releaseCounter: counter,
      releaseName: name,
      snapshotDigest: digestOf('snapshot'),
      files: [{ path: 'flows.json', sha256: flowsSha256, length: flows.length }],
      lockDigest: digestOf('lock'),
      runtime: { kind: 'node-red', version: '5.0.0', node: '>=22.12' },
      flowsRevision: flowsSha256,
      variables: [],
      healthPolicy: defaultHealthPolicy,
      minimumAgentVersion: '0.1.0',
      createdAt: tx.now.toISOString(),
    };
    const { envelope, digest } = signRelease(manifest, [key]);
    await tx.execute('INSERT INTO blob (organization_id, sha256, length, content, created_at) VALUES ($1, $2, $3, $4, $5)', [
      organizationId,
      flowsSha256,
      flows.length,
      flows,
      tx.now,
    ]);
    await tx.execute(
      `INSERT INTO snapshot (id, organization_id, application_id, number, digest, flows_sha256, flows_revision, package_json, settings, variables,
                             runtime_version, node_count, flow_count, created_by, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6, '{}', '{}', '[]', '5.0.0', 1, 1, 'test', $7)`,
      [snapshotId, organizationId, applicationId, counter, manifest.snapshotDigest, manifest.flowsRevision, tx.now],
    );
    await tx.execute(
      `INSERT INTO release (id, organization_id, application_id, snapshot_id, name, counter, digest, envelope, manifest, lock_digest, published_by,
                            created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'test', $11)`,
      [
        id,
        organizationId,
        applicationId,
        snapshotId,
        name,
        counter,
        digest,
        JSON.stringify(envelope),
        JSON.stringify(manifest),
        manifest.lockDigest,
        tx.now,
      ],
    );
    return { id, name, counter, digest };
  });
}

function addGroup({ store, organizationId }: Making, name: string, devices: number): Promise<{ groupId: string; deviceIds: string[] }> {
  return store.transaction(
    async (tx) => {
      const groupId = tx.uuid();
      await tx.execute('INSERT INTO device_group (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4)', [
        groupId,
        organizationId,
        name,
        tx.now,
      ]);
      const rows = await tx.query<{ id: string; name: string }>(
        `INSERT INTO device (id, organization_id, name, hardware_id, public_key, sealing_key, approval, inventory, created_at)
         SELECT gen_random_uuid(), $1, $2::text || '-' || lpad(n::text, 4, '0'), 'hardware-' || n, 'key', 'key', 'approved', '{}', $3
           FROM generate_series(1, $4::int) n RETURNING id, name`,
        [organizationId, name, tx.now, devices],
      );
      await tx.execute(
        `INSERT INTO device_group_member (group_id, device_id)
         SELECT $1, id FROM device WHERE organization_id = $2 AND name LIKE $3::text || '-%'`,
        [groupId, organizationId, name],
      );
      return { groupId, deviceIds: rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((row) => row.id) };
    },
    { timeoutMs: 60_000 },
  );
}

function addStage(making: Making, name: string, stage: { groupId: string; policy: RolloutPolicy }): Promise<string> {
  const { store, organizationId, pipelineId } = making;
  return store.transaction(async (tx) => {
    const [id, policyId] = [tx.uuid(), tx.uuid()];
    await tx.execute(
      `INSERT INTO rollout_policy (id, organization_id, stage_id, version, policy, created_by, created_at) VALUES ($1, $2, $3, 1, $4, 'test', $5)`,
      [policyId, organizationId, id, JSON.stringify(stage.policy), tx.now],
    );
    await tx.execute(
      `INSERT INTO stage (id, organization_id, pipeline_id, name, position, policy_id)
       VALUES ($1, $2, $3, $4, (SELECT count(*) FROM stage WHERE pipeline_id = $3), $5)`,
      [id, organizationId, pipelineId, name, policyId],
    );
    await tx.execute('INSERT INTO stage_group (stage_id, group_id) VALUES ($1, $2)', [id, stage.groupId]);
    return id;
  });
}

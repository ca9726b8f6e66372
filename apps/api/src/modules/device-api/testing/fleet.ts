import { hash, randomUUID } from 'node:crypto';
import { defaultHealthPolicy, type ReleaseManifest, type VariableDeclaration } from '@sluice/contracts';
import { deriveKey, openSecret, sealSecret, systemClock, systemRandom, uuidv7 } from '@sluice/platform';
import type { Store } from '@sluice/store';
import {
  generateSealingKey,
  generateSigningKey,
  type SealingKey,
  type SigningKey,
  sha256Hex,
  signDeviceProof,
  signRelease,
} from '@sluice/trust';
import { createOrganizationTrust, signingKeyIdentity } from '../../organizations/signing-keys.ts';
import { masterKey } from './start-device-api.ts';

const secretKey = deriveKey(masterKey, 'secret-encryption');
const now = new Date();
const uuid = (): string => uuidv7(systemClock, systemRandom);

/** A device as the agent knows itself. */
export type TestDevice = { id: string; organizationId: string; signingKey: SigningKey; sealingKey: SealingKey };

/** An organization, written straight into the database. */
export type TestFleet = {
  organizationId: string;
  applicationId: string;
  rootDocument: string;
  createDevice(options?: { approval?: string; hardwareId?: string; name?: string }): Promise<TestDevice>;
  createCode(options?: {
    maximumUses?: number;
    automaticApproval?: boolean;
    expiresAt?: Date;
    groupId?: string;
    labels?: object;
  }): Promise<string>;
  createGroup(): Promise<string>;
  createBlob(content: Buffer): Promise<string>;
  createRelease(options?: {
    variables?: VariableDeclaration[];
    credentials?: object;
  }): Promise<{ id: string; digest: string; counter: number }>;
  setVariable(scope: string, scopeId: string, variable: { name: string; value: string; secret?: boolean }): Promise<void>;
  /** Gives the device the next revision, as a rollout's offer does. */
  setDesired(device: TestDevice, desired: { releaseId: string | null; deployment?: { rolloutId: string; id: string } }): Promise<number>;
  /** A running rollout of one wave in which the device's deployment is in this state. */
  createDeployment(device: TestDevice, releaseId: string, state: string): Promise<{ rolloutId: string; id: string }>;
};

/** Makes an organization with its keys, one application and nothing else. */
export async function createFleet(store: Store, name: string): Promise<TestFleet> {
  const organizationId = uuid();
  const applicationId = uuid();
  const { rootDocument, signingKeys } = createOrganizationTrust({ secretKey, random: systemRandom, now, uuid });
  await store.query('INSERT INTO organization (id, name, root_document, created_at) VALUES ($1, $2, $3, $4)', [
    organizationId,
    name,
    rootDocument,
    now,
  ]);
  for (const key of signingKeys) {
    await store.query(
      `INSERT INTO signing_key (id, organization_id, role, key_id, public_key, sealed_private_key, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [key.id, organizationId, key.role, key.keyId, key.publicKey, key.sealedPrivateKey, now],
    );
  }
  await store.query('INSERT INTO application (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4)', [
    applicationId,
    organizationId,
    'application',
    now,
  ]);
  const release = signingKeys.find((key) => key.role === 'release');
  const releaseKey = openSecret(secretKey, release?.sealedPrivateKey ?? Buffer.alloc(0), signingKeyIdentity(release?.id ?? '')).toString();
  const fleet = { organizationId, applicationId, rootDocument, releaseSigner: { keyId: release?.keyId ?? '', privateKey: releaseKey } };
  return { ...fleet, ...deviceFixtures(store, fleet), ...releaseFixtures(store, fleet) };
}

type Fleet = Pick<TestFleet, 'organizationId' | 'applicationId'> & { releaseSigner: { keyId: string; privateKey: string } };

function deviceFixtures(store: Store, { organizationId }: Fleet) {
  const createDevice: TestFleet['createDevice'] = async (options = {}) => {
    const device = { id: uuid(), organizationId, signingKey: generateSigningKey(), sealingKey: generateSealingKey() };
    await store.query(
      `INSERT INTO device (id, organization_id, name, hardware_id, public_key, sealing_key, approval, inventory, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', $8)`,
      [
        device.id,
        organizationId,
        options.name ?? `device ${device.id}`,
        options.hardwareId ?? device.id,
        device.signingKey.publicKey,
        device.sealingKey.publicKey,
        options.approval ?? 'approved',
        now,
      ],
    );
    return device;
  };
  const createCode: TestFleet['createCode'] = async (options = {}) => {
    const code = `slc_${randomUUID()}`;
    await store.query(
      `INSERT INTO enrollment_code (id, organization_id, name, code_hash, expires_at, maximum_uses, automatic_approval, group_id, labels, created_by, created_at)
       VALUES ($1, $2, 'code', $3, $4, $5, $6, $7, $8, 'test', $9)`,
      [
        uuid(),
        organizationId,
        hash('sha256', code),
        options.expiresAt ?? new Date(now.getTime() + 3_600_000),
        options.maximumUses ?? 10,
        options.automaticApproval ?? true,
        options.groupId ?? null,
        JSON.stringify(options.labels ?? {}),
        now,
      ],
    );
    return code;
  };
  const createGroup = async (): Promise<string> => {
    const id = uuid();
    await store.query('INSERT INTO device_group (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4)', [
      id,
      organizationId,
      `group ${id}`,
      now,
    ]);
    return id;
  };
  const setVariable: TestFleet['setVariable'] = async (scope, scopeId, { name, value, secret = false }) => {
    const id = uuid();
    await store.query(
      `INSERT INTO variable_version (id, organization_id, variable_id, scope, scope_id, name, secret, sealed_value, from_revision, created_at)
       VALUES ($1, $2, $1, $3, $4, $5, $6, $7, 1, $8)`,
      [id, organizationId, scope, scopeId, name, secret, sealSecret(secretKey, value, `variable/${id}`), now],
    );
  };
  return { createDevice, createCode, createGroup, setVariable };
}

function releaseFixtures(store: Store, fleet: Fleet) {
  const { organizationId, applicationId } = fleet;
  let counter = 0;
  const createBlob = async (content: Buffer): Promise<string> => {
    const sha256 = sha256Hex(content);
    await store.query(
      'INSERT INTO blob (organization_id, sha256, length, content, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      [organizationId, sha256, content.length, content, now],
    );
    return sha256;
  };
  const createRelease: TestFleet['createRelease'] = async (options = {}) => {
    counter += 1;
    const flows = await createBlob(Buffer.from('[]'));
    const snapshotId = uuid();
    const sealed = options.credentials && sealSecret(secretKey, JSON.stringify(options.credentials), `snapshot/${snapshotId}`);
    await store.query(
      `INSERT INTO snapshot (id, organization_id, application_id, number, digest, flows_sha256, flows_revision, package_json, settings, variables,
              sealed_credentials, runtime_version, node_count, flow_count, created_by, created_at)
       VALUES ($1, $2, $3, $4, $5, $5, $5, '{}', '{}', '[]', $6, '5.0.0', 0, 0, 'test', $7)`,
      [snapshotId, organizationId, applicationId, counter, flows, sealed ?? null, now],
    );
    const manifest: ReleaseManifest = {
      organizationId,
      applicationId,
      releaseCounter: counter,
      releaseName: `v${counter}`,
      snapshotDigest: flows,
      files: [{ path: 'flows.json', sha256: flows, length: 2 }],
      lockDigest: flows,
      runtime: { kind: 'node-red', version: '5.0.0', node: '>=22' },
      flowsRevision: flows,
      variables: options.variables ?? [],
      healthPolicy: defaultHealthPolicy,
      minimumAgentVersion: '0.1.0',
      createdAt: now.toISOString(),
    };
    const { envelope, digest } = signRelease(manifest, [fleet.releaseSigner]);
    const id = uuid();
    await store.query(
      `INSERT INTO release (id, organization_id, application_id, snapshot_id, name, counter, digest, envelope, manifest, lock_digest, published_by, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'test', $11)`,
      [
        id,
        organizationId,
        applicationId,
        snapshotId,
        manifest.releaseName,
        counter,
        digest,
        JSON.stringify(envelope),
        JSON.stringify(manifest),
        flows,
        now,
      ],
    );
    return { id, digest, counter };
  };
  const setDesired: TestFleet['setDesired'] = async (device, { releaseId, deployment }) => {
    const revision = await store.transaction(async (tx) => {
      const [row] = await tx.query<{ revision: number }>(setDesiredQuery, desiredParameters(device, releaseId, deployment));
      await tx.desiredChanged();
      return row?.revision ?? 0;
    });
    return revision;
  };
  const createDeployment: TestFleet['createDeployment'] = async (device, releaseId, state) => {
    const [policyId, rolloutId, id] = [uuid(), uuid(), uuid()];
    await store.query(
      `INSERT INTO rollout_policy (id, organization_id, version, policy, created_by, created_at) VALUES ($1, $2, 1, '{}', 'test', $3)`,
      [policyId, organizationId, now],
    );
    await store.query(
      `INSERT INTO rollout (id, organization_id, application_id, release_id, policy_id, state, size, created_by, created_at)
       VALUES ($1, $2, $3, $4, $5, 'running', 1, 'test', $6)`,
      [rolloutId, organizationId, applicationId, releaseId, policyId, now],
    );
    await store.query(`INSERT INTO wave (rollout_id, index, state, size, counts, touched) VALUES ($1, 0, 'running', 1, $2, false)`, [
      rolloutId,
      JSON.stringify({ [state]: 1 }),
    ]);
    await store.query(
      `INSERT INTO deployment (id, organization_id, rollout_id, device_id, wave_index, state, attempt, offered_at, updated_at)
       VALUES ($1, $2, $3, $4, 0, $5, 1, $6, $6)`,
      [id, organizationId, rolloutId, device.id, state, now],
    );
    return { rolloutId, id };
  };
  return { createBlob, createRelease, setDesired, createDeployment };
}

/** What an offer does to a device's desired state; parameters by `desiredParameters`. */
export const setDesiredQuery = `
  INSERT INTO device_desired AS s (device_id, organization_id, revision, release_id, rollout_id, deployment_id, attempt, changed_at)
  VALUES ($1, $2, 1, $3, $4, $5, $6, now())
  ON CONFLICT (device_id) DO UPDATE SET revision = s.revision + 1, release_id = excluded.release_id, rollout_id = excluded.rollout_id,
     deployment_id = excluded.deployment_id, attempt = excluded.attempt, changed_at = now()
  RETURNING revision`;

export function desiredParameters(device: TestDevice, releaseId: string | null, deployment?: { rolloutId: string; id: string }): unknown[] {
  return [
    device.id,
    device.organizationId,
    releaseId,
    deployment?.rolloutId ?? null,
    deployment?.id ?? null,
    deployment === undefined ? 0 : 1,
  ];
}

type Json = Record<string, unknown>;

/** What came back: `body` is the parsed JSON, if it is any. */
export type Answer = { status: number; headers: Headers; body: Json; text: string };

/** Sends one request. */
export async function call(url: string, options: RequestInit & { token?: string; json?: unknown } = {}): Promise<Answer> {
  const { token, json, ...init } = options;
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (json !== undefined) headers.set('content-type', 'application/json');
  const response = await fetch(url, { ...init, headers, ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }) });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as Json) : {}, text };
}

/** Gets a token as the agent does. */
export async function requestToken(url: string, device: Pick<TestDevice, 'id' | 'signingKey'>): Promise<Answer> {
  const { body } = await call(`${url}/nonce`, { json: {} });
  const nonce = String(body['nonce']);
  const signature = signDeviceProof({ purpose: 'token', nonce, body: { deviceId: device.id } }, device.signingKey.privateKey);
  return call(`${url}/token`, { json: { deviceId: device.id, nonce, signature } });
}

/** The access token of a device that may have one. */
export async function tokenOf(url: string, device: Pick<TestDevice, 'id' | 'signingKey'>): Promise<string> {
  const answer = await requestToken(url, device);
  if (answer.status !== 200) throw new Error(`no token: ${answer.text}`);
  return String(answer.body['accessToken']);
}

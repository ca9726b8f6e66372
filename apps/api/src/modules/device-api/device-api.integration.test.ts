import type { CreatedEnrollmentCode, EnrollResponse, ReportsResponse, RolloutDetail, TokenResponse } from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import { stepRollout } from '@sluice/store';
import {
  configurationContext,
  generateSealingKey,
  generateSigningKey,
  open,
  payloadDigest,
  sha256Hex,
  signDeviceProof,
  verifyAssignment,
  verifyConfiguration,
  verifyRelease,
  verifyRoot,
} from '@sluice/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedPromotable } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const signingKey = generateSigningKey();
const sealingKey = generateSealingKey();
let token = '';

async function post<T>(path: string, payload: object): Promise<T> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const response = await api.app.inject({ method: 'POST', url: `/device/v1${path}`, payload, headers });
  if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${response.body}`);
  return response.json<T>();
}

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await api.app.inject({ method: 'GET', url: `/device/v1${path}`, headers: { authorization: `Bearer ${token}` } });
  return { status: response.statusCode, text: response.body };
}

async function enroll(code: string): Promise<EnrollResponse> {
  const { nonce } = await post<{ nonce: string }>('/nonce', {});
  const inventory = { agentVersion: '0.1.0', nodeVersion: '24.0.0', operatingSystem: 'linux', architecture: 'x64', hostname: 'filler' };
  const keys = { publicKey: signingKey.publicKey, sealingKey: sealingKey.publicKey };
  const body = { code, nonce, ...keys, hardwareId: 'filler', name: 'filler', inventory };
  return post('/enroll', { ...body, signature: signDeviceProof({ purpose: 'enroll', nonce, body }, signingKey.privateKey) });
}

async function signIn(deviceId: string): Promise<string> {
  const { nonce } = await post<{ nonce: string }>('/nonce', {});
  const signature = signDeviceProof({ purpose: 'token', nonce, body: { deviceId } }, signingKey.privateKey);
  return (await post<TokenResponse>('/token', { deviceId, nonce, signature })).accessToken;
}

it('when a person promotes a release, an enrolled device gets it, can verify every byte, and its reports move the rollout', async () => {
  const { owner } = api;
  const { application, release, group, stageId } = await seedPromotable(owner, { name: 'line', deviceIds: [] });
  await owner.request('PUT', '/variables', { scope: 'application', scopeId: application.id, name: 'PLC_HOST', value: '10.0.0.1' });
  const { code } = await owner.post<CreatedEnrollmentCode>('/enrollment-codes', { name: 'c', automaticApproval: true, groupId: group.id });
  const { deviceId, organizationId, root: rootText } = await enroll(code);
  token = await signIn(deviceId);
  expect(JSON.parse((await get('/desired')).text)).toMatchObject({ revision: 0, assignment: null });

  const rollout = await owner.post<{ id: string }>('/rollouts', { releaseId: release.id, stageId });
  await stepRollout(api.store, rollout.id, { releaseSigner: null });
  const root = verifyRoot(JSON.parse(rootText));
  const envelope = await waitFor('the assignment', async () => JSON.parse((await get('/desired')).text).assignment);
  const now = api.clock.now();
  const assignment = verifyAssignment(envelope, root, { organizationId, deviceId, epoch: 1, minimumRevision: 0, now });
  expect(assignment).toMatchObject({ releaseDigest: release.digest, rolloutId: rollout.id, attempt: 1 });

  const digest = assignment.configurationDigest ?? '';
  const box = JSON.parse((await get(`/config/${digest}`)).text);
  const opened = open(sealingKey.privateKey, box, configurationContext({ deviceId, digest }));
  expect(verifyConfiguration(opened, { digest, deviceId }).variables).toEqual({ PLC_HOST: '10.0.0.1' });
  const manifestEnvelope = JSON.parse((await get(`/releases/${release.digest}`)).text);
  expect(payloadDigest(manifestEnvelope)).toBe(release.digest);
  const expectation = { digest: release.digest, organizationId, applicationId: application.id, releaseCounter: release.counter };
  for (const file of verifyRelease(manifestEnvelope, root, { ...expectation, minimumReleaseCounter: 0 }).files) {
    const { text } = await get(`/blobs/${file.sha256}`);
    expect([Buffer.byteLength(text), sha256Hex(text)]).toEqual([file.length, file.sha256]);
  }

  const deploymentId = assignment.deploymentId ?? '';
  const report = { kind: 'deployment', at: '2026-11-22T10:00:00.000Z', deploymentId, attempt: 1 };
  const reports = ['accepted', 'applying', 'succeeded'].map((state, index) => ({ ...report, sequence: index + 1, state }));
  expect(await post<ReportsResponse>('/reports', { reports })).toEqual({ acknowledged: 3, refused: [] });
  expect(api.advanced).toContain(rollout.id);
  await stepRollout(api.store, rollout.id, { releaseSigner: null });
  expect((await owner.get<RolloutDetail>(`/rollouts/${rollout.id}`)).state).toBe('succeeded');
});

it('when a person revokes the device, its token counts no more and it gets none', async () => {
  const { items } = await api.owner.get<{ items: { id: string }[] }>('/devices');
  const deviceId = items[0]?.id ?? '';
  await api.owner.post(`/devices/${deviceId}/revoke`);
  await waitFor('the token counts no more', async () => JSON.parse((await get('/desired')).text).code === 'TOKEN_REVOKED');
  await expect(signIn(deviceId)).rejects.toThrow('DEVICE_REVOKED');
});

it('when the OpenAPI document is read, it names every call of the device API', async () => {
  const { paths } = (await api.app.inject({ url: '/api/openapi.json' })).json<{ paths: Record<string, object> }>();
  const calls = Object.keys(paths).filter((path) => path.startsWith('/device/v1'));
  expect(calls.sort()).toEqual(
    [
      'blobs/{sha256}',
      'captures/{captureId}',
      'config/{digest}',
      'desired',
      'enroll',
      'log-requests/{logRequestId}',
      'nonce',
      'releases/{digest}',
      'reports',
      'root/{version}',
      'time',
      'token',
    ].map((path) => `/device/v1/${path}`),
  );
});

import type { Hold, Page, ReleaseEligibility, Rollout, Snapshot, StageRollBack } from '@sluice/contracts';
import { applyDeploymentReports, dueRollouts, stepRollout } from '@sluice/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flows, type Promotable, policy, seedDevice, seedPromotable } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let line: Promotable;
let deviceId: string;
beforeAll(async () => {
  api = await startApi();
  deviceId = await seedDevice(api.store, api.owner.organizationId, { name: 'a' });
  line = await seedPromotable(api.owner, { name: 'line', deviceIds: [deviceId] });
});
afterAll(() => api.close());

/** Rollouts go on, and the device does what it is told, until nothing is due. */
async function carryOn(): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const due = await dueRollouts(api.store, new Date(api.clock.now()));
    if (due.length === 0) return;
    for (const id of due) await stepRollout(api.store, id, { releaseSigner: null });
    await api.store.transaction(async (tx) => {
      const told = await tx.query<{ deploymentId: string; attempt: number }>(
        `SELECT d.id AS "deploymentId", d.attempt FROM deployment d WHERE d.device_id = $1 AND d.state = 'offered'`,
        [deviceId],
      );
      const report = { sequence: 1, kind: 'deployment', at: tx.now.toISOString(), state: 'succeeded' } as const;
      await applyDeploymentReports(tx, [{ deviceId, reports: told.map((deployment) => ({ ...report, ...deployment })) }]);
    });
  }
}

it('when a stage is rolled back, the preview says who goes where, and then they do; the release is held for the stage', async () => {
  const path = `/stages/${line.stageId}/roll-back`;
  const nothing = await api.owner.request('POST', path, { reason: 'Why not.' });
  expect(nothing.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  const snapshot = await api.owner.post<Snapshot>(`/applications/${line.application.id}/snapshots`, { flows: [...flows].reverse() });
  const bad = await api.owner.post<{ id: string }>(`/applications/${line.application.id}/releases`, { snapshotId: snapshot.id });
  for (const releaseId of [line.release.id, bad.id]) {
    await api.owner.post<Rollout>('/rollouts', { releaseId, stageId: line.stageId, policy, forecast: false });
    await carryOn();
  }

  const shown = await api.owner.request('POST', `${path}?validateOnly=true`, { reason: 'The scale drifts.' });
  const way = { from: { id: bad.id }, to: { id: line.release.id }, rolloutId: null, devices: { count: 1, devices: [{ id: deviceId }] } };
  expect([shown.status, shown.body]).toMatchObject([200, { groups: [way], holds: [] }]);
  const viewer = await api.caller('viewer');
  expect((await viewer.request('POST', path, { reason: 'I may not.' })).problem.code).toBe('FORBIDDEN');
  expect((await api.stranger.request('POST', path, { reason: 'Not mine.' })).problem.code).toBe('NOT_FOUND');
  expect((await api.owner.request('POST', path, {})).problem.code).toBe('VALIDATION_FAILED');

  const key = { 'idempotency-key': 'incident-7' };
  const answer = await api.owner.request('POST', path, { reason: 'The scale drifts.' }, key);
  const { groups } = answer.body as StageRollBack;
  expect([answer.status, groups]).toMatchObject([202, [{ ...way, rolloutId: expect.any(String) }]]);
  expect(api.advanced).toContain(groups[0]?.rolloutId);
  const again = await api.owner.request('POST', path, { reason: 'The scale drifts.' }, key);
  expect(again.body).toEqual(answer.body);
  const second = await api.owner.request('POST', path, { reason: 'And mine.', to: 'previous' });
  expect(second.problem).toMatchObject({ status: 409, code: 'ROLLOUT_ACTIVE' });
  expect(second.problem.detail).toContain(groups[0]?.rolloutId);
  const holds = await api.owner.get<Page<Hold>>(`/holds?active=true&stageId=${line.stageId}`);
  expect(holds.items).toMatchObject([{ releaseId: bad.id, reason: 'The scale drifts.' }]);

  await carryOn();
  expect(await api.owner.get(`/rollouts/${groups[0]?.rolloutId}`)).toMatchObject({ kind: 'rollback', state: 'succeeded' });
  const eligibility = await api.owner.get<ReleaseEligibility>(`/releases/${bad.id}/eligibility?stageId=${line.stageId}`);
  expect(eligibility.stages[0]?.blockers).toContainEqual(
    expect.objectContaining({ code: 'held', sentence: expect.stringContaining('The scale drifts.') }),
  );
});

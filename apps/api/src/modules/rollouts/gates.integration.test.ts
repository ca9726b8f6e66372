import type { Freeze, Hold, Page, Rollout, RolloutDetail } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Promotable, policy, seedDevice, seedPromotable } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let line: Promotable;
beforeAll(async () => {
  api = await startApi();
  line = await seedPromotable(api.owner, {
    name: 'line',
    deviceIds: [await seedDevice(api.store, api.owner.organizationId, { name: 'a' })],
  });
});
afterAll(() => api.close());

const approval = { required: 1, role: 'operator', creatorExcluded: true } as const;
const promote = (more: object, caller = api.owner) =>
  caller.request('POST', '/rollouts', { releaseId: line.release.id, stageId: line.stageId, ...more });

it('when the policy asks for an approval, the rollout waits for a person who did not create it', async () => {
  const token = await api.caller('operator');
  const rollout = (await promote({ policy: { ...policy, approval } }, token)).body as Rollout;
  expect(rollout.state).toBe('pending_approval');
  expect(await api.owner.get(`/rollouts/${rollout.id}`)).toMatchObject({
    blockers: [{ code: 'pending_approval', sentence: 'The rollout has 0 of 1 approvals.' }],
  });
  const byToken = await token.request('POST', `/rollouts/${rollout.id}/approvals`, {});
  expect(byToken.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  expect((await api.owner.request('POST', `/rollouts/${rollout.id}/approvals`, {})).problem.detail).toMatch(/made the token/);
  const petra = await api.colleague('petra', 'operator');
  const approved = await petra.post<RolloutDetail>(`/rollouts/${rollout.id}/approvals`, { comment: 'Seen on the test bench.' });
  expect(approved.approvals).toEqual([
    expect.objectContaining({ waveIndex: null, person: 'petra', comment: 'Seen on the test bench.', counts: true }),
  ]);
  expect(api.advanced).toContain(rollout.id);
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=rollout&targetId=${rollout.id}`);
  expect(items.map(({ action }) => action)).toEqual(['rollout.approved', 'rollout.created']);
});

it('when the creator approves, or nothing is asked for, it is refused with the way on; a rejection ends it', async () => {
  const own = (await promote({ policy: { ...policy, approval } })).body as Rollout;
  expect((await api.owner.request('POST', `/rollouts/${own.id}/approvals`, {})).problem.detail).toMatch(/ask another person/);
  expect((await api.owner.request('POST', `/rollouts/${own.id}/approvals`, { waveIndex: 0 })).problem.detail).toMatch(/asks for no such/);
  const rejected = await api.owner.request('POST', `/rollouts/${own.id}/actions`, { action: 'reject', reason: 'Not on a Friday.' });
  expect(rejected.body).toMatchObject({ state: 'rejected', reason: 'Not on a Friday.' });
  const plain = (await promote({})).body as Rollout;
  const refused = await api.owner.request('POST', `/rollouts/${plain.id}/actions`, { action: 'reject' });
  expect(refused.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
});

it('when somebody forces the next wave, it needs a reason and a wave at a gate', async () => {
  const rollout = (await promote({})).body as Rollout;
  const act = (body: object) => api.owner.request('POST', `/rollouts/${rollout.id}/actions`, { action: 'advance', ...body });
  expect((await act({ reason: ' ' })).problem).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/reason' }] });
  expect((await act({ reason: 'The line stands still.' })).problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
});

it('when a freeze is declared, it can be listed and lifted once; only owners let a rollout pass', async () => {
  const freeze = await api.owner.post<Freeze>('/freezes', { name: 'Stocktaking', stageId: line.stageId, reason: 'Year end' });
  expect(freeze).toMatchObject({ active: true, endsAt: null, createdBy: 'owner' });
  expect((await api.owner.get<Page<Freeze>>('/freezes?active=true')).items).toEqual([freeze]);
  const operator = await api.caller('operator');
  expect((await promote({ hotfixReason: 'The valve sticks.' }, operator)).problem.code).toBe('FORBIDDEN');
  expect((await promote({ hotfixReason: 'The valve sticks.' })).status).toBe(201);
  expect(await api.owner.post(`/freezes/${freeze.id}/lift`, {})).toMatchObject({ active: false, liftedBy: 'owner' });
  expect((await api.owner.request('POST', `/freezes/${freeze.id}/lift`, {})).problem.code).toBe('STATE_CONFLICT');
  expect((await api.owner.get<Page<Freeze>>('/freezes?active=true')).items).toEqual([]);
  const backwards = { name: 'x', startsAt: '2026-12-24T00:00:00.000Z', endsAt: '2026-12-23T00:00:00.000Z' };
  expect((await api.owner.request('POST', '/freezes', backwards)).problem.code).toBe('VALIDATION_FAILED');
  expect((await api.stranger.request('GET', `/freezes/${freeze.id}`)).problem.code).toBe('NOT_FOUND');
});

it('when a stage is held, the hold can be listed and lifted once, each time with a reason', async () => {
  const held = await api.owner.request('POST', '/holds', { stageId: line.stageId, releaseId: line.release.id });
  expect(held.problem).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  const hold = await api.owner.post<Hold>('/holds', { stageId: line.stageId, releaseId: line.release.id, reason: 'Wrong sensor' });
  expect(hold).toMatchObject({ active: true, createdBy: 'owner', rolloutId: null });
  expect((await api.owner.get<Page<Hold>>(`/holds?active=true&stageId=${line.stageId}`)).items).toEqual([hold]);
  const viewer = await api.caller('viewer');
  expect((await viewer.request('POST', `/holds/${hold.id}/lift`, { reason: 'I want to.' })).problem.code).toBe('FORBIDDEN');
  expect((await api.owner.request('POST', `/holds/${hold.id}/lift`, {})).problem.code).toBe('VALIDATION_FAILED');
  const lifted = await api.owner.post<Hold>(`/holds/${hold.id}/lift`, { reason: 'The sensor was changed.' });
  expect(lifted).toMatchObject({ active: false, liftedBy: 'owner', liftReason: 'The sensor was changed.' });
  expect((await api.owner.request('POST', `/holds/${hold.id}/lift`, { reason: 'again' })).problem.code).toBe('STATE_CONFLICT');
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=hold&targetId=${hold.id}`);
  expect(items.map(({ action }) => action)).toEqual(['hold.lifted', 'hold.placed']);
});

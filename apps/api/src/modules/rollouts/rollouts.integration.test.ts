import type { Deployment, Group, Page, Rollout, RolloutDetail } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Promotable, policy, seedDevice, seedPromotable } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let line: Promotable;
beforeAll(async () => {
  api = await startApi();
  const deviceIds = [
    await seedDevice(api.store, api.owner.organizationId, { name: 'a' }),
    await seedDevice(api.store, api.owner.organizationId, { name: 'b' }),
  ];
  line = await seedPromotable(api.owner, { name: 'line', deviceIds });
});
afterAll(() => api.close());

const promote = (more: object = {}, headers: Record<string, string> = {}) =>
  api.owner.request('POST', '/rollouts', { releaseId: line.release.id, stageId: line.stageId, ...more }, headers);

it('when a release is promoted, a rollout is scheduled, the worker is told, and the ledger knows why', async () => {
  const answer = await promote({ reason: 'New recipe.' });
  const rollout = answer.body as Rollout;
  expect([answer.status, answer.headers['etag']]).toEqual([201, '"1"']);
  expect(rollout).toMatchObject({
    state: 'scheduled',
    kind: 'promotion',
    stageName: 'prod',
    size: 2,
    applicationName: 'line',
    createdBy: 'owner',
  });
  expect(rollout.release).toMatchObject({ id: line.release.id, digest: line.release.digest });
  expect(api.advanced).toContain(rollout.id);
  const { items } = await api.owner.get<Page<{ action: string; reason: string }>>(`/ledger?targetKind=rollout&targetId=${rollout.id}`);
  expect(items).toEqual([expect.objectContaining({ action: 'rollout.created', reason: 'New recipe.' })]);
  const detail = await api.owner.get<RolloutDetail>(`/rollouts/${rollout.id}`);
  expect(detail).toMatchObject({ id: rollout.id, policy, policyVersion: 1 });
  expect((await api.owner.get<Page<Deployment>>(`/rollouts/${rollout.id}/deployments`)).items).toEqual([]);
});

it('when a policy is given, it holds for this rollout only', async () => {
  const own = { ...policy, onBreach: 'roll_back' as const };
  const rollout = (await promote({ policy: own })).body as Rollout;
  expect((await api.owner.get<RolloutDetail>(`/rollouts/${rollout.id}`)).policy.onBreach).toBe('roll_back');
  expect((await api.owner.get<{ policy: { onBreach: string } }>(`/stages/${line.stageId}`)).policy.onBreach).toBe('pause');
  const bad = { ...policy, waves: [...policy.waves, ...policy.waves] };
  expect((await promote({ policy: bad })).problem).toMatchObject({ status: 422, code: 'POLICY_INVALID' });
});

it('when a rollout cannot be, the answer says why and nothing is planned', async () => {
  const other = await seedPromotable(api.owner, { name: 'other line', deviceIds: [] });
  const foreign = await seedPromotable(api.stranger, { name: 'foreign', deviceIds: [] });
  const before = (await api.owner.get<Page<Rollout>>('/rollouts?limit=200')).items.length;
  expect((await promote({ releaseId: other.release.id })).problem).toMatchObject({ status: 409, code: 'RELEASE_INCOMPATIBLE' });
  expect((await promote({ releaseId: other.release.id, stageId: other.stageId })).problem).toMatchObject({
    status: 409,
    code: 'STAGE_EMPTY',
  });
  expect((await promote({ releaseId: foreign.release.id })).problem.code).toBe('NOT_FOUND');
  expect((await promote({ stageId: foreign.stageId })).problem.code).toBe('NOT_FOUND');
  expect((await api.owner.get<Page<Rollout>>('/rollouts?limit=200')).items).toHaveLength(before);
});

it('when the same promotion comes again with its key, it is the same rollout', async () => {
  const key = { 'idempotency-key': 'ci-run-7' };
  const first = (await promote({}, key)).body as Rollout;
  api.advanced.length = 0;
  const again = await promote({}, key);
  expect([again.status, (again.body as Rollout).id]).toEqual([201, first.id]);
  expect(api.advanced).toEqual([]);
  expect((await promote({ reason: 'Another body.' }, key)).problem).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' });
});

it('when rollouts are listed, they are filtered', async () => {
  const ids = async (query: string) =>
    (await api.owner.get<Page<Rollout>>(`/rollouts?limit=200&${query}`)).items.map((rollout) => rollout.id);
  const all = await ids('');
  expect(await ids(`stageId=${line.stageId}`)).toEqual(all);
  expect(await ids(`releaseId=${line.release.id}`)).toEqual(all);
  expect(await ids(`releaseId=${line.stageId}`)).toEqual([]);
  expect(await ids('active=true')).toEqual(all);
  expect(await ids('active=false')).toEqual([]);
  expect(await ids('state=succeeded')).toEqual([]);
  expect(await ids(`applicationId=${line.application.id}&state=scheduled`)).toEqual(all);
});

it('when somebody aborts, the worker is told; a stale version or a wrong moment is refused', async () => {
  const rollout = (await promote()).body as Rollout;
  const act = (action: string, headers = {}) =>
    api.owner.request('POST', `/rollouts/${rollout.id}/actions`, { action, reason: 'Stop.' }, headers);
  expect((await act('resume')).problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  expect((await act('abort', { 'if-match': '"99"' })).problem).toMatchObject({ status: 412, code: 'VERSION_STALE' });
  expect((await act('explode')).problem.code).toBe('VALIDATION_FAILED');
  api.advanced.length = 0;
  const aborted = await act('abort', { 'if-match': `"${rollout.version}"` });
  expect(aborted.status).toBe(202);
  expect((aborted.body as Rollout).version).toBeGreaterThan(rollout.version);
  expect(api.advanced).toEqual([rollout.id]);
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=rollout&targetId=${rollout.id}`);
  expect(items.length).toBeGreaterThan(1);
  expect((await api.stranger.request('POST', `/rollouts/${rollout.id}/actions`, { action: 'pause' })).problem.code).toBe('NOT_FOUND');
});

it('when nobody is left in the groups, there is nothing to promote to', async () => {
  const group = await api.owner.post<Group>('/groups', {
    name: 'pending only',
    deviceIds: [await seedDevice(api.store, api.owner.organizationId, { name: 'p', approval: 'pending' })],
  });
  const stages = [{ name: 'prod', groupIds: [group.id], policy }];
  const pipeline = await api.owner.post<{ stages: { id: string }[] }>(`/applications/${line.application.id}/pipelines`, {
    name: 'second',
    stages,
  });
  expect((await promote({ stageId: pipeline.stages[0]?.id })).problem.code).toBe('STAGE_EMPTY');
});

import type { Application, Group, Page, Pipeline, RolloutPolicy, Stage } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { policy } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let nested: string;
let group: Group;
beforeAll(async () => {
  api = await startApi();
  nested = `/applications/${(await api.owner.post<Application>('/applications', { name: 'line' })).id}/pipelines`;
  group = await api.owner.post<Group>('/groups', { name: 'presses' });
});
afterAll(() => api.close());

const badPolicy: RolloutPolicy = { ...policy, waves: [...policy.waves, ...policy.waves] };
const pipelineNamed = (name: string, stages: object[] = [{ name: 'prod', groupIds: [group.id], policy }]) => ({ name, stages });

it('when a pipeline is made, its stages stand in their order, with their policies', async () => {
  const stages = ['dev', 'staging', 'prod'].map((name) => ({ name, groupIds: [group.id], policy }));
  const pipeline = await api.owner.post<Pipeline>(nested, pipelineNamed('main', stages));
  expect(pipeline.stages.map(({ name, position, policyVersion, version }) => [name, position, policyVersion, version])).toEqual([
    ['dev', 0, 1, 1],
    ['staging', 1, 1, 1],
    ['prod', 2, 1, 1],
  ]);
  expect(await api.owner.get<Pipeline>(`/pipelines/${pipeline.id}`)).toEqual(pipeline);
  expect((await api.owner.get<Page<Pipeline>>(nested)).items).toContainEqual(pipeline);
  const { items } = await api.owner.get<Page<unknown>>(`/ledger?targetKind=pipeline&targetId=${pipeline.id}`);
  expect(items).toHaveLength(1);
});

it('when a name is taken, by a pipeline or by a stage beside it, it is refused and nothing is kept', async () => {
  await api.owner.post(nested, pipelineNamed('taken'));
  expect((await api.owner.request('POST', nested, pipelineNamed('taken'))).problem.code).toBe('NAME_TAKEN');
  const twins = ['same', 'same'].map((name) => ({ name, groupIds: [], policy }));
  expect((await api.owner.request('POST', nested, pipelineNamed('twins', twins))).problem.code).toBe('NAME_TAKEN');
  expect((await api.owner.get<Page<Pipeline>>(nested)).items.map((each) => each.name)).not.toContain('twins');
});

it('when a policy cannot work, the answer points into it', async () => {
  const { problem } = await api.owner.request('POST', nested, pipelineNamed('bad', [{ name: 'prod', groupIds: [], policy: badPolicy }]));
  expect(problem).toMatchObject({ status: 422, code: 'POLICY_INVALID' });
  expect(problem.errors?.[0]?.pointer).toMatch(/^\/stages\/0\/policy\/waves/);
});

it('when a group is another organization’s, it is not found', async () => {
  const foreign = await api.stranger.post<Group>('/groups', { name: 'foreign' });
  const stages = [{ name: 'prod', groupIds: [foreign.id], policy }];
  expect((await api.owner.request('POST', nested, pipelineNamed('foreign', stages))).problem.code).toBe('NOT_FOUND');
});

it('when a stage is changed, it needs the newest version, and a new policy is a new policy version', async () => {
  const pipeline = await api.owner.post<Pipeline>(nested, pipelineNamed('changing'));
  const url = `/stages/${pipeline.stages[0]?.id}`;
  const read = await api.owner.request('GET', url);
  expect(read.headers['etag']).toBe('"1"');
  const changed = await api.owner.request('PATCH', url, { policy: { ...policy, onBreach: 'abort' } }, { 'if-match': '"1"' });
  expect([changed.status, changed.headers['etag']]).toEqual([200, '"2"']);
  expect(changed.body as Stage).toMatchObject({ name: 'prod', policyVersion: 2, groupIds: [group.id], policy: { onBreach: 'abort' } });
  expect((await api.owner.request('PATCH', url, { name: 'x' }, { 'if-match': '"1"' })).problem).toMatchObject({
    status: 412,
    code: 'VERSION_STALE',
  });
  expect((await api.owner.request('PATCH', url, { name: 'x' })).problem.code).toBe('PRECONDITION_REQUIRED');
  expect((await api.owner.request('PATCH', url, { name: 'production' }, { 'if-match': '*' })).body as Stage).toMatchObject({
    name: 'production',
  });
  expect((await api.owner.request('PATCH', url, { policy: badPolicy }, { 'if-match': '*' })).problem.code).toBe('POLICY_INVALID');
});

import type { Application, Group, Page, Pipeline, ReplacedPipeline, Rollout, RolloutPolicy, Stage } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Promotable, policy, seedDevice, seedPromotable } from '../../testing/seed.ts';
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

const noGates = { soakMs: 0, automatic: false };
const window = { recurrence: 'FREQ=WEEKLY;BYDAY=SA', startTime: '02:00', durationMinutes: 120 };
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

type Told = { action: string; entry: string };
const chain = (...names: string[]) => names.map((name) => ({ name, groupIds: [], policy }));
/** Each stage with the names it comes after, in their order. */
const graphOf = ({ stages }: Pipeline): string[] =>
  stages.map(
    ({ name, upstreamStageIds }) => `${name} < ${upstreamStageIds.map((id) => stages.find((each) => each.id === id)?.name).join(' ')}`,
  );
const read = ({ id }: Pipeline) => api.owner.get<Pipeline>(`/pipelines/${id}`);
const stageOf = ({ stages }: Pipeline, name: string): string => `/stages/${stages.find((stage) => stage.name === name)?.id}`;
const anyVersion = { 'if-match': '*' };

it('when stages fan out, they come after what they name, with gates that are checked', async () => {
  const gates = { soakMs: 3_600_000, automatic: true, window: { ...window, timeZone: 'Europe/Vienna' } };
  const [dev, staging, eu, us] = chain('dev', 'staging', 'eu', 'us');
  const made = await api.owner.post<Pipeline>(nested, {
    name: 'fan-out',
    stages: [dev, staging, { ...eu, gates }, { ...us, after: ['staging', 'dev'] }],
  });
  expect(graphOf(made)).toEqual(['dev < ', 'staging < dev', 'eu < staging', 'us < dev staging']);
  expect(made.stages.map((stage) => stage.gates)).toEqual([noGates, noGates, gates, noGates]);
  const refused = (stages: object[]) => api.owner.request('POST', nested, pipelineNamed('bad', stages));
  const cyclic = await refused([
    { ...dev, after: ['eu'] },
    { ...eu, after: ['dev'] },
  ]);
  expect(cyclic.problem).toMatchObject({ status: 422, code: 'PIPELINE_INVALID' });
  expect(cyclic.problem.errors?.map(({ pointer }) => pointer)).toEqual(['/stages/0/after/0', '/stages/1/after/0']);
  const nowhere = await refused([{ ...eu, gates: { ...gates, window: { ...window, timeZone: 'device' } } }]);
  expect(nowhere.problem).toMatchObject({ code: 'PIPELINE_INVALID', errors: [{ pointer: '/stages/0/gates/window/timeZone' }] });
});

it('when a stage is put in front of others, they come after it; when it is deleted, after what it came after', async () => {
  const made = await api.owner.post<Pipeline>(nested, { name: 'growing', stages: chain('dev', 'prod') });
  const add = (stage: object, headers = {}) =>
    api.owner.request('POST', `/pipelines/${made.id}/stages`, { groupIds: [], policy, ...stage }, headers);
  const added = await add({ name: 'staging', before: ['prod'] }, { 'if-match': '"1"' });
  expect([added.status, added.headers['etag'], (added.body as Stage).gates]).toEqual([201, '"1"', noGates]);
  expect(graphOf(await read(made))).toEqual(['dev < ', 'staging < dev', 'prod < staging']);
  expect((await add({ name: 'late' }, { 'if-match': '"1"' })).problem.code).toBe('VERSION_STALE');
  expect((await add({ name: 'staging' })).problem).toMatchObject({ code: 'NAME_TAKEN', errors: [{ pointer: '/name' }] });
  expect((await add({ name: 'x', before: ['nobody'] })).problem.errors).toMatchObject([{ pointer: '/before/0' }]);
  const twisted = await add({ name: 'x', after: ['prod'], before: ['dev'] });
  expect(twisted.problem).toMatchObject({ code: 'PIPELINE_INVALID', errors: [{ pointer: '/after/0' }] });
  const grown = await read(made);
  const url = stageOf(grown, 'staging');
  expect((await api.owner.request('DELETE', url)).problem.code).toBe('PRECONDITION_REQUIRED');
  expect((await api.owner.request('DELETE', url, undefined, { 'if-match': '"7"' })).problem.code).toBe('VERSION_STALE');
  expect((await api.owner.request('DELETE', url, undefined, { 'if-match': '"1"' })).status).toBe(204);
  expect(graphOf(await read(made))).toEqual(['dev < ', 'prod < dev']);
  expect(await api.owner.get<Stage>(url)).toMatchObject({ name: 'staging', deletedAt: expect.any(String) });
  expect((await api.owner.request('PATCH', url, { name: 'y' }, anyVersion)).problem.code).toBe('NOT_FOUND');
  expect((await add({ name: 'staging' })).status).toBe(201);
  const { items } = await api.owner.get<Page<Told>>(`/ledger?targetKind=stage&targetId=${url.split('/').at(-1)}`);
  expect(items.map(({ action }) => action)).toEqual(['stage.deleted', 'stage.created']);
});

it('when a pipeline gets another order, other upstreams and another name, each is in the ledger as before and after', async () => {
  const made = await api.owner.post<Pipeline>(nested, { name: 'ordered', stages: chain('dev', 'staging', 'prod') });
  const url = `/pipelines/${made.id}`;
  const patch = (body: object, version = '*') => api.owner.request('PATCH', url, body, { 'if-match': version });
  const stages = [{ name: 'staging', after: [] }, { name: 'dev', after: ['staging'] }, { name: 'prod' }];
  const changed = await patch({ name: 'reordered', stages }, '"1"');
  expect([changed.status, changed.headers['etag']]).toEqual([200, '"2"']);
  expect(graphOf(changed.body as Pipeline)).toEqual(['staging < ', 'dev < staging', 'prod < staging']);
  expect((await patch({ name: 'again' }, '"1"')).problem.code).toBe('VERSION_STALE');
  const partial = await patch({ stages: [{ name: 'dev' }, { name: 'dev' }, { name: 'other' }] });
  expect(partial.problem.errors?.map(({ pointer }) => pointer)).toEqual(['/stages', '/stages', '/stages/1/name', '/stages/2/name']);
  const cycle = await api.owner.request('PATCH', stageOf(made, 'staging'), { after: ['dev'] }, anyVersion);
  expect(cycle.problem).toMatchObject({ code: 'PIPELINE_INVALID', errors: [{ pointer: '/after/0' }] });
  const toldOf = async (kind: string, id: string) => {
    const { items } = await api.owner.get<Page<Told>>(`/ledger?targetKind=${kind}&targetId=${id}`);
    return items.map(({ entry }) => JSON.parse(Buffer.from(entry, 'base64').toString()));
  };
  expect((await toldOf('pipeline', made.id))[0]).toMatchObject({
    action: 'pipeline.changed',
    before: { name: 'ordered', stages: ['dev', 'staging', 'prod'] },
    after: { name: 'reordered', stages: ['staging', 'dev', 'prod'] },
  });
  const [rewired] = await toldOf('stage', stageOf(made, 'dev').split('/').at(-1) ?? '');
  expect([rewired.action, rewired.before.after, rewired.after.after]).toEqual(['stage.changed', [], ['staging']]);
});

it('when a pipeline is replaced, only what differs changes, and nothing when it is only asked what would', async () => {
  const made = await api.owner.post<Pipeline>(nested, { name: 'declared', stages: chain('dev', 'staging', 'prod') });
  const [dev, prod, lab] = chain('dev', 'prod', 'lab');
  const wanted = { name: 'declared', stages: [dev, { ...lab, after: [] }, { ...prod, after: ['dev', 'lab'] }] };
  const put = (query: string, version: string) =>
    api.owner.request('PUT', `/pipelines/${made.id}${query}`, wanted, { 'if-match': version });
  const preview = (await put('?validateOnly=true', '"1"')).body as ReplacedPipeline;
  expect(preview.changes.map(({ kind, stageName }) => [kind, stageName])).toEqual([
    ['stage_removed', 'staging'],
    ['stage_added', 'lab'],
    ['stage_changed', 'prod'],
  ]);
  expect(preview.pipeline).toEqual(made);
  expect((await put('', '"1"')).body as ReplacedPipeline).toMatchObject({ changes: preview.changes, pipeline: { version: 2 } });
  expect(graphOf(await read(made))).toEqual(['dev < ', 'lab < ', 'prod < dev lab']);
  expect((await put('', '"1"')).problem.code).toBe('VERSION_STALE');
  expect((await put('', '*')).body as ReplacedPipeline).toMatchObject({ changes: [], pipeline: { version: 2 } });
});

/** A promotion of the release that waits for the stage. */
async function seedPromotion(line: Promotable, stageId: string): Promise<string> {
  return api.store.transaction(async (tx) => {
    const id = tx.uuid();
    await tx.execute(
      `insert into promotion (id, organization_id, application_id, release_id, stage_id, state, origin, last_change, created_by, creator_id,
         created_at, changed_at)
       values ($1, $2, $3, $4, $5, 'waiting', 'person', 'owner', 'owner', 'owner', $6, $6)`,
      [id, api.owner.organizationId, line.application.id, line.release.id, stageId, tx.now],
    );
    return id;
  });
}

async function promotionNow(id: string): Promise<{ state: string; reason: string | null; revision: number; told: string[] }> {
  const [row] = await api.store.query<{ state: string; reason: string | null; revision: number }>(
    'select state, reason, revision from promotion where id = $1',
    [id],
  );
  const { items } = await api.owner.get<Page<Told>>(`/ledger?targetKind=promotion&targetId=${id}`);
  if (row === undefined) throw new Error('the promotion is gone');
  return { ...row, told: items.map(({ action }) => action) };
}

it('when a stage has a rollout under way, it is not deleted, nor is its pipeline; when it has ended, history goes on to name it', async () => {
  const device = await seedDevice(api.store, api.owner.organizationId, { name: 'busy press' });
  const line = await seedPromotable(api.owner, { name: 'busy line', deviceIds: [device] });
  const pipeline = await read(line.pipeline);
  const approval = { required: 1, role: 'operator', creatorExcluded: false };
  const target = { releaseId: line.release.id, stageId: line.stageId };
  const rollout = await api.owner.post<Rollout>('/rollouts', { ...target, policy: { ...policy, approval } });
  const remove = (path: string) => api.owner.request('DELETE', path, undefined, anyVersion);
  const busy = await remove(`/pipelines/${pipeline.id}`);
  expect(busy.problem).toMatchObject({ status: 409, code: 'ROLLOUT_ACTIVE', detail: expect.stringContaining(rollout.id) });
  const replaced = { name: 'main', stages: chain('other') };
  const url = `/pipelines/${pipeline.id}?validateOnly=true`;
  expect((await api.owner.request('PUT', url, replaced, anyVersion)).problem.code).toBe('ROLLOUT_ACTIVE');
  await api.owner.post(`/rollouts/${rollout.id}/actions`, { action: 'reject', reason: 'Not now.' });
  expect((await remove(`/stages/${line.stageId}`)).problem).toMatchObject({ code: 'STATE_CONFLICT' });
  expect((await remove(`/pipelines/${pipeline.id}`)).status).toBe(204);
  expect(await api.owner.get<Rollout>(`/rollouts/${rollout.id}`)).toMatchObject({ stageId: line.stageId, stageName: 'prod' });
  expect(await read(pipeline)).toMatchObject({ deletedAt: expect.any(String), stages: [{ name: 'prod' }] });
  expect((await api.owner.get<Page<Pipeline>>(`/applications/${line.application.id}/pipelines`)).items).toEqual([]);
  const again = await api.owner.request('POST', '/rollouts', target);
  expect(again.problem.code).toBe('NOT_FOUND');
  await api.owner.post(`/applications/${line.application.id}/pipelines`, pipelineNamed('main'));
  expect((await api.owner.request('DELETE', `/groups/${line.group.id}`, undefined, anyVersion)).status).toBe(204);
});

it('when a promotion waits for a stage, another order is nothing to it, other gates void its approvals, and it is canceled with the stage', async () => {
  const line = await seedPromotable(api.owner, { name: 'promoted line', deviceIds: [] });
  const added = await api.owner.post<Stage>(`/pipelines/${line.pipeline.id}/stages`, { name: 'after', groupIds: [], policy });
  const [id, elsewhere] = [await seedPromotion(line, added.id), await seedPromotion(line, line.stageId)];
  const patch = (path: string, body: object) => api.owner.request('PATCH', path, body, anyVersion);
  const order = [{ name: 'after' }, { name: 'prod' }];
  expect((await patch(`/pipelines/${line.pipeline.id}`, { stages: order })).status).toBe(200);
  expect((await patch(`/stages/${added.id}`, { name: 'last' })).status).toBe(200);
  expect(await promotionNow(id)).toEqual({ state: 'waiting', reason: null, revision: 1, told: [] });
  const approval = { required: 1, role: 'owner', creatorExcluded: false };
  await patch(`/stages/${added.id}`, { after: [] });
  await patch(`/stages/${added.id}`, { gates: { soakMs: 60_000, automatic: false, approval } });
  const edited = ['promotion.approval_needed', 'promotion.edited', 'promotion.edited'];
  expect(await promotionNow(id)).toMatchObject({ state: 'waiting', revision: 3, told: edited });
  expect((await api.owner.request('DELETE', `/stages/${added.id}`, undefined, anyVersion)).status).toBe(204);
  expect(await promotionNow(id)).toMatchObject({
    state: 'canceled',
    reason: 'The stage "last" was deleted.',
    told: ['promotion.canceled', ...edited],
  });
  expect(await promotionNow(elsewhere)).toMatchObject({ state: 'waiting', revision: 1 });
});

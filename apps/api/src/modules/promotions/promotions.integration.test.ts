import type { Page, Pipeline, PipelineEligibility, Promotion, PromotionDetail, Stage, StageEligibility } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Promotable, policy, seedDevice, seedPromotable } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let line: Promotable;
let stages: Record<string, string>;
const approval = { required: 1, role: 'operator', creatorExcluded: true } as const;

beforeAll(async () => {
  api = await startApi();
  const deviceIds = [await seedDevice(api.store, api.owner.organizationId, { name: 'a' })];
  line = await seedPromotable(api.owner, { name: 'line', deviceIds });
  const { organizationId } = api.owner;
  await api.owner.request('PUT', '/variables', { scope: 'organization', scopeId: organizationId, name: 'PLC_HOST', value: '10.0.0.1' });
  const stage = (name: string, more: object) => ({ name, groupIds: [line.group.id], policy, ...more });
  const pipeline = await api.owner.post<Pipeline>(`/applications/${line.application.id}/pipelines`, {
    name: 'promoted',
    stages: [
      stage('dev', { after: [] }),
      stage('signed', { after: [], gates: { soakMs: 0, automatic: false, approval } }),
      stage('prod', { after: ['dev'] }),
    ],
  });
  stages = Object.fromEntries(pipeline.stages.map(({ name, id }: Stage) => [name, id]));
});
afterAll(() => api.close());

const promote = (stage: string, more: object = {}, caller = api.owner, headers: Record<string, string> = {}) =>
  caller.request('POST', '/promotions', { releaseId: line.release.id, stageId: stages[stage], ...more }, headers);

it('when a release is promoted, it says what blocks it; the same key gives the same promotion, and only an owner lets it pass freezes', async () => {
  const dry = await api.owner.request('POST', '/promotions?validateOnly=true', { releaseId: line.release.id, stageId: stages['prod'] });
  expect([dry.status, dry.body as StageEligibility]).toMatchObject([
    200,
    { isEligible: false, blockers: [{ code: 'upstream_not_deployed' }] },
  ]);
  expect((await api.owner.get<Page<Promotion>>('/promotions')).items).toEqual([]);
  const key = { 'idempotency-key': 'once' };
  const made = (await promote('prod', {}, api.owner, key)).body as PromotionDetail;
  expect((await promote('prod', {}, api.owner, key)).body).toEqual(made);
  expect(made).toMatchObject({ state: 'waiting', blockers: [{ code: 'upstream_not_deployed', about: ['dev'] }], version: 1 });
  expect((await promote('prod')).problem).toMatchObject({ status: 409, code: 'CONFLICT' });
  expect((await promote('prod', { hotfixReason: 'now' }, await api.caller('operator'))).problem.code).toBe('FORBIDDEN');
  const url = `/promotions/${made.id}`;
  expect((await api.stranger.request('GET', url)).problem.code).toBe('NOT_FOUND');
  expect((await api.owner.request('PATCH', url, { priority: 1 })).problem.code).toBe('PRECONDITION_REQUIRED');
  const edited = await api.owner.request('PATCH', url, { priority: 1 }, { 'if-match': '"1"' });
  expect([edited.headers['etag'], edited.body]).toMatchObject(['"2"', { priority: 1, revision: 2 }]);
  const stale = await api.owner.request('POST', `${url}/cancel`, {}, { 'if-match': '"1"' });
  expect(stale.problem).toMatchObject({ status: 412, code: 'VERSION_STALE' });
  expect(stale.problem.detail).toContain('owner edited it');
  expect(await api.owner.post(`${url}/cancel`, { reason: 'not today' })).toMatchObject({ state: 'canceled', reason: 'not today' });
  expect((await api.owner.get<Page<Promotion>>(`/promotions?state=canceled&stageId=${stages['prod']}`)).items).toHaveLength(1);
});

it('when a stage asks for an approval, a person signs it and no token does; then it starts, and the worker hears of the rollout', async () => {
  const token = await api.caller('operator');
  const made = (await promote('signed', { reason: 'nightly' }, token)).body as PromotionDetail;
  expect(made.blockers).toMatchObject([{ code: 'waiting_for_approval', numbers: { approvals: 0, required: 1 } }]);
  const url = `/promotions/${made.id}`;
  expect((await token.request('POST', `${url}/approve`, {})).problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  // The owner made that token: it is no way to be both.
  expect((await api.owner.request('POST', `${url}/approve`, {})).problem.detail).toMatch(/made the token/);
  const petra = await api.colleague('petra', 'operator');
  const approved = await petra.post<PromotionDetail>(`${url}/approve`, { comment: 'Seen on the bench.' });
  expect(approved).toMatchObject({ state: 'started', blockers: [], approvals: [{ person: 'petra', counts: true }] });
  expect(api.advanced).toContain(approved.rolloutId);
  expect((await api.owner.request('POST', `${url}/reject`, {})).problem.code).toBe('STATE_CONFLICT');
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=promotion&targetId=${made.id}`);
  expect(items.map(({ action }) => action).sort()).toEqual([
    'promotion.approval_needed',
    'promotion.approved',
    'promotion.created',
    'promotion.started',
  ]);
});

it('when somebody asks for a pipeline or a release, each stage answers with what is in the way', async () => {
  const [pipeline] = (await api.owner.get<Page<Pipeline>>(`/applications/${line.application.id}/pipelines`)).items;
  const all = await api.owner.get<PipelineEligibility>(`/pipelines/${pipeline?.id}/eligibility?limit=500`);
  expect(all.items.map(({ releaseName, stages: cells }) => [releaseName, cells.map(({ stageName }) => stageName)])).toEqual([
    [line.release.name, ['dev', 'signed', 'prod']],
  ]);
  const one = await api.owner.get(`/releases/${line.release.id}/eligibility?stageId=${stages['dev']}`);
  expect(one).toMatchObject({ releaseId: line.release.id, stages: [{ stageName: 'dev', isEligible: true, promotionId: null }] });
  const other = await seedPromotable(api.stranger, { name: 'other', deviceIds: [] });
  for (const path of [
    `/pipelines/${other.pipeline.id}/eligibility`,
    `/releases/${other.release.id}/eligibility`,
    `/pipelines/${pipeline?.id}/eligibility?stageId=${line.stageId}`,
  ]) {
    expect((await api.owner.request('GET', path)).problem.code).toBe('NOT_FOUND');
  }
  const foreign = await seedPromotable(api.owner, { name: 'foreign', deviceIds: [] });
  expect((await promote('dev', { releaseId: foreign.release.id })).problem.code).toBe('RELEASE_INCOMPATIBLE');
});

import { NO_GATES, type Pipeline, type PipelineChange, type RolloutPolicy, type Stage } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createFakeControlPlane, type FakeAnswer } from '../../testing/fake-control-plane.ts';
import { createMemoryFiles } from '../../testing/memory-files.ts';
import { runInProcess } from '../../testing/run.ts';

const organizationId = '01a202cc-23e8-7068-8f38-6a322d7b8ad0';
const base = `/api/v1/organizations/${organizationId}`;
const idOf = (last: number): string => `01a202d3-981d-7056-bf28-${String(last).padStart(12, '0')}`;
const policy: RolloutPolicy = {
  waves: [{ size: { kind: 'rest' }, threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 }, soakMs: 0 }],
  order: 'name',
  deploymentDeadlineMs: 60_000,
  onBreach: 'pause',
};
const stage = (last: number, name: string, upstreamStageIds: string[]): Stage => ({
  id: idOf(last),
  pipelineId: idOf(1),
  name,
  position: last,
  upstreamStageIds,
  groupIds: [idOf(9)],
  policy,
  policyVersion: 1,
  gates: { ...NO_GATES, approval: { required: 1, role: 'owner', creatorExcluded: true } },
  version: 5,
  deletedAt: null,
});
const pipeline: Pipeline = {
  id: idOf(1),
  applicationId: idOf(0),
  name: 'main',
  version: 7,
  createdAt: '2026-03-01T12:00:00.000Z',
  deletedAt: null,
  stages: [stage(2, 'dev', []), stage(3, 'prod', [idOf(2)])],
};
const change: PipelineChange = {
  kind: 'stage_changed',
  stageName: 'prod',
  before: { policy, groupIds: [idOf(9)] },
  after: { policy: { ...policy, onBreach: 'abort' }, groupIds: [] },
};

async function run(args: string[], answers: Record<string, FakeAnswer> = {}, file: unknown = undefined) {
  const { fetch, seen } = createFakeControlPlane({
    'GET /api/v1/me': { body: { memberships: [{ organizationId, organizationName: 'One', role: 'owner' }] } },
    [`GET ${base}/applications`]: { body: { items: [{ id: idOf(0), name: 'line' }], nextCursor: null } },
    [`GET ${base}/applications/${idOf(0)}/pipelines`]: { body: { items: [pipeline], nextCursor: null } },
    [`GET ${base}/groups`]: { body: { items: [{ id: idOf(9), name: 'presses' }], nextCursor: null } },
    [`GET ${base}/rollouts`]: { body: { items: [], nextCursor: null } },
    [`GET ${base}/promotions`]: { body: { items: [], nextCursor: null } },
    ...answers,
  });
  const files = createMemoryFiles({ '/people/kim/pipeline.json': JSON.stringify(file ?? {}) });
  const outcome = await runInProcess(args, { fetch, files, environment: { SLUICE_URL: 'https://sluice.plant', SLUICE_TOKEN: 'secret' } });
  const writes = seen.filter(({ method }) => method !== 'GET');
  return {
    ...outcome,
    writes: writes.map(({ method, path, headers }) => [method, path.replace(base, ''), headers.get('if-match')]),
    sent: writes.at(-1)?.body,
  };
}

const apply = ['pipeline', 'apply', '-f', '/people/kim/pipeline.json'];
const put = `/pipelines/${idOf(1)}`;
const answering = (changes: PipelineChange[]) => ({ [`PUT ${base}${put}`]: { body: { pipeline, changes } } });

it('when a manifest is printed and applied again, the same is asked for, and nothing is done if nothing differs', async () => {
  const { stdout } = await run(['pipeline', 'get', 'line/main', '--manifest']);
  const { stdout: json } = await run(['pipeline', 'get', 'line/main', '--manifest', '-o', 'json']);
  expect(parse(stdout)).toEqual(JSON.parse(json));
  const same = await run(apply, answering([]), parse(stdout));
  const gates = { ...NO_GATES, approval: { required: 1, role: 'owner', creatorExcluded: true } };
  expect(same.sent).toEqual({
    name: 'main',
    stages: [
      { name: 'dev', after: [], groupIds: [idOf(9)], gates, policy },
      { name: 'prod', after: ['dev'], groupIds: [idOf(9)], gates, policy },
    ],
  });
  expect([same.exitCode, same.writes]).toEqual([0, [['PUT', `${put}?validateOnly=true`, '"7"']]]);
});

it('when something differs, it is shown part by part; a dry run ends with 3, and only a yes does it, for the version that was shown', async () => {
  const file = { app: 'line', name: 'main', stages: [{ name: 'prod', groups: [], policy }] };
  const dry = await run([...apply, '--dry-run'], answering([change]), file);
  expect([dry.exitCode, dry.writes.length]).toEqual([3, 1]);
  expect(dry.stdout).toBe('~ stage prod\n    groups  presses → nothing\n    policy.onBreach  "pause" → "abort"\n');
  expect((await run(apply, answering([change]), file)).exitCode).toBe(2);
  const done = await run([...apply, '--yes'], answering([change]), file);
  expect([done.exitCode, done.writes[1]]).toEqual([0, ['PUT', put, '"7"']]);
});

it('when a pipeline is not there yet, it is made; when its file is wrong, each bad place is told and nothing is sent', async () => {
  const made = { [`POST ${base}/applications/${idOf(0)}/pipelines`]: { body: pipeline } };
  const file = {
    name: 'other',
    stages: [
      { name: 'dev', groups: ['presses'], policy },
      { name: 'prod', groups: [], policy },
    ],
  };
  const created = await run([...apply, '--app', 'line', '--yes'], made, file);
  expect(created.writes).toEqual([['POST', `/applications/${idOf(0)}/pipelines`, null]]);
  expect(created.stdout).toMatch(/\+ pipeline line\/other[\s\S]*\+ stage prod\n {4}after {2}dev/);
  const cyclic = { ...file, stages: file.stages.map((each) => ({ ...each, after: ['dev'] })) };
  expect((await run([...apply, '--app', 'line', '--yes'], made, cyclic)).stderr).toContain('/stages/0/after/0');
  const wrong = await run([...apply, '--yes'], made, { nam: 'x', stages: [{ name: 'dev', group: [], policy }] });
  expect(wrong.exitCode).toBe(2);
  for (const pointer of ['/nam:', '/name:', '/stages/0/group:', '/stages/0/groups:']) expect(wrong.stderr).toContain(pointer);
  const lost = await run([...apply, '--app', 'line', '--yes'], made, { ...file, stages: [{ ...file.stages[0], groups: ['pres'] }] });
  expect([lost.exitCode, lost.stderr]).toEqual([5, expect.stringContaining('Candidates: presses')]);
});

it('when gates of a stage are set, those that are not named stay, and the version that was seen is named', async () => {
  const answers = { [`PATCH ${base}/stages/${idOf(3)}`]: { body: stage(3, 'prod', [idOf(2)]) } };
  const set = (...more: string[]) => run(['stage', 'set', 'line/prod', ...more], answers);
  const soaked = await set('--soak', '2h', '--automatic');
  const approval = { required: 1, role: 'owner', creatorExcluded: true };
  expect([soaked.sent, soaked.writes]).toEqual([
    { gates: { soakMs: 7_200_000, automatic: true, approval } },
    [['PATCH', `/stages/${idOf(3)}`, '"5"']],
  ]);
  expect((await set('--approvals', '0', '--first', '--group', 'presses')).sent).toEqual({
    after: [],
    groupIds: [idOf(9)],
    gates: NO_GATES,
  });
  expect((await set('--approvals', '2', '--creator-allowed')).sent).toEqual({
    gates: { ...NO_GATES, approval: { ...approval, required: 2, creatorExcluded: false } },
  });
  expect((await set()).exitCode).toBe(2);
  expect((await set('--automatic', '--manual')).exitCode).toBe(2);
  expect(soaked.stdout).toMatch(/After +dev\n[\s\S]*Approval +1 owner, not the creator/);
});

it('when a stage is asked for, it says what is there, what was tried last and what waits', async () => {
  const rollout = (last: number, name: string, state: string) => ({
    ...{ id: idOf(last), applicationName: 'line', release: { name }, state },
    ...{ createdAt: pipeline.createdAt, startedAt: null, finishedAt: null },
  });
  const items = [rollout(12, 'v4', 'aborted'), rollout(11, 'v3', 'completed_with_failures'), rollout(10, 'v2', 'succeeded')];
  const waiting = { id: idOf(13), applicationName: 'line', releaseName: 'v5', createdBy: 'kim' };
  const answers = {
    [`GET ${base}/rollouts`]: { body: { items, nextCursor: null } },
    [`GET ${base}/promotions`]: { body: { items: [waiting], nextCursor: null } },
  };
  const { stdout } = await run(['stage', 'get', 'prod'], answers);
  expect(stdout).toMatch(/Release there +line\/v3, completed with failures/);
  expect(stdout).toMatch(/Newest rollout +line\/v4, aborted/);
  expect(stdout).toMatch(/Waits to come +line\/v5, by kim/);
  const { stdout: json } = await run(['stage', 'get', 'prod', '-o', 'json'], answers);
  expect(JSON.parse(json)).toMatchObject({ name: 'prod', upstreams: ['dev'], there: { id: idOf(11) }, waiting: { id: idOf(13) } });
});

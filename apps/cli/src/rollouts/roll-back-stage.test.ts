import type { Rollout, RolloutDetail, StageRollBack } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { createFakeControlPlane } from '../testing/fake-control-plane.ts';
import { instantClock, runInProcess } from '../testing/run.ts';

const organization = '01a00000-0000-7000-8000-000000000001';
const base = `/api/v1/organizations/${organization}`;
const [stageId = '', applicationId = '', rolloutId = '', endedId = ''] = [2, 3, 4, 5].map((n) => `01a00000-0000-7000-8000-00000000000${n}`);
const page = (...items: unknown[]) => ({ body: { items, nextCursor: null } });
const release = (name: string, counter: number) => ({ id: name, name, digest: '', counter, applicationId, applicationName: 'line' });

const rollout = (id: string, values: Partial<RolloutDetail>): RolloutDetail => ({
  ...{
    id,
    applicationId,
    applicationName: 'line',
    release: release('v3', 3),
    stageId,
    stageName: 'prod',
    kind: 'promotion',
    rollbackOf: null,
  },
  ...{ state: 'aborted', reason: null, size: 3, counts: { succeeded: 2 }, createdBy: 'Ada', createdAt: '2026-01-01T00:00:00.000Z' },
  ...{ startedAt: null, finishedAt: null, version: 1, startAt: null, priority: 0, hotfixReason: null, approvals: [], policyVersion: 1 },
  policy: { waves: [], order: 'name', deploymentDeadlineMs: 60_000, onBreach: 'pause' },
  ...{ waves: [], blockers: [], measurements: [], decisions: [] },
  ...values,
});

function rollBack({ isDone }: { isDone: boolean }): StageRollBack {
  const devices = { count: 6, devices: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ id: name, name })) };
  const way = { from: release('v3', 3), to: release('v2', 2), stageId, stageName: 'prod', devices };
  return {
    stageId,
    stageName: 'prod',
    left: [release('v3', 3)],
    ended: rollout(endedId, { state: isDone ? 'aborting' : 'running' }) as Rollout,
    groups: [{ ...way, rolloutId: isDone ? rolloutId : null }],
    changing: { count: 1, devices: [{ id: 'g', name: 'g' }] },
    withoutPrevious: { count: 1, devices: [{ id: 'new', name: 'new' }] },
    holds: isDone ? [{ id: 'h' } as StageRollBack['holds'][number]] : [],
    freeze: { name: 'Year end', until: null },
  };
}

const stage = { id: stageId, name: 'prod', position: 0, groupIds: [], upstreamStageIds: [], version: 1 };
const answers = {
  'GET /api/v1/me': { body: { memberships: [{ organizationId: organization, organizationName: 'Main', role: 'owner' }] } },
  [`GET ${base}/applications`]: page({ id: applicationId, name: 'line' }),
  [`GET ${base}/applications/${applicationId}/pipelines`]: page({ id: 'p', applicationId, name: 'main', stages: [stage] }),
  [`GET ${base}/groups`]: page(),
};

async function run(...args: string[]) {
  const { fetch, seen } = createFakeControlPlane({
    ...answers,
    [`POST ${base}/stages/${stageId}/roll-back`]: { body: rollBack({ isDone: args.includes('--yes') }) },
    [`GET ${base}/rollouts/${endedId}`]: { body: rollout(endedId, {}) },
    [`GET ${base}/rollouts`]: page(rollout(rolloutId, { rollbackOf: endedId, kind: 'rollback' })),
    [`GET ${base}/rollouts/${rolloutId}`]: { body: rollout(rolloutId, { kind: 'rollback', state: 'succeeded', counts: { succeeded: 6 } }) },
  });
  const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'x' };
  const outcome = await runInProcess(['stage', 'roll-back', 'line/prod', ...args], { environment, fetch, clock: instantClock() });
  return { ...outcome, sent: seen.filter(({ method }) => method !== 'GET') };
}

it('when it is only tried, it says who would go where and who would stay, and asks for nothing', async () => {
  const { exitCode, stdout, sent } = await run('--reason', 'Drift', '--dry-run');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/prod: 6 devices would go back from v3\. Nothing was written\./);
  expect(stdout).toMatch(/v3 +v2 +prod +6 +a, b, c, d, e, … +–/);
  expect(stdout).toMatch(/1 device ran no other release well and would stay: new\./);
  expect(stdout).toMatch(/"Year end".*keeps no device from going back/);
  expect(sent.map(({ path }) => path)).toEqual([expect.stringContaining('validateOnly=true')]);
});

it('when nobody can be asked, it does nothing without --yes; with it, it says what is on its way', async () => {
  expect(await run('--reason', 'Drift')).toMatchObject({ exitCode: 2, sent: [{}] });
  const { exitCode, stdout, sent } = await run('--reason', 'Drift', '--yes');
  expect([exitCode, sent.map(({ body }) => body)]).toEqual([0, [{ reason: 'Drift' }]]);
  expect(stdout).toMatch(/6 devices go back from v3\./);
  expect(stdout).toMatch(/Held for prod until somebody lifts the hold: v3\./);
  expect((await run('--reason', 'Drift', '--yes', '-o', 'name')).stdout).toBe(`${rolloutId}\n`);
});

it('when it waits, it is done when the rollout has ended and every rollback has', async () => {
  const { exitCode, stdout } = await run('--reason', 'Drift', '--yes', '--wait', '-o', 'json');
  expect(exitCode).toBe(0);
  expect((JSON.parse(stdout) as Rollout[]).map(({ id, state }) => [id, state])).toEqual([
    [endedId, 'aborted'],
    [rolloutId, 'succeeded'],
  ]);
});

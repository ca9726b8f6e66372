import type { PromotionBlocker, PromotionBlockerCode, PromotionDetail, RolloutDetail } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer, problem } from '../testing/fake-control-plane.ts';
import { runInProcess } from '../testing/run.ts';

const [organizationId, applicationId, releaseId, stageId, id, rolloutId] = [1, 2, 3, 4, 5, 6].map(
  (digit) => `01a202cc-23e8-7068-8f38-6a322d7b8ad${digit}`,
) as [string, string, string, string, string, string];
const base = `/api/v1/organizations/${organizationId}`;
const me = { kind: 'token', id, name: 'ci', email: null, memberships: [{ organizationId, organizationName: 'One', role: 'operator' }] };
const at = '2026-11-22T10:00:00.000Z';

const blocker = (code: PromotionBlockerCode): PromotionBlocker => ({
  code,
  sentence: `${code}.`,
  unblock: 'So.',
  until: null,
  about: [],
  numbers: {},
});
const waiting = (...codes: PromotionBlockerCode[]): PromotionDetail => ({
  id,
  applicationId,
  applicationName: 'line',
  pipelineId: id,
  releaseId,
  releaseName: 'v3',
  stageId,
  stageName: 'prod',
  state: 'waiting',
  origin: 'person',
  startAt: null,
  priority: 0,
  hotfixReason: null,
  hasOwnPolicy: false,
  supersede: false,
  revision: 2,
  rolloutId: null,
  reason: null,
  lastChange: 'Kim created it',
  createdBy: 'Kim',
  createdAt: at,
  changedAt: at,
  finishedAt: null,
  nextLookAt: null,
  version: 4,
  approvals: [],
  blockers: codes.map(blocker),
});
const started: PromotionDetail = { ...waiting(), state: 'started', rolloutId, finishedAt: at };
const eligibility = (...codes: PromotionBlockerCode[]) => ({
  ...{ stageId, stageName: 'prod', isEligible: codes.length === 0, blockers: codes.map(blocker), lookAgainAt: null },
  ...{ promotionId: null, rolloutId: null, rolloutState: null },
});
const rollout = (state: RolloutDetail['state']): Partial<RolloutDetail> => ({
  id: rolloutId,
  applicationId,
  applicationName: 'line',
  release: { id: releaseId, name: 'v3', digest: '', counter: 3, applicationId, applicationName: 'line' },
  stageName: 'prod',
  kind: 'promotion',
  reason: null,
  rollbackOf: null,
  startedAt: at,
  finishedAt: null,
  state,
  counts: {},
  decisions: [],
  blockers: [],
  waves: [],
  createdAt: at,
  createdBy: 'Kim',
});

const post = `POST ${base}/promotions`;
const get = `GET ${base}/promotions/${id}`;
const known = {
  'GET /api/v1/me': { body: me },
  [`GET ${base}/releases/${releaseId}`]: { body: { id: releaseId, applicationId, name: 'v3' } },
  [`GET ${base}/applications/${applicationId}`]: { body: { id: applicationId, name: 'line' } },
  [`GET ${base}/stages/${stageId}`]: { body: { id: stageId, name: 'prod' } },
  [`GET ${base}/rollouts`]: { body: { items: [], nextCursor: null } },
};
const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'secret-token' };

async function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]>, options: Parameters<typeof runInProcess>[1] = {}) {
  const { fetch, seen } = createFakeControlPlane({ ...known, ...answers });
  return { ...(await runInProcess(args, { environment, fetch, ...options })), seen };
}
const promote = (args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]>) =>
  run(['promote', releaseId, '--to', stageId, ...args], answers);

describe('promote', () => {
  it('when nobody waits, it says what was made and what blocks it', async () => {
    const outcome = await promote(['--reason', 'nightly'], { [post]: { status: 201, body: waiting('upstream_soaking') } });
    expect([outcome.exitCode, outcome.stdout]).toEqual([0, expect.stringContaining('upstream_soaking.')]);
    expect(outcome.seen.find(({ method }) => method === 'POST')?.body).toEqual({ releaseId, stageId, reason: 'nightly' });
  });

  it.each<[string, PromotionDetail[], RolloutDetail['state'], number]>([
    ['its rollout succeeds', [waiting('upstream_soaking'), started], 'succeeded', 0],
    ['its rollout fails', [started], 'failed', 7],
    ['its rollout is replaced', [started], 'superseded', 6],
    ['its rollout goes on after the timeout', [started], 'running', 8],
    ['it is rejected', [waiting('waiting_for_approval'), { ...waiting(), state: 'rejected', reason: 'not now' }], 'failed', 7],
    ['a newer promotion takes its place', [{ ...waiting(), state: 'superseded' }], 'failed', 6],
    ['only a person can help', [waiting('upstream_soaking'), waiting('policy_blocked')], 'failed', 7],
    ['it waits longer than that', [waiting('outside_window')], 'failed', 8],
  ])('when it waits and %s, the exit code says so', async (_what, looks, state, exitCode) => {
    const outcome = await promote(['--wait', '--timeout', '30s'], {
      [post]: { status: 201, body: waiting('upstream_soaking') },
      [get]: looks.map((body) => ({ body })),
      [`GET ${base}/rollouts/${rolloutId}`]: { body: rollout(state) },
    });
    expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
    expect(outcome.stderr.match(/Waits: upstream_soaking/g)).toHaveLength(1);
  });

  it('when the release is there already, there is nothing to do; another conflict is one', async () => {
    const conflict = { status: 409, body: problem(409, 'STATE_CONFLICT', 'no') };
    const there = await promote(['--wait'], { [post]: [conflict, { body: eligibility('already_there') }] });
    expect([there.exitCode, there.stderr]).toEqual([0, expect.stringContaining('nothing to do')]);
    expect((await promote([], { [post]: [conflict, { body: eligibility('older_than_running') }] })).exitCode).toBe(6);
    expect((await promote([], { [post]: { status: 409, body: problem(409, 'CONFLICT', 'another waits') } })).exitCode).toBe(6);
  });

  it.each<[PromotionBlockerCode[], number]>([
    [[], 0],
    [['already_there', 'waiting_for_approval'], 0],
    [['outside_window'], 8],
    [['outside_window', 'held'], 7],
  ])('when it is tried out and in the way is %j, the exit code is %i, and nothing is made', async (codes, exitCode) => {
    const preview = { [`POST ${base}/rollouts`]: { status: 409, body: problem(409, 'STAGE_EMPTY', 'nobody is there') } };
    const outcome = await promote(['--dry-run', '-o', 'json'], { [post]: { body: eligibility(...codes) }, ...preview });
    expect([outcome.exitCode, JSON.parse(outcome.stdout)]).toEqual([exitCode, { eligibility: eligibility(...codes), preview: null }]);
    expect(outcome.seen.filter(({ method }) => method === 'POST').every(({ path }) => path.includes('validateOnly=true'))).toBe(true);
  });
});

describe('approve', () => {
  const answers = {
    [get]: { body: waiting('waiting_for_approval') },
    'POST /api/v1/sessions': { body: { ...me, kind: 'person' }, headers: { 'set-cookie': 'sluice_session=abc; Path=/' } },
    'DELETE /api/v1/sessions/current': { status: 204 },
    [`POST ${base}/promotions/${id}/approve`]: { body: { ...waiting(), approvals: [{ person: 'Kim', comment: '', at, counts: true }] } },
  };
  it('when a person signs, it is for the version that they were shown, with a session of their own', async () => {
    const terminal = { typed: ['kim@example.org', 'a long password'], columns: 100 };
    const outcome = await run(['approve', id, '--comment', 'tested'], answers, { terminal });
    expect([outcome.exitCode, outcome.stderr]).toEqual([0, expect.stringContaining('You approve the promotion of line/v3 to prod')]);
    const signed = outcome.seen.find(({ path }) => path.endsWith('/approve'));
    expect([signed?.headers.get('if-match'), signed?.headers.get('cookie'), signed?.headers.get('authorization')]).toEqual([
      '"4"',
      'sluice_session=abc',
      null,
    ]);
  });
  it('when nobody is there, nothing is signed; a dry run is not offered', async () => {
    expect((await run(['approve', id], answers)).exitCode).toBe(2);
    expect((await run(['approve', id, '--dry-run'], answers)).exitCode).toBe(2);
  });
});

describe('explain', () => {
  it('when a promotion waits, what blocks it is said with what would change that', async () => {
    const { stdout } = await run(['explain', 'promotion', id], { [get]: { body: waiting('frozen') } });
    expect(stdout).toContain('- frozen. [frozen]\n  What would change that: So.');
    expect((await run(['explain', 'promotion', id, '-o', 'name'], { [get]: { body: waiting('frozen') } })).stdout).toBe('frozen\n');
  });
  it('when a release is asked about, names are the stages that it may go into', async () => {
    const there = { ...eligibility('already_there', 'frozen'), stageName: 'third' };
    const stages = [eligibility(), { ...eligibility('held'), stageName: 'other' }, there];
    const answers = {
      [`GET ${base}/releases/${releaseId}/eligibility`]: { body: { releaseId, releaseName: 'v3', releaseCounter: 3, stages } },
    };
    expect((await run(['explain', 'release', releaseId, '-o', 'name'], answers)).stdout).toBe('prod\n');
    const { stdout } = await run(['explain', 'release', releaseId], answers);
    expect(stdout).toContain('other: not yet.\n- held. [held]');
    expect(stdout).toMatch(/third +is there/);
    expect(stdout).not.toContain('frozen');
  });
});

it('when a promotion is called off, somebody says yes to that first', async () => {
  const answers = { [`POST ${base}/promotions/${id}/cancel`]: { body: { ...waiting(), state: 'canceled' } } };
  expect((await run(['promotion', 'cancel', id], answers)).exitCode).toBe(2);
  const done = await run(['promotion', 'cancel', id, '--yes', '--reason', 'wrong'], answers);
  expect([done.exitCode, done.seen.at(-1)?.body]).toEqual([0, { reason: 'wrong' }]);
});

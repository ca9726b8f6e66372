import type { DisruptionBudgetDetail, Freeze, Hold, RolloutDetail } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer, problem } from '../testing/fake-control-plane.ts';
import { instantClock, type RunOptions, runInProcess } from '../testing/run.ts';

const organizationId = '01a202cc-23e8-7068-8f38-6a322d7b8ad0';
const id = '01a202d3-981d-7056-bf28-0cd6826e8613';
const base = `/api/v1/organizations/${organizationId}`;
const page = (...items: unknown[]) => ({ body: { items, nextCursor: null } });
// Commands begin at 2026-01-01T00:00:00Z.
const freeze: Freeze = {
  id,
  stageId: null,
  name: 'Year end',
  startsAt: '2025-12-24T12:00:00.000Z',
  endsAt: null,
  createdBy: 'Ada',
  createdAt: '2025-12-01T12:00:00.000Z',
  liftedAt: null,
  liftedBy: null,
  active: true,
};
const budget: DisruptionBudgetDetail = {
  id,
  name: 'Sites',
  matchLabels: { line: 'packing' },
  perLabel: 'site',
  maximumUnavailable: { count: 10, unit: 'percent' },
  createdAt: '2025-12-01T12:00:00.000Z',
  version: 4,
  use: [{ value: 'ulm', devices: 20, unavailable: 2, allowed: 2 }],
};
const wave = { size: { kind: 'rest' }, threshold: { successPercent: 90, errorPercent: 10, minimumSample: 1 }, soakMs: 0 } as const;
const rollout: RolloutDetail = {
  id,
  applicationId: id,
  applicationName: 'line',
  release: { id, name: 'v3', digest: 'a', counter: 3, applicationId: id, applicationName: 'line' },
  stageId: id,
  stageName: 'prod',
  kind: 'promotion',
  rollbackOf: null,
  state: 'pending_approval',
  reason: null,
  size: 4,
  counts: { scheduled: 4 },
  createdBy: 'Ada',
  createdAt: '2025-12-01T12:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  version: 1,
  startAt: '2026-01-02T00:00:00.000Z',
  priority: 7,
  hotfixReason: 'CVE-2026-1',
  approvals: [{ waveIndex: 0, person: 'Grace', comment: 'fine', at: '2026-01-01T00:00:00.000Z', counts: true }],
  policy: {
    waves: [{ ...wave, approval: { required: 2, role: 'operator', creatorExcluded: true } }],
    order: 'name',
    deploymentDeadlineMs: 60_000,
    onBreach: 'pause',
  },
  policyVersion: 2,
  waves: [],
  blockers: [],
  measurements: [],
  decisions: [],
};

async function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]>, options: RunOptions = {}) {
  const { fetch, seen } = createFakeControlPlane({
    'GET /api/v1/me': { body: { memberships: [{ organizationId, organizationName: 'One', role: 'owner' }] } },
    ...answers,
  });
  const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'x', SLUICE_PASSWORD: 'not this one' };
  const outcome = await runInProcess(args, { environment, fetch, clock: instantClock(), ...options });
  return { ...outcome, seen, sent: seen.findLast(({ method }) => method !== 'GET') };
}

describe('freezes', () => {
  it('when one is declared, times may be given with an offset or from now, and times that could mean two things are refused', async () => {
    const answers = { [`POST ${base}/freezes`]: { status: 201, body: freeze } };
    const args = ['freeze', 'declare', 'Year end', '--from', '2h', '--until', '2026-01-07T06:00:00+01:00', '--reason', 'nobody is here'];
    const declared = await run(args, answers);
    const times = { startsAt: '2026-01-01T02:00:00.000Z', endsAt: '2026-01-07T05:00:00.000Z' };
    expect([declared.exitCode, declared.sent?.body]).toEqual([0, { name: 'Year end', ...times, reason: 'nobody is here' }]);
    expect(declared.stdout).toMatch(/Year end[\s\S]*holds[\s\S]*everywhere/);
    for (const until of ['2026-01-07 06:00', '2026-01-07T06:00:00', '2026-13-07T06:00:00Z', '3', '2025-12-31T23:59:59Z']) {
      expect(await run(['freeze', 'declare', 'x', '--until', until], answers)).toMatchObject({ exitCode: 2, seen: [] });
    }
  });

  it('when one is lifted by its name, those that are over do not count, and two of a name have to be told apart', async () => {
    const lifted = { ...freeze, active: false, liftedAt: '2026-01-01T00:00:00.000Z', liftedBy: 'Ada' };
    const answers = { [`POST ${base}/freezes/${id}/lift`]: { body: lifted } };
    const one = await run(['freeze', 'lift', 'Year end', '--reason', 'back'], { ...answers, [`GET ${base}/freezes`]: page(freeze) });
    expect([one.exitCode, one.sent?.body]).toEqual([0, { reason: 'back' }]);
    expect(one.seen.find(({ path }) => path.includes('/freezes?'))?.path).toContain('active=true');
    const two = { ...answers, [`GET ${base}/freezes`]: page(freeze, { ...freeze, id: organizationId }) };
    expect(await run(['freeze', 'lift', 'Year end'], two)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(id) });
  });
});

describe('holds', () => {
  it('when one is lifted, it takes a reason, and what is shown says where, what and why', async () => {
    const hold: Hold = {
      id,
      stageId: id,
      releaseId: null,
      rolloutId: null,
      reason: 'Audit week',
      createdBy: 'Ada',
      createdAt: '2025-12-01T12:00:00.000Z',
      liftedAt: null,
      liftedBy: null,
      liftReason: null,
      active: true,
    };
    const answers = { [`GET ${base}/holds`]: page(hold), [`GET ${base}/applications`]: page() };
    const listed = await run(['hold', 'list', '--active'], answers);
    expect(listed.stdout).toMatch(/holds[\s\S]*every release[\s\S]*Audit week/);
    expect(listed.seen.find(({ path }) => path.includes('/holds?'))?.path).toContain('active=true');
    const lift = { ...answers, [`POST ${base}/holds/${id}/lift`]: { body: { ...hold, active: false } } };
    expect(await run(['hold', 'lift', id], lift)).toMatchObject({ exitCode: 2, seen: [] });
    expect((await run(['hold', 'lift', id, '--reason', 'done'], lift)).sent?.body).toEqual({ reason: 'done' });
  });
});

describe('disruption budgets', () => {
  const answers = { [`GET ${base}/disruption-budgets`]: page(budget), [`GET ${base}/disruption-budgets/${id}`]: { body: budget } };

  it('when one is created, shares and numbers are told apart', async () => {
    const created = { [`POST ${base}/disruption-budgets`]: { status: 201, body: budget } };
    const args = ['budget', 'create', 'Sites', '--max', '10%', '--match', 'line=packing', '--per', 'site', '-o', 'name'];
    const { stdout, sent } = await run(args, created);
    expect([stdout, sent?.body]).toEqual([
      'Sites\n',
      { name: 'Sites', maximumUnavailable: { count: 10, unit: 'percent' }, matchLabels: { line: 'packing' }, perLabel: 'site' },
    ]);
    expect((await run(['budget', 'create', 'x', '--max', '3'], created)).sent?.body).toMatchObject({
      maximumUnavailable: { count: 3, unit: 'devices' },
    });
    for (const more of [[], ['--max', '0'], ['--max', '1.5'], ['--max', '1', '--match', 'line']]) {
      expect(await run(['budget', 'create', 'x', ...more], created)).toMatchObject({ exitCode: 2, seen: [] });
    }
  });

  it('when one is changed, what is not named stays, and the version that was read is the one that is changed', async () => {
    const put = { ...answers, [`PUT ${base}/disruption-budgets/${id}`]: { body: budget } };
    const { sent } = await run(['budget', 'set', 'Sites', '--max', '2', '--together'], put);
    const { name, matchLabels } = budget;
    expect(sent?.body).toEqual({ name, matchLabels, perLabel: null, maximumUnavailable: { count: 2, unit: 'devices' } });
    expect(sent?.headers.get('if-match')).toBe('"4"');
  });

  it('when one is shown, what is used of it stands there; when it is deleted, somebody has said yes', async () => {
    expect((await run(['budget', 'show', 'Sites'], answers)).stdout).toMatch(/10% unavailable[\s\S]*Used now[\s\S]*ulm +20 +2 +2/);
    expect(await run(['budget', 'delete', 'Sites'], answers)).toMatchObject({ exitCode: 2, sent: undefined });
    const deleted = { ...answers, [`DELETE ${base}/disruption-budgets/${id}`]: { status: 204 } };
    expect(await run(['budget', 'delete', 'Sites', '--yes'], deleted)).toMatchObject({ exitCode: 0, sent: { method: 'DELETE' } });
  });
});

describe('approvals', () => {
  const rolloutPath = `${base}/rollouts/${id}`;
  const signedIn: Record<string, FakeAnswer> = {
    [`GET ${rolloutPath}`]: { body: rollout },
    'POST /api/v1/sessions': { status: 201, body: { memberships: [] }, headers: { 'set-cookie': 'sluice_session=s3; Path=/' } },
    'DELETE /api/v1/sessions/current': { status: 204 },
  };

  it('when a person approves a wave, they sign with e-mail address and password at that moment, and the session ends', async () => {
    const answers = { ...signedIn, [`POST ${rolloutPath}/approvals`]: { body: rollout } };
    const terminal = { typed: ['grace@example.com', 'typed now'], columns: 120 };
    const outcome = await run(['rollout', 'approve', id, '--wave', '1', '--comment', 'fine'], answers, { terminal });
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stderr).toContain('You approve wave 1 of line/v3 to prod as it is now (1 of 2 so far).');
    const [signIn, approval, signOut] = outcome.seen.filter(({ method }) => method !== 'GET');
    expect(signIn?.body).toEqual({ email: 'grace@example.com', password: 'typed now' });
    expect([approval?.body, approval?.headers.get('cookie'), approval?.headers.get('authorization')]).toEqual([
      { waveIndex: 0, comment: 'fine' },
      'sluice_session=s3',
      null,
    ]);
    expect([signOut?.method, signOut?.headers.get('cookie')]).toEqual(['DELETE', 'sluice_session=s3']);
    expect(outcome.stdout).toMatch(/Priority.* {2}7\n[\s\S]*CVE-2026-1[\s\S]*Approvals[\s\S]*wave 1 +Grace/);
  });

  it('when it is refused, the exit code says conflict and the session ends all the same', async () => {
    const refused = problem(409, 'STATE_CONFLICT', 'Whoever created the rollout cannot approve it: ask another person.');
    const answers = { ...signedIn, [`POST ${rolloutPath}/approvals`]: { status: 409, body: refused } };
    const outcome = await run(['rollout', 'approve', id], answers, { terminal: { typed: ['a@b.c', 'p'], columns: 80 } });
    expect([outcome.exitCode, outcome.sent?.method]).toEqual([6, 'DELETE']);
    expect(outcome.stderr).toContain('ask another person');
  });

  it('when nobody is at the terminal, nothing is signed, not even with a password in the environment', async () => {
    const outcome = await run(['rollout', 'approve', id], signedIn);
    expect([outcome.exitCode, outcome.seen]).toEqual([2, []]);
    expect(outcome.stderr).toContain('console');
  });

  it('when it is rejected, a token is enough', async () => {
    const answers = { [`POST ${rolloutPath}/actions`]: { body: { ...rollout, state: 'rejected' } } };
    const { sent } = await run(['rollout', 'reject', id, '--yes', '--reason', 'not now'], answers);
    expect(sent?.body).toEqual({ action: 'reject', reason: 'not now' });
  });
});

describe('what is chosen for one rollout or one device', () => {
  it('when a rollout is created, its start, priority and hotfix go along', async () => {
    const answers = {
      [`GET ${base}/releases/${id}`]: { body: { id, applicationId: id, name: 'v3' } },
      [`GET ${base}/applications/${id}`]: { body: { id, name: 'line' } },
      [`GET ${base}/stages/${id}`]: { body: { id, name: 'prod' } },
      [`POST ${base}/rollouts`]: { status: 201, body: rollout },
    };
    const args = ['rollout', 'create', '--release', id, '--stage', id, '--start-at', '90m', '--hotfix', 'CVE-2026-1'];
    const { exitCode, sent } = await run([...args, '--priority', '-5'], answers);
    const chosen = { startAt: '2026-01-01T01:30:00.000Z', priority: -5, hotfixReason: 'CVE-2026-1' };
    expect([exitCode, sent?.body]).toEqual([0, { releaseId: id, stageId: id, ...chosen }]);
    expect(await run([...args, '--priority', 'high'], answers)).toMatchObject({ exitCode: 2, seen: [] });
  });

  it('when a device is given a time zone, only that is changed; labels are added and taken away one by one', async () => {
    const inventory = { agentVersion: '1', nodeVersion: '24', operatingSystem: 'linux', architecture: 'x64', hostname: 'h' };
    const device = { id, name: 'press-7', labels: { site: 'ulm', line: 'a' }, version: 3, timeZone: null, inventory, groupIds: [] };
    const states = { approval: 'approved', connectivity: 'online', health: 'healthy', lastSeenAt: null, reportedAt: null };
    const read = { ...device, ...states, verdict: { state: 'healthy', reasons: [] }, running: null, desired: null, previous: null };
    const answers = {
      [`GET ${base}/devices/${id}`]: { body: read },
      [`PATCH ${base}/devices/${id}`]: { body: { ...read, timeZone: 'Asia/Tokyo' } },
    };
    const zoned = await run(['device', 'set', id, '--time-zone', 'Asia/Tokyo'], answers);
    expect([zoned.sent?.body, zoned.sent?.headers.get('if-match')]).toEqual([{ timeZone: 'Asia/Tokyo' }, '"3"']);
    expect(zoned.stdout).toContain('Asia/Tokyo (set here)');
    expect((await run(['device', 'set', id, '--time-zone', 'device'], answers)).sent?.body).toEqual({ timeZone: null });
    const labelled = await run(['device', 'set', id, '--label', 'line=', '--label', 'hall=3'], answers);
    expect(labelled.sent?.body).toEqual({ labels: { site: 'ulm', hall: '3' } });
    expect(await run(['device', 'set', id], answers)).toMatchObject({ exitCode: 2, seen: [] });
  });
});

describe('the analysis of a rollout', () => {
  it('when a wave was measured, its numbers are shown with what they count as, and what could not be measured has none', async () => {
    const lag = { name: 'lag', dryRun: false, sample: 3, value: 49.9, baseline: 40, outcome: 'success' } as const;
    const bottles = { name: 'bottles', dryRun: true, sample: 0, value: null, baseline: null, outcome: 'inconclusive' } as const;
    const measurements = [{ waveIndex: 0, number: 2, at: '2026-01-01T00:02:00.000Z', updated: 3, metrics: [lag, bottles] }];
    const { stdout } = await run(['rollout', 'get', id], { [`GET ${base}/rollouts/${id}`]: { body: { ...rollout, measurements } } });
    expect(stdout).toMatch(
      /Measurements\n.*OUTCOME\n.*\b2 .*lag +49\.9 +40 +3 of 3 +success\n.*bottles +– +– +0 of 3 +inconclusive \(dry run\)/,
    );
  });
});

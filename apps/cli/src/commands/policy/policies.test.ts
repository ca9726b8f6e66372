import type { PolicyFinding, PolicyReport } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer, problem } from '../../testing/fake-control-plane.ts';
import { createMemoryFiles } from '../../testing/memory-files.ts';
import { runInProcess } from '../../testing/run.ts';

const organizationId = '01a202cc-23e8-7068-8f38-6a322d7b8ad0';
const id = '01a202d3-981d-7056-bf28-0cd6826e8613';
const base = `/api/v1/organizations/${organizationId}`;
const me = { memberships: [{ organizationId, organizationName: 'One', role: 'owner' }] };

async function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]>, files: Record<string, string> = {}) {
  const { fetch, seen } = createFakeControlPlane({ 'GET /api/v1/me': { body: me }, ...answers });
  const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'x' };
  return { ...(await runInProcess(args, { environment, fetch, files: createMemoryFiles(files) })), seen };
}

const blocking: PolicyFinding = {
  rule: 'exec',
  severity: 'block',
  subject: 'e1',
  nodeId: 'e1',
  nodeType: 'exec',
  nodeName: 'Restart',
  tab: 'Line 3',
  tabId: 't1',
  message: 'The exec node "Restart" runs a command.',
  why: 'A command has every right.',
  fix: 'Use another node.',
};
const waived: PolicyFinding = {
  ...blocking,
  rule: 'no_catch',
  waiver: { id, reason: 'Nobody would look', by: 'Ada', at: '2026-11-22T10:00:00.000Z', expiresAt: null },
};
const application = { id, name: 'line' };
const snapshot = { id, applicationId: id, number: 3, hasLock: true };
const report = {
  isBlocked: true,
  counts: { block: 1, warn: 0, waived: 1 },
  findings: [waived, blocking],
  notices: [],
  omitted: 0,
  stage: null,
};

it('when publishing is blocked, every finding says where, why and what to do, and the exit code is that of a gate', async () => {
  const refused = { ...problem(422, 'POLICY_BLOCKED', 'One finding must be fixed.'), findings: report.findings };
  const answers = {
    [`GET ${base}/snapshots/${id}`]: { body: snapshot },
    [`GET ${base}/applications/${id}`]: { body: application },
    [`POST ${base}/applications/${id}/releases`]: { status: 422, body: refused },
  };
  const outcome = await run(['release', 'publish', id], answers);
  expect(outcome.exitCode).toBe(7);
  expect(outcome.stderr.split('\n').slice(2, 8)).toEqual([
    'block  exec  node "Restart" (exec, e1) on Line 3',
    '  The exec node "Restart" runs a command.',
    '  Why: A command has every right.',
    '  Fix: Use another node.',
    '  Subject: e1',
    '',
  ]);
  expect(outcome.stderr).toContain('Waived by Ada: Nobody would look');
  const json = await run(['release', 'publish', id, '-o', 'json'], answers);
  expect(JSON.parse(json.stderr).error.findings).toEqual(report.findings);
});

it('when a snapshot is checked, the exit code says whether something blocks', async () => {
  const answers = (body: Partial<PolicyReport>) => ({
    [`GET ${base}/snapshots/${id}`]: { body: snapshot },
    [`GET ${base}/snapshots/${id}/findings`]: { body: { ...report, ...body } },
  });
  const blocked = await run(['snapshot', 'check', id], answers({}));
  expect([blocked.exitCode, blocked.stdout.trim().split('\n').at(-1)]).toEqual([7, 'Blocked: 1 blocking, 0 warnings, 1 waived.']);
  const free = { isBlocked: false, findings: [], notices: [{ code: 'NO_LOCK' as const, message: 'There is no lock.' }] };
  const passed = await run(['snapshot', 'check', id], answers({ ...free, counts: { block: 0, warn: 0, waived: 0 } }));
  expect([passed.exitCode, passed.stdout]).toEqual([0, 'There is no lock. [NO_LOCK]\nNothing blocks: 0 blocking, 0 warnings, 0 waived.\n']);
});

it('when a severity is set, the rest of the layer stays, and the version that was read is the one that is replaced', async () => {
  const view = { scope: 'organization', scopeId: id, version: 4, settings: { rules: { lint: 'off', exec: 'warn' }, exactVersions: true } };
  const path = `${base}/policy-settings`;
  const answers = { [`GET ${path}`]: { body: view }, [`PUT ${path}`]: { body: view } };
  const outcome = await run(['policy', 'set', '--rule', 'exec=block', '--rule', 'lint=inherit', '--reason', 'why', '-o', 'json'], answers);
  const put = outcome.seen.find(({ method }) => method === 'PUT');
  expect([outcome.exitCode, put?.headers.get('if-match'), put?.body]).toEqual([
    0,
    '"4"',
    { settings: { rules: { exec: 'block' }, exactVersions: true }, reason: 'why' },
  ]);
  const replaced = await run(['policy', 'set', '--file', '/p.yaml', '-o', 'json'], answers, { '/p.yaml': 'exactVersions: false\n' });
  expect(replaced.seen.find(({ method }) => method === 'PUT')?.body).toEqual({ settings: { exactVersions: false } });
  for (const wrong of [['--rule', 'exec'], ['--rule', 'exec=loud'], []]) {
    const refused = await run(['policy', 'set', ...wrong], answers);
    expect([refused.exitCode, refused.seen.some(({ method }) => method === 'PUT')]).toEqual([2, false]);
  }
});

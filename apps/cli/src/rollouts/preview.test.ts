import type { RolloutPreview } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { createFakeControlPlane } from '../testing/fake-control-plane.ts';
import { runInProcess } from '../testing/run.ts';

const organization = '01a00000-0000-7000-8000-000000000001';
const [releaseId, stageId, applicationId, planSeed] = [2, 3, 4, 5].map((number) => `01a00000-0000-7000-8000-00000000000${number}`) as [
  string,
  string,
  string,
  string,
];
const me = { memberships: [{ organizationId: organization, organizationName: 'Main', role: 'owner' }] };
const range = (p10: number, p50: number, p90: number) => ({ p10, p50, p90 });
const minute = 60_000;

const preview: RolloutPreview = {
  planSeed,
  release: { id: releaseId, name: 'v3', digest: '', counter: 3, applicationId, applicationName: 'line' },
  stageId,
  stageName: 'prod',
  policy: {
    waves: [{ size: { kind: 'rest' }, threshold: { successPercent: 90, errorPercent: 10, minimumSample: 1 }, soakMs: 0 }],
    order: 'random',
    deploymentDeadlineMs: 60 * minute,
    onBreach: 'pause',
  },
  size: 8,
  waves: [{ index: 0, size: 7, devices: [{ id: 'd', name: 'line-07' }] }],
  alreadyCurrent: { count: 1, devices: [] },
  offline: { count: 0, devices: [] },
  notApproved: 2,
  membership: 'The order is drawn with planSeed.',
  windows: [
    {
      timeZone: 'Asia/Tokyo',
      devices: 7,
      openNow: false,
      next: [{ opensAt: '2026-11-22T17:00:00.000Z', closesAt: '2026-11-22T19:00:00.000Z' }],
    },
  ],
  blockers: [{ code: 'frozen', sentence: 'Nothing new starts: Stocktaking.', unblock: 'It ends.', waveIndex: 0, until: null, numbers: {} }],
  warnings: [{ pointer: '/waves/0/threshold', code: 'x', message: 'This gate never stops anything.' }],
  forecast: {
    ...{
      at: '2026-11-22T10:00:00.000Z',
      seed: 1,
      runs: 200,
      devices: 7,
      simulatedDevices: 7,
      completedPercent: 95.5,
      unfinishedPercent: 0,
    },
    durationMs: range(4 * minute, 5 * minute, 65 * minute),
    waves: [{ index: 0, startsAfterMs: range(0, 0, 0), passesAfterMs: null, falseAlarmPercent: 4.5, mostly: 'timed_out' }],
    ...{ failed: range(0, 0, 1), timedOut: range(1, 1, 1), late: range(1, 1, 2), falseAlarm: { percent: 4.5, low: 2.4, high: 8.3 } },
    atRisk: {
      count: 1,
      devices: [{ id: 'd', name: 'line-07', waveIndex: 0, lastSeenAt: null, reason: 'never_seen', latePercent: 100, missPercent: 100 }],
    },
    basis: { pastDeployments: 40, devicesWithHistory: 6, failurePercent: 1.25, unhealthyNow: 0, silentNow: 1, neverSeen: 1 },
    assumptions: ['The release is taken to be good.'],
  },
};

function simulate(words: string) {
  const base = `/api/v1/organizations/${organization}`;
  const { fetch, seen } = createFakeControlPlane({
    'GET /api/v1/me': { body: me },
    [`GET ${base}/releases/${releaseId}`]: { body: { id: releaseId, applicationId } },
    [`GET ${base}/applications/${applicationId}`]: { body: { id: applicationId, name: 'line' } },
    [`GET ${base}/stages/${stageId}`]: { body: { id: stageId } },
    [`POST ${base}/rollouts`]: { body: preview },
  });
  const environment = { SLUICE_URL: 'https://plant.example', SLUICE_TOKEN: 'slt_x' };
  return { seen, outcome: runInProcess([...words.split(' '), '--release', releaseId, '--stage', stageId], { fetch, environment }) };
}

it.each(['rollout simulate', 'rollout create --dry-run'])(
  'when %s asks, nothing is created, and the answer reads as sentences',
  async (words) => {
    const { seen, outcome } = simulate(words);
    const { exitCode, stdout, stderr } = await outcome;
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(seen.filter(({ method }) => method === 'POST')).toMatchObject([
      { path: expect.stringContaining('/rollouts?validateOnly=true') },
    ]);
    for (const part of [
      'line/v3 to prod: 8 devices. Nothing was written.',
      '1 device runs the release already.',
      '2 devices of the groups are left out: not approved.',
      'It takes 5 min (4 min to 1 h 5 min), if no gate stops it.',
      'A good release is stopped by a gate in 4.5 % of the runs (2.4 to 8.3 %).',
      '- Wave 1: 4.5 %, mostly because devices do not finish in time.',
      'Not in time: 1.',
      'was never seen',
      'Asia/Tokyo',
      'Nothing new starts: Stocktaking. [frozen]',
      '- The release is taken to be good.',
      `--plan-seed ${planSeed}`,
    ]) {
      expect(stdout).toContain(part);
    }
  },
);

it('when it is asked for JSON or a name, it is what the control plane said, and the seed', async () => {
  expect(JSON.parse((await simulate('rollout simulate --devices 5 -o json').outcome).stdout)).toEqual(preview);
  expect((await simulate('rollout simulate -o name').outcome).stdout).toBe(`${planSeed}\n`);
});

import type { ForecastReview, Freeze, Rollout, RolloutPreview } from '@sluice/contracts';
import { stepRollout } from '@sluice/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Promotable, policy, seedDevice, seedPromotable } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let line: Promotable;
const threshold = { successPercent: 90, errorPercent: 10, minimumSample: 1 };
const staged = {
  ...policy,
  order: 'random' as const,
  spreadBy: 'site',
  deploymentDeadlineMs: 3_600_000,
  waves: [
    { size: { kind: 'labels' as const, matchLabels: { site: 'canary' } }, threshold, soakMs: 0 },
    { size: { kind: 'percent' as const, percent: 30 }, threshold, soakMs: 60_000 },
    { size: { kind: 'rest' as const }, threshold, soakMs: 0 },
  ],
};

beforeAll(async () => {
  api = await startApi();
  const deviceIds = [];
  for (let index = 0; index < 24; index += 1) {
    deviceIds.push(await seedDevice(api.store, api.owner.organizationId, { name: `line-${String(index).padStart(2, '0')}` }));
  }
  await api.store.query(
    `UPDATE device SET labels = jsonb_build_object('site', CASE WHEN name < 'line-02' THEN 'canary' WHEN name < 'line-10' THEN 'ulm' ELSE 'graz' END)`,
  );
  await api.store.query('INSERT INTO device_presence (device_id, last_seen_at) SELECT id, now() FROM device WHERE name <> $1', ['line-23']);
  line = await seedPromotable(api.owner, { name: 'line', deviceIds });
});
afterAll(() => api.close());

const post = (query: string, more: object = {}) =>
  api.owner.request('POST', `/rollouts${query}`, { releaseId: line.release.id, stageId: line.stageId, policy: staged, ...more });

async function rowsOfAllTables(): Promise<Record<string, number>> {
  const tables = await api.store.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await api.store.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM "${name}"`);
    counts[name] = row?.rows ?? 0;
  }
  return counts;
}

it('when a rollout is only validated, nothing is written, and created with its seed it is planned exactly so', async () => {
  const before = await rowsOfAllTables();
  const answer = await post('?validateOnly=true&devicesMax=100');
  const preview = answer.body as RolloutPreview;
  expect([answer.status, await rowsOfAllTables()]).toEqual([200, before]);
  expect(preview).toMatchObject({
    size: 24,
    alreadyCurrent: { count: 0 },
    notApproved: 0,
    stageName: 'prod',
    release: { id: line.release.id },
  });
  expect(preview.waves.map(({ size }) => size)).toEqual([2, 7, 15]);
  const again = (await post('?validateOnly=true&devicesMax=100', { planSeed: preview.planSeed })).body as RolloutPreview;
  expect({ ...again, forecast: { ...again.forecast, at: '' } }).toEqual({ ...preview, forecast: { ...preview.forecast, at: '' } });

  const rollout = (await post('', { planSeed: preview.planSeed })).body as Rollout;
  await stepRollout(api.store, rollout.id, { releaseSigner: null });
  const planned = await api.store.query<{ wave: number; id: string }>(
    'SELECT wave_index AS wave, device_id AS id FROM deployment WHERE rollout_id = $1 ORDER BY id',
    [rollout.id],
  );
  const shown = preview.waves.flatMap(({ index, devices }) => devices.map(({ id }) => ({ wave: index, id })));
  expect(new Set(planned.map(({ wave, id }) => `${wave} ${id}`))).toEqual(new Set(shown.map(({ wave, id }) => `${wave} ${id}`)));
  expect(shown).toHaveLength(24);
});

it('when a rollout is created, what is expected of it is kept, and compared once it has ended', async () => {
  const rollout = (await post('')).body as Rollout;
  const review = await api.owner.get<ForecastReview>(`/rollouts/${rollout.id}/forecast`);
  expect(review).toMatchObject({
    rolloutId: rollout.id,
    outcome: null,
    forecast: { devices: 24, simulatedDevices: 24, basis: { neverSeen: 1 } },
  });
  expect(review.forecast.atRisk.devices.map(({ name, missPercent }) => [name, missPercent])).toEqual([['line-23', 100]]);
  await api.store.query(
    `UPDATE rollout SET state = 'completed_with_failures', started_at = now() - interval '1 minute', finished_at = now() WHERE id = $1`,
    [rollout.id],
  );
  const { outcome } = await api.owner.get<ForecastReview>(`/rollouts/${rollout.id}/forecast`);
  expect(outcome).toMatchObject({ completed: true, timedOut: { actual: 0, within: false }, failed: { actual: 0 } });
  const without = (await post('', { forecast: false })).body as Rollout;
  expect((await api.owner.request('GET', `/rollouts/${without.id}/forecast`)).problem.code).toBe('NOT_FOUND');
});

it('when something would hold the rollout, the preview names it; what cannot be created cannot be previewed', async () => {
  const freeze = await api.owner.post<Freeze>('/freezes', { name: 'Stocktaking' });
  const window = { recurrence: 'FREQ=YEARLY', startTime: '02:00', durationMinutes: 1, timeZone: 'Europe/Vienna', anchor: '2026-01-01' };
  const approval = { required: 2, role: 'operator' as const, creatorExcluded: true };
  const held = (await post('?validateOnly=true', { policy: { ...staged, approval, window } })).body as RolloutPreview;
  expect(held.blockers.map(({ code }) => code).sort()).toEqual(['frozen', 'pending_approval']);
  expect(held.windows).toMatchObject([{ timeZone: 'Europe/Vienna', devices: 24, openNow: false }]);
  await api.owner.request('POST', `/freezes/${freeze.id}/lift`, {});
  const bad = await post('?validateOnly=true', { policy: { ...staged, waves: [...staged.waves, ...staged.waves] } });
  expect(bad.problem).toMatchObject({ status: 422, code: 'POLICY_INVALID' });
  expect(
    (await api.stranger.request('POST', '/rollouts?validateOnly=true', { releaseId: line.release.id, stageId: line.stageId })).problem.code,
  ).toBe('NOT_FOUND');
});

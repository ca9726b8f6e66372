import type { Group, GroupPreview } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer, problem } from '../../testing/fake-control-plane.ts';
import { runInProcess } from '../../testing/run.ts';

const organizationId = '01a202cc-23e8-7068-8f38-6a322d7b8ad0';
const id = '01a202d3-981d-7056-bf28-0cd6826e8613';
const base = `/api/v1/organizations/${organizationId}`;
const group: Group = {
  id,
  name: 'presses',
  description: '',
  selector: 'kind=press',
  deviceCount: 3,
  createdAt: '2026-03-01T12:00:00.000Z',
  version: 4,
};
const device = { id, name: 'press-1', labels: { kind: 'press', site: 'ulm' } };
const preview: GroupPreview = {
  matching: { deviceCount: 60, devices: [device] },
  joining: { deviceCount: 1, devices: [device] },
  leaving: { deviceCount: 0, devices: [] },
};

async function run(args: string[], answers: Record<string, FakeAnswer>) {
  const { fetch, seen } = createFakeControlPlane({
    'GET /api/v1/me': { body: { memberships: [{ organizationId, organizationName: 'One', role: 'owner' }] } },
    [`GET ${base}/groups`]: { body: { items: [group], nextCursor: null } },
    ...answers,
  });
  const outcome = await runInProcess(args, { fetch, environment: { SLUICE_URL: 'https://sluice.plant', SLUICE_TOKEN: 'secret' } });
  return { ...outcome, sent: seen.at(-1) };
}

it('when a selector is previewed for a group, who matches, joins and leaves is said', async () => {
  const answers = { [`POST ${base}/groups/preview`]: { body: preview } };
  const { stdout, sent } = await run(['group', 'preview', 'kind=press', '--group', 'presses'], answers);
  expect(sent?.body).toEqual({ selector: 'kind=press', groupId: id });
  expect(stdout).toMatch(
    /60 devices match, the first 1 by name:[\s\S]*press-1 +kind=press,site=ulm[\s\S]*1 device would join:[\s\S]*No device would leave\./,
  );
});

it('when a group changes, its selector is set or taken away for the version that was seen', async () => {
  const answers = { [`PATCH ${base}/groups/${id}`]: { body: group } };
  const changed = await run(['group', 'set', 'presses', '--selector', 'kind=press'], answers);
  expect([changed.sent?.body, changed.sent?.headers.get('if-match')]).toEqual([{ selector: 'kind=press' }, '"4"']);
  expect(changed.stdout).toMatch(/Selector +kind=press/);
  expect((await run(['group', 'set', 'presses', '--static'], answers)).sent?.body).toEqual({ selector: null });
  expect((await run(['group', 'set', 'presses', '--static', '--selector', 'a'], answers)).exitCode).toBe(2);
  expect((await run(['group', 'set', 'presses'], answers)).exitCode).toBe(2);
});

it('when a selector cannot be read, the command fails with the place', async () => {
  const detail = 'At character 3 of the selector: Requirements are separated by commas, and here stands "b".';
  const answers = { [`POST ${base}/groups`]: { status: 422, body: problem(422, 'SELECTOR_INVALID', detail) } };
  const { exitCode, stderr, sent } = await run(['group', 'create', 'presses', '--selector', 'a b'], answers);
  expect([exitCode, sent?.body]).toEqual([1, { name: 'presses', selector: 'a b' }]);
  expect(stderr).toContain(detail);
});

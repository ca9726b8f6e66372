import type { CreatedEnrollmentCode, EnrollmentCode, Group, Page } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it('when a code is made without wishes, it is good for one device, one day, and for a person’s approval', async () => {
  const code = await api.owner.post<CreatedEnrollmentCode>('/enrollment-codes', { name: 'line 3' });
  expect(code).toMatchObject({ maximumUses: 1, uses: 0, automaticApproval: false, groupId: null, labels: {}, revokedAt: null });
  expect(code.code).toMatch(/^slc_[A-Za-z0-9_-]{43}$/);
  expect(Date.parse(code.expiresAt) - Date.parse(code.createdAt)).toBeGreaterThan(86_390_000);
});

it('when a code was made, it stands nowhere but in that answer: not in lists, not in the ledger, not in the database', async () => {
  const { code, id } = await api.owner.post<CreatedEnrollmentCode>('/enrollment-codes', {
    name: 'secret',
    maximumUses: 5,
    labels: { site: 'ulm' },
  });
  const list = await api.owner.request('GET', '/enrollment-codes');
  expect((list.body as Page<EnrollmentCode>).items).toContainEqual(
    expect.objectContaining({ id, maximumUses: 5, labels: { site: 'ulm' } }),
  );
  const [row] = await api.store.query<{ row: string }>('SELECT to_jsonb(c)::text AS row FROM enrollment_code c WHERE id = $1', [id]);
  const ledger = await api.owner.request('GET', `/ledger?targetKind=enrollment_code&targetId=${id}`);
  for (const text of [list.text, ledger.text, row?.row]) expect(text).not.toContain(code);
  expect((ledger.body as Page<unknown>).items).toHaveLength(1);
});

it('when a code is revoked, it says since when, and revoking it again changes nothing', async () => {
  const { id } = await api.owner.post<CreatedEnrollmentCode>('/enrollment-codes', { name: 'gone' });
  for (let times = 0; times < 2; times += 1) expect((await api.owner.request('DELETE', `/enrollment-codes/${id}`)).status).toBe(204);
  const { items } = await api.owner.get<Page<EnrollmentCode>>('/enrollment-codes');
  expect(items.find((each) => each.id === id)?.revokedAt).toEqual(expect.any(String));
  expect(
    (await api.owner.get<Page<unknown>>(`/ledger?action=enrollment_code.revoked&targetKind=enrollment_code&targetId=${id}`)).items,
  ).toHaveLength(1);
  expect((await api.stranger.request('DELETE', `/enrollment-codes/${id}`)).problem.code).toBe('NOT_FOUND');
});

it('when the group is another organization’s, no code is made', async () => {
  const foreign = await api.stranger.post<Group>('/groups', { name: 'foreign' });
  expect((await api.owner.request('POST', '/enrollment-codes', { name: 'x', groupId: foreign.id })).problem.code).toBe('NOT_FOUND');
});

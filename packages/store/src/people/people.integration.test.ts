import { createTestStore, SEED_CONTEXT, type SeededOrganization, seedOrganization, type TestStore } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createApiToken, findApiToken, listApiTokens, revokeApiToken, touchApiToken } from '../api-tokens/api-tokens.ts';
import type { Store } from '../base/store.ts';
import { listLedgerEntries } from '../ledger/list.ts';
import { addMember, countOrganizations, getOrganization, getSigningKey, listOrganizations } from '../organizations/organizations.ts';
import { countFailedSignIn, createPerson, findPersonByEmail, setPassword } from './people.ts';
import { createSession, createSignInLink, endSession, findSession, touchSession, useSignInLink } from './sessions.ts';

let world: TestStore;
let store: Store;
let organization: SeededOrganization;

beforeAll(async () => {
  world = await createTestStore();
  store = world.store;
  expect(await countOrganizations(store)).toBe(0);
  organization = await seedOrganization(store, { name: 'Brewery' });
});

afterAll(() => world.close());

const hash = (digit: string): string => digit.repeat(64);
const soon = (): Date => new Date(store.clock.now() + 60_000);

function person(email: string) {
  const input = { email, name: 'Ada', passwordHash: '$argon2id$x', role: 'owner' } as const;
  return store.transaction((tx) => createPerson(tx, organization.id, input, SEED_CONTEXT));
}

test('when an organization is made, it has its keys and nobody else sees it', async () => {
  const stranger = await seedOrganization(store);
  expect(await getOrganization(store, organization.id)).toMatchObject({ name: 'Brewery' });
  expect((await listOrganizations(store, [organization.id], {})).items.map(({ id }) => id)).toEqual([organization.id]);
  expect((await getSigningKey(store, organization.id, 'release')).keyId).toBe(organization.keys.release.keyId);
  await expect(getSigningKey(store, stranger.id, 'audit')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(seedOrganization(store, { name: 'Brewery' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
});

test('when a person is made, the address is found in any case and taken only once', async () => {
  const made = await person('Ada@Example.com');
  const found = await findPersonByEmail(store, ' ADA@example.COM ');
  expect(found).toEqual(made);
  expect(found?.memberships).toEqual([{ organizationId: organization.id, organizationName: 'Brewery', role: 'owner' }]);
  await expect(person('ada@EXAMPLE.com')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
});

test('when passwords are guessed at the same time, every guess is counted and the lock follows the count', async () => {
  const { id } = await person('guessed@example.com');
  const lockMs = (failures: number): number => (failures >= 8 ? 60_000 : 0);
  const guess = () => store.transaction((tx) => countFailedSignIn(tx, id, { lockMs }, SEED_CONTEXT));
  const locks = await Promise.all(Array.from({ length: 8 }, guess));
  expect(locks.filter((lock) => lock !== null)).toHaveLength(1);
  const locked = await findPersonByEmail(store, 'guessed@example.com');
  expect(locked).toMatchObject({ failedSignIns: 8 });
  expect(locked?.lockedUntil?.getTime()).toBeGreaterThan(store.clock.now());
  await store.transaction((tx) => createSession(tx, { personId: id, tokenHash: hash('1'), expiresAt: soon() }, SEED_CONTEXT));
  expect(await findPersonByEmail(store, 'guessed@example.com')).toMatchObject({ failedSignIns: 0, lockedUntil: null });
});

test('when a session is found, it counts until it is ended or expires', async () => {
  const { id } = await person('session@example.com');
  const expiresAt = soon();
  const sessionId = await store.transaction((tx) => createSession(tx, { personId: id, tokenHash: hash('2'), expiresAt }, SEED_CONTEXT));
  const now = new Date(store.clock.now());
  const session = await findSession(store, hash('2'), now);
  expect(session).toMatchObject({ id: sessionId, person: { id, email: 'session@example.com' } });
  expect(session?.person).not.toHaveProperty('passwordHash');
  expect(await findSession(store, hash('2'), expiresAt)).toBeUndefined();
  await store.transaction((tx) => endSession(tx, sessionId, SEED_CONTEXT));
  await store.transaction((tx) => endSession(tx, sessionId, SEED_CONTEXT));
  expect(await findSession(store, hash('2'), now)).toBeUndefined();
  const out = await listLedgerEntries(store, organization.id, { action: 'person.signed_out' });
  expect(out.items.map(({ target }) => target.id)).toEqual([id]);
});

test('when a session is used again and again, its use is written at most once a minute', async () => {
  const { id } = await person('touch@example.com');
  await store.transaction((tx) => createSession(tx, { personId: id, tokenHash: hash('3'), expiresAt: soon() }, SEED_CONTEXT));
  const session = await findSession(store, hash('3'), new Date(store.clock.now()));
  if (session === undefined) throw new Error('no session');
  const later = (ms: number): Date => new Date(session.lastUsedAt.getTime() + ms);
  await touchSession(store, session, later(59_000));
  expect((await findSession(store, hash('3'), later(0)))?.lastUsedAt).toEqual(session.lastUsedAt);
  await touchSession(store, session, later(60_000));
  expect((await findSession(store, hash('3'), later(0)))?.lastUsedAt).toEqual(later(60_000));
});

test('when a password is set, all sessions of the person end', async () => {
  const { id } = await person('password@example.com');
  await store.transaction((tx) => createSession(tx, { personId: id, tokenHash: hash('4'), expiresAt: soon() }, SEED_CONTEXT));
  await store.transaction((tx) => setPassword(tx, id, '$argon2id$new', SEED_CONTEXT));
  expect(await findSession(store, hash('4'), new Date(store.clock.now()))).toBeUndefined();
  expect(await findPersonByEmail(store, 'password@example.com')).toMatchObject({ passwordHash: '$argon2id$new' });
});

test('when a sign-in link is used by many at once, exactly one gets in', async () => {
  const { id } = await person('link@example.com');
  await store.transaction((tx) => createSignInLink(tx, { personId: id, tokenHash: hash('5'), expiresAt: soon() }));
  const uses = await Promise.all(Array.from({ length: 5 }, () => store.transaction((tx) => useSignInLink(tx, hash('5')))));
  expect(uses.filter((used) => used !== undefined).map((used) => used?.id)).toEqual([id]);
  const expired = new Date(store.clock.now() - 1);
  await store.transaction((tx) => createSignInLink(tx, { personId: id, tokenHash: hash('6'), expiresAt: expired }));
  expect(await store.transaction((tx) => useSignInLink(tx, hash('6')))).toBeUndefined();
});

test('when somebody becomes a member twice, it is written once', async () => {
  const { id } = await person('member@example.com');
  const second = await seedOrganization(store, { name: 'Dairy' });
  const add = () => store.transaction((tx) => addMember(tx, second.id, { personId: id, role: 'viewer' }, SEED_CONTEXT));
  await add();
  await add();
  const memberships = (await findPersonByEmail(store, 'member@example.com'))?.memberships;
  expect(memberships?.map(({ organizationName, role }) => [organizationName, role])).toEqual([
    ['Brewery', 'owner'],
    ['Dairy', 'viewer'],
  ]);
  expect((await listLedgerEntries(store, second.id, { action: 'organization.member_added' })).items).toHaveLength(1);
});

test('when an API token is revoked, its row says so, and only its own organization can revoke it', async () => {
  const stranger = await seedOrganization(store);
  const input = { name: 'ci', role: 'operator', expiresAt: null } as const;
  const token = await store.transaction((tx) => createApiToken(tx, organization.id, input, SEED_CONTEXT));
  await touchApiToken(store, { id: token.id, lastUsedAt: null }, soon());
  await expect(store.transaction((tx) => revokeApiToken(tx, stranger.id, token.id, SEED_CONTEXT))).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await findApiToken(store, token.id)).toMatchObject({ organizationId: organization.id, role: 'operator', revokedAt: null });
  await store.transaction((tx) => revokeApiToken(tx, organization.id, token.id, SEED_CONTEXT));
  expect((await findApiToken(store, token.id))?.revokedAt).toBeInstanceOf(Date);
  const [listed] = (await listApiTokens(store, organization.id, {})).items;
  expect(listed).toMatchObject({ id: token.id, name: 'ci' });
  expect(listed?.lastUsedAt).not.toBeNull();
});

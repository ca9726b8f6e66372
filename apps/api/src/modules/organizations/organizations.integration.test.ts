import type { Me, Organization, Page } from '@sluice/contracts';
import { openSecret } from '@sluice/platform';
import { findRootDocument, listSigningKeys } from '@sluice/store';
import { keysForRole, signingKeyFromPrivateKey, verifyRoot } from '@sluice/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiUnderTest, createCaller, startApi } from '../../testing/start-api.ts';
import { signingKeyIdentity } from './signing-keys.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it('when a person makes an organization, they own it and it has its first ledger entry', async () => {
  const organization = await api.owner.post<Organization>('/api/v1/organizations', { name: 'Plant Ulm' });
  const me = await api.owner.get<Me>('/api/v1/me');
  expect(me.memberships).toContainEqual({ organizationId: organization.id, organizationName: 'Plant Ulm', role: 'owner' });
  expect(await api.owner.get<Organization>(`/api/v1/organizations/${organization.id}`)).toEqual(organization);
  const inside = createCaller(api.app, organization.id, api.owner.headers);
  const actions = (await inside.get<Page<{ action: string }>>('/ledger')).items.map((entry) => entry.action);
  expect(actions.sort()).toEqual(['organization.created', 'organization.member_added']);
  expect((await api.owner.request('POST', '/api/v1/organizations', { name: 'Plant Ulm' })).problem.code).toBe('NAME_TAKEN');
});

it('when organizations are listed, only those of the asker are', async () => {
  const { items } = await api.stranger.get<Page<Organization>>('/api/v1/organizations');
  expect(items.map((organization) => organization.name)).toEqual(['Two']);
});

it('when an organization begins, its root verifies, lists its keys, and their sealed private halves open only in their rows', async () => {
  const { organizationId } = api.owner;
  const root = verifyRoot(JSON.parse((await findRootDocument(api.store, organizationId)) ?? ''));
  const secretKey = api.deps.keys['secret-encryption'];
  const keys = await listSigningKeys(api.store, organizationId);
  expect(keys.map((key) => key.role).sort()).toEqual(['director', 'release', 'root', 'time']);
  for (const key of keys) {
    expect([...keysForRole(root, key.role).keys]).toEqual([[key.keyId, key.publicKey]]);
    const sealed = key.sealedPrivateKey ?? Buffer.alloc(0);
    const privateKey = openSecret(secretKey, sealed, signingKeyIdentity(key.id)).toString('utf8');
    expect(signingKeyFromPrivateKey(privateKey).keyId).toBe(key.keyId);
    expect(() => openSecret(secretKey, sealed, signingKeyIdentity(organizationId))).toThrow();
  }
});

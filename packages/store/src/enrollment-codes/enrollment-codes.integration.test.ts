import { createTestStore, SEED_CONTEXT, type SeededOrganization, seedGroup, seedOrganization, type TestStore } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Store } from '../base/store.ts';
import { enrollDevice } from '../device-protocol/enroll.ts';
import { createEnrollmentCode, listEnrollmentCodes, type NewEnrollmentCode, revokeEnrollmentCode } from './enrollment-codes.ts';

let world: TestStore;
let store: Store;
let organization: SeededOrganization;

beforeAll(async () => {
  world = await createTestStore();
  store = world.store;
  organization = await seedOrganization(store);
});

afterAll(() => world.close());

function create(codeHash: string, options: Partial<NewEnrollmentCode> = {}) {
  const input: NewEnrollmentCode = {
    name: 'site',
    codeHash,
    expiresAt: new Date(store.clock.now() + 3_600_000),
    maximumUses: 1,
    automaticApproval: true,
    groupId: null,
    labels: { site: 'ulm' },
    ...options,
  };
  return store.transaction((tx) => createEnrollmentCode(tx, organization.id, input, SEED_CONTEXT));
}

function enroll(codeHash: string, number: number) {
  const inventory = { agentVersion: '1', nodeVersion: '24', operatingSystem: 'Linux', architecture: 'x64', hostname: 'h' };
  const keys = { publicKey: `key-${codeHash}-${number}`, sealingKey: 'sealing' };
  return store.transaction((tx) =>
    enrollDevice(tx, { codeHash, ...keys, hardwareId: `hardware-${codeHash}-${number}`, name: 'edge', inventory }),
  );
}

test('when a code with one use is used by twenty devices at once, exactly one gets in', async () => {
  const code = await create('once');
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, number) => enroll('once', number)));
  expect(outcomes.filter((outcome) => 'enrolled' in outcome)).toHaveLength(1);
  expect(outcomes.filter((outcome) => 'refused' in outcome && outcome.refused === 'exhausted')).toHaveLength(19);
  const [row] = await store.query('select uses from enrollment_code where id = $1', [code.id]);
  expect(row).toEqual({ uses: 1 });
});

test('when a code is expired, revoked or unknown, it is refused', async () => {
  await create('expired', { expiresAt: new Date(store.clock.now() - 1) });
  const revoked = await create('revoked');
  const revoke = (organizationId: string) => store.transaction((tx) => revokeEnrollmentCode(tx, organizationId, revoked.id, SEED_CONTEXT));
  const stranger = await seedOrganization(store);
  await expect(revoke(stranger.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await revoke(organization.id);
  await revoke(organization.id);
  expect(await enroll('expired', 1)).toEqual({ refused: 'expired' });
  expect(await enroll('revoked', 1)).toEqual({ refused: 'invalid' });
  expect(await enroll('unknown', 1)).toEqual({ refused: 'invalid' });
});

test('when a code has a group, the group must be of the organization', async () => {
  const stranger = await seedOrganization(store);
  const foreign = await seedGroup(store, stranger, 'foreign');
  await expect(create('foreign', { groupId: foreign })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const groupId = await seedGroup(store, organization, 'own');
  expect(await create('own', { groupId, maximumUses: 3 })).toMatchObject({ groupId, uses: 0, labels: { site: 'ulm' }, revokedAt: null });
  const [listed] = (await listEnrollmentCodes(store, organization.id, { limit: 1 })).items;
  expect(listed).toMatchObject({ groupId, maximumUses: 3 });
  expect(listed).not.toHaveProperty('codeHash');
});

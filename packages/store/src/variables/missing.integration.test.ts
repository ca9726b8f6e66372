import type { VariableScope } from '@sluice/contracts';
import {
  createTestStore,
  SEED_CONTEXT,
  type SeededOrganization,
  seedApplication,
  seedDevices,
  seedGroup,
  seedOrganization,
  seedPipeline,
  seedRelease,
  type TestStore,
} from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { missingVariables } from './missing.ts';
import { removeVariable, setVariable } from './variables.ts';

let world: TestStore;
let organization: SeededOrganization;

beforeAll(async () => {
  world = await createTestStore();
  organization = await seedOrganization(world.store);
});
afterAll(() => world.close());

const set = (scope: VariableScope, scopeId: string, name: string) =>
  world.store.transaction((tx) => {
    const seal = () => Buffer.from('x');
    const input = { scope, scopeId, name, secret: false, seal, isSame: () => false, ledgerValue: 'x' };
    return setVariable(tx, organization.id, input, SEED_CONTEXT);
  });

const required = (name: string, more: object = {}) => ({ name, required: true, secret: false, ...more });

test('when one of forty groups lacks a variable, it is named with that group alone, until any layer gives it', async () => {
  const { store } = world;
  const { id: applicationId } = await seedApplication(store, organization);
  const { ids } = await seedDevices(store, organization, { count: 80, prefix: 'forty' });
  const groupIds: string[] = [];
  for (let index = 0; index < 40; index += 1) {
    groupIds.push(await seedGroup(store, organization, `site ${String(index).padStart(2, '0')}`, ids.slice(index * 2, index * 2 + 2)));
    if (index !== 17) await set('group', groupIds[index] ?? '', 'PLC_HOST');
  }
  const pipeline = await seedPipeline(store, organization, {
    applicationId,
    stages: [
      { name: 'dev', groupIds: [groupIds[0] ?? ''] },
      { name: 'prod', groupIds },
    ],
  });
  const [dev, prod] = pipeline.stages.map(({ id }) => id);
  const variables = [
    required('PLC_HOST'),
    required('BROKER'),
    required('LEVEL', { default: 'info' }),
    { ...required('NICE'), required: false },
  ];
  const release = await seedRelease(store, organization, { applicationId, variables });
  const other = await seedRelease(store, organization, { applicationId, variables: [required('BROKER')] });
  const strange = await seedRelease(store, organization, {
    applicationId: (await seedApplication(store, organization, 'Other')).id,
    variables: [required('STRANGE')],
  });
  const releaseIds = [release.release.id, other.release.id, strange.release.id];
  const ask = () => missingVariables(store, organization.id, { releaseIds, stageIds: pipeline.stages.map(({ id }) => id) });

  const before = await ask();
  const broker = before.filter(({ name }) => name === 'BROKER');
  expect(broker.map(({ stageId, devices, groups }) => [stageId, devices, groups.length])).toEqual(
    expect.arrayContaining([
      [dev, 2, 1],
      [prod, 80, 40],
    ]),
  );
  expect(broker[0]?.releaseIds).toEqual([release.release.id, other.release.id].sort());
  const lonely = { groupId: groupIds[17], groupName: 'site 17', devices: 2 };
  expect(before.filter(({ name }) => name !== 'BROKER')).toEqual([
    { stageId: prod, name: 'PLC_HOST', releaseIds: [release.release.id], devices: 2, groups: [lonely] },
  ]);

  await set('organization', organization.id, 'BROKER');
  await set('device', ids[34] ?? '', 'PLC_HOST');
  expect(await ask()).toMatchObject([{ name: 'PLC_HOST', devices: 1, groups: [{ ...lonely, devices: 1 }] }]);
  // A group that the stage does not deploy to gives its variables all the same.
  await set('group', await seedGroup(store, organization, 'elsewhere', [ids[35] ?? '']), 'PLC_HOST');
  expect(await ask()).toEqual([]);

  const wide = await set('stage', prod ?? '', 'BROKER');
  await store.transaction((tx) => removeVariable(tx, organization.id, wide.id, SEED_CONTEXT));
  expect(await ask()).toEqual([]);
});

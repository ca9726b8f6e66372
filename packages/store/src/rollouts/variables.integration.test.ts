import type { Envelope, VariableScope } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import {
  canaryPolicy,
  createRolloutWorld,
  type FleetStage,
  type RolloutWorld,
  SEED_CONTEXT,
  seedGroup,
  wholeRollback,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadAssignmentInputs, loadLayeredVariables, saveAssignments } from '../device-protocol/index.ts';
import { digestOfVersions } from '../variables/resolution.ts';
import { resolveStageVariables } from '../variables/resolve.ts';
import { removeVariable, setVariable } from '../variables/variables.ts';

const clock = new VirtualClock();
let world: RolloutWorld;
let stage: FleetStage;
let releaseId: string;
let names = 0;

beforeAll(async () => {
  world = await createRolloutWorld({ clock });
});
afterAll(() => world.close());
beforeEach(async () => {
  names += 1;
  stage = await world.fleet.addStage(`stage-${names}`, { devices: 4, policy: canaryPolicy() });
  releaseId = (await world.fleet.publish()).id;
});

const organizationId = () => world.fleet.organization.id;
const set = (scope: VariableScope, scopeId: string, name: string, value: string) =>
  world.store.transaction((tx) => {
    const input = { scope, scopeId, name, secret: false, ledgerValue: value, isSame: () => false };
    return setVariable(tx, organizationId(), { ...input, seal: () => Buffer.from(value) }, SEED_CONTEXT);
  });

/** What each device is told, as its assignment is made: the values by name. It asks, and what it was told is kept. */
async function tell(deviceIds: readonly string[]): Promise<Record<string, string>[]> {
  const inputs = await loadAssignmentInputs(world.store, deviceIds);
  const layered = await loadLayeredVariables(world.store, inputs);
  const values = await world.store.query<{ id: string; value: string }>(
    "select id, convert_from(sealed_value, 'UTF8') as value from variable_version",
  );
  const texts = new Map(values.map(({ id, value }) => [id, value]));
  const told = inputs.map((input) => {
    const own = new Map(layered.filter(({ deviceId }) => deviceId === input.deviceId).map(({ name, versionId }) => [name, versionId]));
    return { input, own };
  });
  const envelope: Envelope = { payloadType: 'test', payload: '', signatures: [] };
  const assignments = told.map(({ input, own }) => ({
    ...input,
    ...{ envelope, digest: 'd', configurationDigest: 'c', sealedConfiguration: Buffer.from('s'), outdated: null },
    variablesDigest: digestOfVersions([...own.values()]),
    expiresAt: new Date(clock.now() + 86_400_000),
  }));
  await world.store.transaction((tx) => saveAssignments(tx, assignments, new Date(clock.now())));
  const byDevice = new Map(
    told.map(({ input, own }) => [input.deviceId, Object.fromEntries([...own].map(([name, id]) => [name, texts.get(id) ?? '']))]),
  );
  return deviceIds.map((id) => byDevice.get(id) ?? {});
}

/** Takes the rollout through: every device asks, and succeeds. */
async function goThrough(rolloutId: string): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await world.settle();
    const [rollout] = await world.store.query<{ state: string }>('select state from rollout where id = $1', [rolloutId]);
    if (rollout?.state === 'succeeded') return;
    await tell(stage.deviceIds);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await clock.advance(1_000);
  }
  await world.settle();
  expect((await world.detail(rolloutId)).state).toBe('succeeded');
}

const promote = () => world.promote({ releaseId, stageId: stage.id });
/** Promotes the same release again: the places of the devices that it reaches. */
async function reached(): Promise<number[]> {
  await clock.advance(1);
  const { id } = await promote();
  await world.settle();
  const rows = await world.store.query<{ deviceId: string }>(
    'select device_id as "deviceId" from deployment where rollout_id = $1 and state <> \'skipped\'',
    [id],
  );
  await goThrough(id);
  return rows.map(({ deviceId }) => stage.deviceIds.indexOf(deviceId)).sort();
}

describe('variables of a rollout', () => {
  it('when a secret is rotated in mid-rollout, all its devices get what it started with, it says so, and the next promotion delivers it', async () => {
    await set('stage', stage.id, 'TOKEN', 'old');
    const { id } = await promote();
    await world.settle();
    const [canary = '', ...rest] = stage.deviceIds;
    expect(await tell([canary])).toEqual([{ TOKEN: 'old' }]);
    await set('stage', stage.id, 'TOKEN', 'new');
    const other = await set('organization', organizationId(), 'OTHER', 'x');
    const elsewhere = await world.fleet.addStage(`else-${names}`, { devices: 1, policy: canaryPolicy() });
    await set('device', elsewhere.deviceIds[0] ?? '', 'ELSEWHERE', 'x');
    await world.devices.report([canary], wholeSuccess);
    await world.settle();
    expect(await tell(rest)).toEqual(rest.map(() => ({ TOKEN: 'old' })));
    const { variables } = await world.detail(id);
    expect(variables?.changed).toEqual(['OTHER', 'TOKEN']);
    expect(variables?.currentRevision).toBe((variables?.revision ?? 0) + 3);
    await goThrough(id);
    expect(await tell(stage.deviceIds)).toEqual(stage.deviceIds.map(() => ({ TOKEN: 'old' })));

    expect(await reached()).toEqual([0, 1, 2, 3]);
    expect(await tell([canary])).toEqual([{ TOKEN: 'new', OTHER: 'x' }]);
    expect(await reached()).toEqual([]);
    await world.store.transaction((tx) => removeVariable(tx, organizationId(), other.id, SEED_CONTEXT));
  });

  it('when variables change at single places, the same release reaches exactly the devices that they change something for', async () => {
    const [first = '', second = '', third = ''] = stage.deviceIds;
    const everywhere = await set('organization', organizationId(), 'LEVEL', 'info');
    await goThrough((await promote()).id);
    expect(await reached()).toEqual([]);

    await set('device', second, 'LEVEL', 'debug');
    expect(await reached()).toEqual([1]);
    // It hides what changes below it.
    await set('organization', organizationId(), 'LEVEL', 'warn');
    expect(await reached()).toEqual([0, 2, 3]);

    const groupId = await seedGroup(world.store, world.fleet.organization, `a-group-${names}`, [third]);
    await set('group', groupId, 'LEVEL', 'trace');
    expect(await reached()).toEqual([2]);
    await world.store.query('insert into device_group_member (group_id, device_id) values ($1, $2)', [groupId, first]);
    expect(await reached()).toEqual([0]);
    await world.store.query('delete from device_group_member where group_id = $1', [groupId]);
    expect(await reached()).toEqual([0, 2]);
    await world.store.transaction((tx) => removeVariable(tx, organizationId(), everywhere.id, SEED_CONTEXT));
    expect(await reached()).toEqual([0, 2, 3]);
    expect(await tell([first, second])).toEqual([{}, { LEVEL: 'debug' }]);
  });

  it('when a device does not succeed, it gets back the variables that it had; so it does when it is rolled back', async () => {
    await set('stage', stage.id, 'TOKEN', 'one');
    const before = await promote();
    await goThrough(before.id);
    const next = (await world.fleet.publish()).id;
    await set('stage', stage.id, 'TOKEN', 'two');
    await clock.advance(1);
    await world.promote({ releaseId: next, stageId: stage.id });
    await world.settle();
    const [canary = '', other = ''] = stage.deviceIds;
    expect(await tell([canary, other])).toEqual([{ TOKEN: 'two' }, { TOKEN: 'one' }]);
    await world.devices.report([canary], wholeRollback);
    expect(await tell([canary])).toEqual([{ TOKEN: 'one' }]);
    await world.settle();

    await clock.advance(1);
    const third = await world.promote({
      releaseId: next,
      stageId: stage.id,
      policy: { ...canaryPolicy(), waves: canaryPolicy().waves.slice(1) },
    });
    await world.settle();
    await tell(stage.deviceIds);
    await world.devices.report(stage.deviceIds.slice(1), wholeSuccess);
    await world.devices.report([canary], wholeRollback);
    await world.settle();
    expect((await world.detail(third.id)).reason).not.toBeNull();
    expect(await tell(stage.deviceIds)).toEqual(stage.deviceIds.map(() => ({ TOKEN: 'one' })));
  });

  it('when only variables changed and they are bad, devices go back to the ones before; the release itself is not given up', async () => {
    await set('stage', stage.id, 'TOKEN', 'good');
    await goThrough((await promote()).id);
    await set('stage', stage.id, 'TOKEN', 'bad');
    await clock.advance(1);
    const bad = await promote();
    await world.settle();
    const [canary = '', ...rest] = stage.deviceIds;
    await tell([canary]);
    await world.devices.report([canary], wholeSuccess);
    await world.settle();
    expect(await tell(rest)).toEqual(rest.map(() => ({ TOKEN: 'bad' })));
    await world.devices.report(rest, wholeRollback);
    await world.settle();
    const [back] = await world.store.query<{ id: string }>('select id from rollout where rollback_of = $1', [bad.id]);
    expect(await tell(stage.deviceIds)).toEqual(stage.deviceIds.map(() => ({ TOKEN: 'good' })));
    await goThrough(back?.id ?? '');

    const next = (await world.fleet.publish()).id;
    await clock.advance(1);
    const failing = await world.promote({ releaseId: next, stageId: stage.id });
    await world.settle();
    await world.devices.report([canary], wholeSuccess);
    await world.settle();
    await world.devices.report(rest, wholeRollback);
    await world.settle();
    expect(await world.store.query('select id from rollout where rollback_of = $1', [failing.id])).toHaveLength(1);
    expect(await tell([canary])).toEqual([{ TOKEN: 'good' }]);
  });

  it('when a device is in two groups that set the same variable, the later name counts, and it is told', async () => {
    const [first = '', second = ''] = stage.deviceIds;
    const late = await seedGroup(world.store, world.fleet.organization, `z-late-${names}`, [first]);
    const early = await seedGroup(world.store, world.fleet.organization, `Z-early-${names}`, [first, second]);
    await set('group', late, 'PLC', 'late');
    await set('group', early, 'PLC', 'early');
    await set('device', second, 'MINE', 'x');
    const { id } = await promote();
    await world.settle();
    await goThrough(id);
    expect(await tell([first, second])).toEqual([{ PLC: 'late' }, { PLC: 'early', MINE: 'x' }]);
    const resolved = await resolveStageVariables(world.store, organizationId(), { stageId: stage.id, revision: null });
    expect(resolved.rivals).toEqual([{ name: 'PLC', groups: [`Z-early-${names}`, `z-late-${names}`], devices: 1 }]);
    expect(resolved).toMatchObject({ devices: 4 });
    expect(resolved.variables.map(({ name, scopeName, devices }) => [name, scopeName, devices]).sort()).toEqual([
      ['MINE', null, 1],
      ['PLC', `Z-early-${names}`, 1],
      ['PLC', `z-late-${names}`, 1],
    ]);
  });
});

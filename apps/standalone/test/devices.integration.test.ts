// What devices, codes and strangers do wrong ends in a clear answer, or in a rollout that ends as its policy says.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Application, CreatedApiToken, Deployment, Organization, Page, Release, Rollout, RolloutPolicy } from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import type { Store } from '@sluice/store';
import { type BehaviourOf, createControlPlaneClient, createVirtualFleet, type VirtualDevice } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gitHubScripts, gitLabScripts, runScript } from './testing/examples.ts';
import { expectNothingLost } from './testing/nothing-lost.ts';
import { createCode, createPlant, type Plant, snapshotRequest, threeWaves, whenEnded } from './testing/plant.ts';
import { makeDataFolder, openDatabase, owner, removeDataFolder, type Standalone, startStandalone } from './testing/standalone.ts';

let folder: string;
let standalone: Standalone;
let store: Store;
const plants: Plant[] = [];

beforeAll(async () => {
  folder = await makeDataFolder();
  standalone = await startStandalone({ folder });
  store = await openDatabase(folder);
});

afterAll(async () => {
  await Promise.all(plants.map(({ fleet }) => fleet.stop()));
  await store?.close();
  await standalone?.child.stop();
  await removeDataFolder(folder);
});

async function makePlant(name: string, behaviour: BehaviourOf): Promise<Plant> {
  const plant = await createPlant(standalone, { name, devices: 10, paceMs: 10, behaviour });
  plants.push(plant);
  return plant;
}

async function statesOf({ client }: Plant, rolloutId: string): Promise<Record<string, number>> {
  const { items } = await client.get<Page<Deployment>>(`/rollouts/${rolloutId}/deployments?limit=200`);
  return Object.fromEntries(
    Map.groupBy(items, ({ state }) => state)
      .entries()
      .map(([state, each]) => [state, each.length]),
  );
}

/** The one device of the second wave. */
const silentIndex = 3;
const oneIsSilent: BehaviourOf = ({ index }) => (index === silentIndex ? { kind: 'silent', after: 'accepted' } : { kind: 'succeed' });
const tolerance = { successPercent: 90, errorPercent: 10, minimumSample: 1 };
const tolerant: RolloutPolicy = {
  ...threeWaves,
  waves: threeWaves.waves.map((wave) => ({ ...wave, threshold: tolerance })),
  deploymentDeadlineMs: 5_000,
};

it('when a device never reports, it is timed out, the others finish, and the rollout ends as its policy says', async () => {
  const oneWave = { ...tolerant, waves: tolerant.waves.slice(-1) };
  const strict: RolloutPolicy = { ...threeWaves, deploymentDeadlineMs: 5_000, onBreach: 'abort' };
  const outcomes = [oneWave, strict].map(async (policy, index) => {
    const plant = await makePlant(`silent ${index}`, oneIsSilent);
    const { release, rolloutId } = await plant.promote({ policy });
    const ended = await whenEnded(plant, rolloutId);
    await expectNothingLost(store, plant.fleet);
    // The silent device was told to go back to what it ran, which is nothing.
    const silent = plant.fleet.devices[silentIndex]?.id();
    const desired = await store.query('SELECT release_id AS "releaseId" FROM device_desired WHERE device_id = $1', [silent]);
    expect(desired).toEqual([{ releaseId: null }]);
    const running = plant.fleet.devices.filter((device) => device.running()?.releaseDigest === release.digest).length;
    return { state: ended.state, states: await statesOf(plant, rolloutId), running };
  });
  expect(await Promise.all(outcomes)).toEqual([
    { state: 'completed_with_failures', states: { succeeded: 9, timed_out: 1 }, running: 9 },
    // The canary went well, the second wave breached, and nobody of the third was touched.
    { state: 'failed', states: { succeeded: 3, timed_out: 1, canceled: 6 }, running: 3 },
  ]);
});

it('when a device is revoked in the middle of its update, it is told so, leaves the rollout, and the others finish', async () => {
  const plant = await makePlant('revoked', ({ index }) => (index === 4 ? { kind: 'silent', after: 'downloading' } : { kind: 'succeed' }));
  const device = plant.fleet.devices[4] as VirtualDevice;
  const { rolloutId } = await plant.promote();
  await waitFor('the device to be downloading', async () => (await statesOf(plant, rolloutId))['downloading'] === 1);
  await plant.client.post(`/devices/${device.id()}/revoke`, { reason: 'stolen' });
  await waitFor('the device to learn it', () => device.problem()?.code === 'DEVICE_REVOKED');
  const ended = await whenEnded(plant, rolloutId);
  expect([ended.state, await statesOf(plant, rolloutId)]).toEqual(['succeeded', { succeeded: 9, removed: 1 }]);
  await expectNothingLost(store, plant.fleet);
});

it('when an enrollment code is wrong, expired or used up, the device is told which, and goes on asking', async () => {
  const client = createControlPlaneClient(standalone.origin);
  await client.signIn(owner);
  const group = await client.post<Plant['group']>('/groups', { name: 'codes' });
  const expired = await createCode(client, group, 1);
  await store.query("UPDATE enrollment_code SET expires_at = now() - interval '1 second' WHERE id = $1", [expired.id]);
  const usedUp = await createCode(client, group, 1);
  const cases = { wrong: 'slc_nobody-made-this-one', expired: expired.code, usedUp: usedUp.code };
  const fleets = Object.entries(cases).map(([namePrefix, enrollmentCode]) =>
    createVirtualFleet({ origin: standalone.origin, enrollmentCode, count: 2, namePrefix }),
  );
  for (const fleet of fleets) fleet.start();
  const outcomeOf = (device: VirtualDevice): string | undefined => device.problem()?.code ?? (device.id() && 'enrolled');
  const outcomes = await waitFor('every device to be answered', () => {
    const all = fleets.map(({ devices }) => devices.map(outcomeOf));
    return all.flat().every((outcome) => outcome !== undefined) ? all : undefined;
  });
  await Promise.all(fleets.map((fleet) => fleet.stop()));
  expect(outcomes.map((outcome) => outcome.toSorted())).toEqual([
    ['ENROLLMENT_CODE_INVALID', 'ENROLLMENT_CODE_INVALID'],
    ['ENROLLMENT_CODE_EXPIRED', 'ENROLLMENT_CODE_EXPIRED'],
    ['ENROLLMENT_CODE_EXHAUSTED', 'enrolled'],
  ]);
});

it('when CI does what the examples say, the devices run what was committed; the next night, with nothing new, nothing is done', async () => {
  const client = createControlPlaneClient(standalone.origin);
  await client.signIn(owner);
  const { id } = await client.post<Application>('/applications', { name: 'nightly' });
  const { token } = await client.post<CreatedApiToken>('/tokens', { name: 'ci', role: 'operator' });
  const policy = { ...threeWaves, waves: threeWaves.waves.slice(-1) };
  const fleets = ['dev', 'staging'].map(async (name) => {
    const group = await client.post<Plant['group']>('/groups', { name });
    const { code } = await createCode(client, group, 2);
    const fleet = createVirtualFleet({ origin: standalone.origin, enrollmentCode: code, count: 2, namePrefix: name, paceMs: 10 });
    fleet.start();
    await waitFor(`the devices of ${name}`, () => fleet.devices.every((device) => device.id() !== undefined), { timeoutMs: 60_000 });
    return { fleet, stage: { name, groupIds: [group.id], policy } };
  });
  const made = await Promise.all(fleets);
  try {
    await client.post(`/applications/${id}/pipelines`, { name: 'main', stages: made.map(({ stage }) => stage) });
    const { flows, package: manifest, lock } = snapshotRequest(1);
    await mkdir(join(folder, 'ci/project'), { recursive: true });
    const files = { 'flows.json': flows, 'package.json': manifest, 'package-lock.json': lock };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, 'ci/project', name), JSON.stringify(content));
    const identities = { GITHUB_SHA: 'abc', GITHUB_RUN_ID: '1', CI_COMMIT_SHA: 'abc', CI_PIPELINE_ID: '2' };
    const environment = { SLUICE_URL: standalone.origin, SLUICE_TOKEN: token, SLUICE_APP: 'nightly', ...identities };
    const outputs: string[] = [];
    for (const script of [...(await gitHubScripts()), ...(await gitLabScripts())]) {
      const { exitCode, output } = await runScript(script, { folder: join(folder, 'ci'), environment });
      expect(exitCode, `${script.name}: ${output}`).toBe(0);
      outputs.push(output);
    }
    expect(outputs.at(-1)).toContain('Nothing changed since the last snapshot.');
    expect(outputs.at(-1)).toContain('nightly/latest is in staging already: there is nothing to do.');
    const { items } = await client.get<Page<Rollout>>(`/rollouts?applicationId=${id}`);
    expect(items.map(({ stageName, state, reason }) => [stageName, state, reason === null])).toEqual([
      ['staging', 'succeeded', false],
      ['dev', 'succeeded', false],
    ]);
    const [release] = (await client.get<Page<Release>>(`/applications/${id}/releases`)).items;
    const running = made.flatMap(({ fleet }) => fleet.devices.map((device) => device.running()?.releaseDigest));
    expect(running).toEqual(Array(4).fill(release?.digest));
  } finally {
    await Promise.all(made.map(({ fleet }) => fleet.stop()));
  }
}, 300_000);

it('when a token of another organization asks, there is nothing to be found', async () => {
  const client = createControlPlaneClient(standalone.origin);
  await client.signIn(owner);
  const { id } = await client.post<Organization>('/api/v1/organizations', { name: 'Strangers' });
  const { token } = await client.post<CreatedApiToken>(`/api/v1/organizations/${id}/tokens`, { name: 'stranger', role: 'operator' });
  const stranger = createControlPlaneClient(standalone.origin);
  stranger.useToken(token);
  expect((await stranger.request('GET', `/api/v1/organizations/${id}/devices`)).status).toBe(200);
  const application = { name: 'intruder' };
  const own = client.organizationPath();
  const answers = await Promise.all([
    stranger.request('GET', own),
    stranger.request('GET', `${own}/devices`),
    stranger.request('GET', `${own}/ledger`),
    stranger.request('POST', `${own}/applications`, application),
  ]);
  expect(answers.map(({ status, problem }) => [status, problem.code])).toEqual(Array(4).fill([404, 'NOT_FOUND']));
});

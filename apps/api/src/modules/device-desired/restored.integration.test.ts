import type { Assignment, Envelope, Report } from '@sluice/contracts';
import { systemRandom } from '@sluice/platform';
import { adoptDevice, createKeyring, getDevice, getDeviceBlockers, listDevices, masterKeysOf, reassertDevice } from '@sluice/store';
import { createTestDatabase, SEED_CONTEXT, type TestDatabase } from '@sluice/testkit';
import { verifyAssignment, verifyRoot } from '@sluice/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, createFleet, type TestDevice, type TestFleet, tokenOf } from '../device-api/testing/fleet.ts';
import { type DeviceApiUnderTest, masterKey, startDeviceApi } from '../device-api/testing/start-device-api.ts';
import { releaseSignerOrNone } from '../releases/publish-prepared.ts';

type Release = { id: string; digest: string; counter: number };

const tables = ['device', 'device_desired', 'device_observed', 'device_assignment', 'device_report', 'snapshot', 'release'];
const signer = releaseSignerOrNone(createKeyring({ current: masterKeysOf(masterKey), random: systemRandom }));

let database: TestDatabase;
let api: DeviceApiUnderTest;
/** The control plane after its database was restored. */
let restored: DeviceApiUnderTest;
let fleet: TestFleet;
let told: { device: TestDevice; token: string };
let silent: { device: TestDevice; token: string };
let before: Release;
let after: Release;

const desired = (url: string, token: string, etag?: string) =>
  call(`${url}/desired`, { token, headers: etag === undefined ? {} : { 'if-none-match': etag } });

const report = (
  api: DeviceApiUnderTest,
  token: string,
  sequence: number,
  { revision, running }: { revision: number; running: Release },
) => {
  const verdict = { state: 'healthy' as const, reasons: [] };
  const installed = { releaseDigest: running.digest, releaseCounter: running.counter, configurationDigest: null };
  const at = '2026-11-22T10:00:00.000Z';
  const health: Report = { sequence, kind: 'health', at, revision, running: installed, previous: null, verdict, runtime: null };
  return call(`${api.url}/reports`, { token, json: { reports: [health] } });
};

/** What was in the tables at the time of the backup is all that is in them again. */
async function restore(): Promise<void> {
  await api.store.transaction(async (tx) => {
    await tx.execute(`SET LOCAL session_replication_role = replica`);
    for (const table of tables) {
      await tx.execute(`DELETE FROM ${table}`);
      const [own] = await tx.query<{ columns: string }>(
        `SELECT string_agg(quote_ident(column_name), ', ') AS columns FROM information_schema.columns
          WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'`,
        [table],
      );
      await tx.execute(`INSERT INTO ${table} (${own?.columns}) SELECT ${own?.columns} FROM backup_${table}`);
    }
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startDeviceApi(database.connectionString, { checkEveryMs: 3_600_000 });
  fleet = await createFleet(api.store, 'restored');
  const enroll = async () => {
    const device = await fleet.createDevice();
    return { device, token: await tokenOf(api.url, device) };
  };
  [told, silent] = [await enroll(), await enroll()];
  before = await fleet.createRelease();
  for (const { device, token } of [told, silent]) {
    await fleet.setDesired(device, { releaseId: before.id });
    await desired(api.url, token);
    await report(api, token, 1, { revision: 1, running: before });
  }
  for (const table of tables) await api.store.query(`CREATE TABLE backup_${table} AS TABLE ${table}`);
  after = await fleet.createRelease();
  await fleet.setDesired(told.device, { releaseId: after.id });
  await report(api, told.token, 2, { revision: 2, running: after });
  await report(api, silent.token, 2, { revision: 1, running: before });
  await restore();
  restored = await startDeviceApi(database.connectionString, { checkEveryMs: 3_600_000 });
});

afterAll(async () => {
  await restored?.close();
  await api?.close();
  await database?.drop();
});

const at = () => ({ now: new Date() });
const codes = async (deviceId: string): Promise<string[]> =>
  (await getDeviceBlockers(restored.store, fleet.organizationId, { deviceId, ...at() })).blockers.map(({ code }) => code);
const adopt = (deviceId: string) => restored.store.transaction((tx) => adoptDevice(tx, fleet.organizationId, deviceId, SEED_CONTEXT));
const reassert = (deviceId: string) =>
  restored.store.transaction((tx) => reassertDevice(tx, fleet.organizationId, { deviceId, signer }, SEED_CONTEXT));

/** What an agent accepts in a new epoch of its identity. */
async function assignmentOf(device: TestDevice): Promise<Assignment> {
  const { body } = await desired(restored.url, await tokenOf(restored.url, device), '"1"');
  const root = verifyRoot(JSON.parse(fleet.rootDocument));
  const expected = { organizationId: fleet.organizationId, deviceId: device.id, epoch: 2, minimumRevision: 0, now: Date.now() };
  return verifyAssignment(body['assignment'] as Envelope, root, expected);
}

describe('a control plane that was restored from a backup', () => {
  it('when a device names a revision that it never gave, it is told nothing older, costs nothing more, and waits for a person', async () => {
    const { device, token } = told;
    const first = await desired(restored.url, token, '"2"');
    expect(first.body).toMatchObject({ revision: 1, assignment: null });
    expect(first.headers.get('etag')).toBe('"1"');
    await expect.poll(async () => (await desired(restored.url, token)).body['assignment']).toBe(null);
    const statements = restored.statements();
    for (let request = 0; request < 20; request += 1) expect((await desired(restored.url, token, '"1"')).status).toBe(304);
    expect(restored.statements()).toBe(statements);
    expect(await codes(device.id)).toEqual(['server_restored']);
    expect((await listDevices(restored.store, fleet.organizationId, { ahead: true }, at())).items.map(({ id }) => id)).toEqual([device.id]);
  });

  it('when the person decides, the device must have said what it runs; a release that is not known cannot be adopted', async () => {
    const { device, token } = told;
    await expect(reassert(device.id)).rejects.toMatchObject({ code: 'STATE_CONFLICT', message: expect.stringMatching(/not said yet/) });
    expect((await report(restored, token, 3, { revision: 2, running: after })).status).toBe(200);
    await expect(adopt(device.id)).rejects.toMatchObject({ code: 'STATE_CONFLICT', message: expect.stringMatching(/not known here/) });
  });

  it('when it is reasserted, the device accepts what is known here: a new epoch, a higher revision, a release above what it has committed', async () => {
    const { device } = told;
    await reassert(device.id);
    const assignment = await assignmentOf(device);
    expect(assignment).toMatchObject({ epoch: 2, revision: 3, releaseCounter: after.counter + 1 });
    expect(await getDevice(restored.store, fleet.organizationId, device.id, at())).toMatchObject({ ahead: false, desiredRevision: 3 });
    expect(await codes(device.id)).not.toContain('server_restored');
    await expect(reassert(device.id)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });

  it('when reports that were acknowledged are missing, the device is noticed by that, too; adopted, it is told to keep what it runs', async () => {
    const { device, token } = silent;
    expect((await desired(restored.url, token, '"1"')).status).toBe(304);
    expect((await report(restored, token, 3, { revision: 1, running: before })).status).toBe(200);
    expect(await codes(device.id)).toEqual(['server_restored']);
    await adopt(device.id);
    expect(await assignmentOf(device)).toMatchObject({
      epoch: 2,
      revision: 2,
      releaseDigest: before.digest,
      releaseCounter: before.counter,
    });
    const entries = await restored.store.query<{ action: string }>('SELECT action FROM ledger_entry WHERE target_id = $1 ORDER BY 1', [
      device.id,
    ]);
    expect(entries.map(({ action }) => action)).toEqual(['device.adopted', 'device.ahead']);
  });
});

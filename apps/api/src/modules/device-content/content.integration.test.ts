import { randomBytes } from 'node:crypto';
import type { Assignment } from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import { createTestDatabase, type TestDatabase } from '@sluice/testkit';
import { configurationContext, open, verifyConfiguration, verifyRelease, verifyRoot, verifyTime } from '@sluice/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, createFleet, type TestDevice, type TestFleet, tokenOf } from '../device-api/testing/fleet.ts';
import { type DeviceApiUnderTest, startDeviceApi } from '../device-api/testing/start-device-api.ts';

let database: TestDatabase;
let api: DeviceApiUnderTest;
let fleet: TestFleet;
let device: TestDevice;
let token: string;
let strangerToken: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startDeviceApi(database.connectionString);
  fleet = await createFleet(api.store, 'content');
  device = await fleet.createDevice();
  token = await tokenOf(api.url, device);
  const foreign = await createFleet(api.store, 'foreign');
  strangerToken = await tokenOf(api.url, await foreign.createDevice());
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

describe('GET /releases/:digest', () => {
  it('when it is of the organization, it is answered immutable and verifies; others see nothing', async () => {
    const { digest, counter } = await fleet.createRelease();
    const answer = await call(`${api.url}/releases/${digest}`, { token });
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const root = verifyRoot(JSON.parse(fleet.rootDocument));
    const { organizationId, applicationId } = fleet;
    const expectation = { digest, organizationId, applicationId, releaseCounter: counter, minimumReleaseCounter: 0 };
    expect(verifyRelease(answer.body, root, expectation).files).toHaveLength(1);
    expect((await call(`${api.url}/releases/${digest}`, { token, headers: { 'if-none-match': `"${digest}"` } })).status).toBe(304);
    expect((await call(`${api.url}/releases/${digest}`, { token: strangerToken })).body['code']).toBe('NOT_FOUND');
    expect((await call(`${api.url}/releases/${digest}`)).body['code']).toBe('UNAUTHENTICATED');
    expect((await call(`${api.url}/releases/XYZ`, { token })).status).toBe(400);
  });
});

describe('GET /blobs/:sha256', () => {
  // Large enough to be read in several pieces, small enough for memory.
  const contents = { small: randomBytes(1_000), large: randomBytes(1_300_000), empty: Buffer.alloc(0) };

  async function fetchBytes(sha256: string, range?: string): Promise<{ status: number; bytes: Buffer; headers: Headers }> {
    const headers = { authorization: `Bearer ${token}`, ...(range === undefined ? {} : { range }) };
    const response = await fetch(`${api.url}/blobs/${sha256}`, { headers });
    return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
  }

  it.each(['small', 'large', 'empty'] as const)(
    'when a %s blob is asked for, its bytes come with their length, immutable',
    async (size) => {
      const sha256 = await fleet.createBlob(contents[size]);
      // Twice: the second time from memory, if it is small.
      for (const answer of [await fetchBytes(sha256), await fetchBytes(sha256)]) {
        expect(answer.status).toBe(200);
        expect(answer.bytes.equals(contents[size])).toBe(true);
        expect(answer.headers.get('content-length')).toBe(String(contents[size].length));
        expect(answer.headers.get('cache-control')).toContain('immutable');
        expect(answer.headers.get('accept-ranges')).toBe('bytes');
      }
    },
  );

  it.each(['small', 'large'] as const)('when a part of a %s blob is asked for, exactly this part comes', async (size) => {
    const content = contents[size];
    const sha256 = await fleet.createBlob(content);
    const last = content.length - 1;
    for (const [range, start, end] of [
      ['bytes=10-19', 10, 19],
      [`bytes=${last - 4}-`, last - 4, last],
      ['bytes=-7', last - 6, last],
      [`bytes=5-${last + 1_000}`, 5, last],
    ] as const) {
      const answer = await fetchBytes(sha256, range);
      expect(answer.status).toBe(206);
      expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/${content.length}`);
      expect(answer.bytes.equals(content.subarray(start, end + 1))).toBe(true);
    }
    const behind = await fetchBytes(sha256, `bytes=${content.length}-`);
    expect(behind.status).toBe(416);
    expect(behind.headers.get('content-range')).toBe(`bytes */${content.length}`);
    expect(JSON.parse(behind.bytes.toString())).toMatchObject({ code: 'RANGE_UNSATISFIABLE' });
  });

  it('when it is of another organization or does not exist, it is not found', async () => {
    const sha256 = await fleet.createBlob(contents.small);
    expect((await call(`${api.url}/blobs/${sha256}`, { token })).status).toBe(200);
    expect((await call(`${api.url}/blobs/${sha256}`, { token: strangerToken })).body['code']).toBe('NOT_FOUND');
    expect((await call(`${api.url}/blobs/${'0'.repeat(64)}`, { token })).body['code']).toBe('NOT_FOUND');
  });
});

describe('GET /config/:digest', () => {
  it('when it is assigned to the device, only this device opens it: variables by layer, credentials, secrets only where declared', async () => {
    const release = await fleet.createRelease({
      variables: [
        { name: 'HOST', required: true, secret: false },
        { name: 'PASSWORD', required: true, secret: true },
        { name: 'PORT', required: false, secret: false, default: '502' },
      ],
      credentials: { node1: { user: 'u', password: 'p' } },
    });
    await fleet.setVariable('organization', fleet.organizationId, { name: 'HOST', value: 'organization' });
    await fleet.setVariable('organization', fleet.organizationId, { name: 'UNDECLARED_SECRET', value: 'hidden', secret: true });
    await fleet.setVariable('organization', fleet.organizationId, { name: 'SITE', value: 'ulm' });
    await fleet.setVariable('application', fleet.applicationId, { name: 'HOST', value: 'application' });
    await fleet.setVariable('device', device.id, { name: 'HOST', value: 'device' });
    await fleet.setVariable('application', fleet.applicationId, { name: 'PASSWORD', value: 'secret', secret: true });
    await fleet.setDesired(device, { releaseId: release.id });
    const envelope = await waitFor('the assignment', async () => {
      const { body } = await call(`${api.url}/desired`, { token });
      return body['assignment'] as { payload: string } | null;
    });
    const assignment = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as Assignment;
    const digest = String(assignment.configurationDigest);
    const box = await call(`${api.url}/config/${digest}`, { token });
    expect(box.headers.get('cache-control')).toBe('no-store');
    const bytes = open(device.sealingKey.privateKey, box.body, configurationContext({ deviceId: device.id, digest }));
    const configuration = verifyConfiguration(bytes, { digest, deviceId: device.id });
    expect(configuration.variables).toEqual({ HOST: 'device', PASSWORD: 'secret', PORT: '502', SITE: 'ulm' });
    expect(configuration.credentials).toEqual({ node1: { user: 'u', password: 'p' } });
    const again = await call(`${api.url}/config/${digest}`, { token });
    expect(again.body['ephemeralPublicKey']).not.toBe(box.body['ephemeralPublicKey']);
    const neighbour = await fleet.createDevice();
    expect((await call(`${api.url}/config/${digest}`, { token: await tokenOf(api.url, neighbour) })).body['code']).toBe('NOT_FOUND');
    const [row] = await api.store.query<{ sealed: Buffer }>(
      'SELECT sealed_configuration AS sealed FROM device_assignment WHERE device_id = $1',
      [device.id],
    );
    expect(row?.sealed.includes('secret')).toBe(false);
  });
});

describe('GET /time and /root/:version', () => {
  it('when asked within a minute, all devices get the same signed time; later a new one', async () => {
    const root = verifyRoot(JSON.parse(fleet.rootDocument));
    const first = await call(`${api.url}/time`, { token });
    const statement = verifyTime(first.body, root, { organizationId: fleet.organizationId, floor: 0, toleranceMs: 0 });
    expect((await call(`${api.url}/time`, { token: await tokenOf(api.url, await fleet.createDevice()) })).body).toEqual(first.body);
    api.jump(61_000);
    const later = verifyTime((await call(`${api.url}/time`, { token })).body, root, {
      organizationId: fleet.organizationId,
      floor: 0,
      toleranceMs: 0,
    });
    api.jump(-61_000);
    expect(Date.parse(later.time) - Date.parse(statement.time)).toBeGreaterThanOrEqual(60_000);
  });

  it('when the root exists in this version, it comes byte for byte; else it is not found', async () => {
    expect((await call(`${api.url}/root/1`, { token })).text).toBe(fleet.rootDocument);
    expect((await call(`${api.url}/root/2`, { token })).body['code']).toBe('NOT_FOUND');
    expect((await call(`${api.url}/root/0`, { token })).body['code']).toBe('VALIDATION_FAILED');
  });
});

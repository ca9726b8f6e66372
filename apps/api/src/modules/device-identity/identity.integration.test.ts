import { createTestDatabase, type TestDatabase } from '@sluice/testkit';
import { generateSealingKey, generateSigningKey, type SigningKey, signDeviceProof } from '@sluice/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, call, createFleet, requestToken, type TestFleet, tokenOf } from '../device-api/testing/fleet.ts';
import { type DeviceApiUnderTest, startDeviceApi } from '../device-api/testing/start-device-api.ts';

let database: TestDatabase;
let api: DeviceApiUnderTest;
let fleet: TestFleet;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startDeviceApi(database.connectionString);
  fleet = await createFleet(api.store, 'identity');
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const inventory = { agentVersion: '1', nodeVersion: '24', operatingSystem: 'linux', architecture: 'x64', hostname: 'h' };
let machines = 0;

type Machine = { signingKey: SigningKey; sealingKey: string; hardwareId: string; name: string };

function createMachine(over: Partial<Machine> = {}): Machine {
  machines += 1;
  const name = `machine ${machines}`;
  return { signingKey: generateSigningKey(), sealingKey: generateSealingKey().publicKey, hardwareId: name, name, ...over };
}

async function freshNonce(): Promise<string> {
  return String((await call(`${api.url}/nonce`, { json: {} })).body['nonce']);
}

/** Enrolls as the agent does; `change` is made after signing. */
async function enroll(code: string, machine: Machine, change: object = {}): Promise<Answer> {
  const { signingKey, sealingKey, hardwareId, name } = machine;
  const nonce = await freshNonce();
  const body = { code, nonce, publicKey: signingKey.publicKey, sealingKey, hardwareId, name, inventory };
  const signature = signDeviceProof({ purpose: 'enroll', nonce, body }, signingKey.privateKey);
  return call(`${api.url}/enroll`, { json: { ...body, signature, ...change } });
}

describe('POST /enroll', () => {
  it('when the code is good, the device gets its place, group and labels, the root, and a line in the ledger', async () => {
    const groupId = await fleet.createGroup();
    const code = await fleet.createCode({ groupId, labels: { site: 'ulm' } });
    const machine = createMachine();
    const answer = await enroll(code, machine);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ organizationId: fleet.organizationId, approval: 'approved', root: fleet.rootDocument });
    const id = String(answer.body['deviceId']);
    const [device] = await api.store.query('SELECT name, labels, epoch, approval FROM device WHERE id = $1', [id]);
    expect(device).toEqual({ name: machine.name, labels: { site: 'ulm' }, epoch: 1, approval: 'approved' });
    expect(await api.store.query('SELECT 1 FROM device_group_member WHERE group_id = $1 AND device_id = $2', [groupId, id])).toHaveLength(
      1,
    );
    const actions = await api.store.query<{ action: string }>(
      `SELECT action FROM ledger_entry WHERE search -> 'actor' ->> 'id' = $1 ORDER BY id`,
      [id],
    );
    expect(actions.map((row) => row.action).sort()).toEqual(['device.enrolled', 'enrollment_code.used']);
    await expect(tokenOf(api.url, { id, signingKey: machine.signingKey })).resolves.toContain('.');
  });

  it('when the same key enrolls again, it gets its first answer again and uses nothing, even if the code is used up', async () => {
    const code = await fleet.createCode({ maximumUses: 1 });
    const machine = createMachine();
    const first = await enroll(code, machine);
    const second = await enroll(code, machine);
    expect(second.body).toEqual(first.body);
    expect((await enroll(code, createMachine())).body['code']).toBe('ENROLLMENT_CODE_EXHAUSTED');
  });

  it('when several devices use the last use of a code at once, one of them is enrolled', async () => {
    const code = await fleet.createCode({ maximumUses: 1 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => enroll(code, createMachine())));
    expect(answers.map((answer) => answer.body['code'] ?? 'enrolled').sort()).toEqual([
      ...Array(3).fill('ENROLLMENT_CODE_EXHAUSTED'),
      'enrolled',
    ]);
  });

  it('when the code is unknown, revoked or expired, it says which', async () => {
    expect((await enroll('slc_unknown', createMachine())).body['code']).toBe('ENROLLMENT_CODE_INVALID');
    const expired = await fleet.createCode({ expiresAt: new Date(0) });
    expect((await enroll(expired, createMachine())).body['code']).toBe('ENROLLMENT_CODE_EXPIRED');
    const revoked = await fleet.createCode();
    await api.store.query('UPDATE enrollment_code SET revoked_at = now() WHERE organization_id = $1 AND revoked_at IS NULL', [
      fleet.organizationId,
    ]);
    expect((await enroll(revoked, createMachine())).body['code']).toBe('ENROLLMENT_CODE_INVALID');
  });

  it('when the hardware id is known under another key, the device waits for approval whatever the code says', async () => {
    const code = await fleet.createCode();
    const machine = createMachine();
    expect((await enroll(code, machine)).body['approval']).toBe('approved');
    const twin = createMachine({ hardwareId: machine.hardwareId });
    const answer = await enroll(code, twin);
    expect(answer.body['approval']).toBe('pending');
    const token = await requestToken(api.url, { id: String(answer.body['deviceId']), signingKey: twin.signingKey });
    expect(token.body['code']).toBe('DEVICE_PENDING');
  });

  it('when the name is taken, the device gets the next free one', async () => {
    const code = await fleet.createCode();
    const name = 'filler '.padEnd(100, 'x');
    const answers = [];
    for (const machine of [1, 2, 3].map(() => createMachine({ name }))) answers.push(await enroll(code, machine));
    const rows = await api.store.query<{ name: string }>('SELECT name FROM device WHERE id = ANY($1::uuid[]) ORDER BY id', [
      answers.map((answer) => answer.body['deviceId']),
    ]);
    expect(rows.map((row) => row.name)).toEqual([name, `${name.slice(0, 98)}-2`, `${name.slice(0, 98)}-3`]);
  });

  it('when the request was changed after signing, signed for something else, or malformed, it is refused and changes nothing', async () => {
    const code = await fleet.createCode({ maximumUses: 1 });
    expect((await enroll(code, createMachine(), { name: 'another' })).body['code']).toBe('SIGNATURE_INVALID');
    expect((await enroll(code, createMachine(), { unknown: 1 })).body).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '/unknown' }],
    });
    expect((await enroll(code, createMachine(), { nonce: 'AAAA' })).body['code']).toBe('NONCE_INVALID');
    const broken = await call(`${api.url}/enroll`, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } });
    expect(broken.status).toBe(400);
    expect(broken.headers.get('content-type')).toContain('application/problem+json');
    expect((await enroll(code, createMachine())).status).toBe(200);
  });
});

describe('POST /token', () => {
  it('when the proof is by another key or for another purpose, it is refused', async () => {
    const device = await fleet.createDevice();
    const wrongKey = await requestToken(api.url, { id: device.id, signingKey: generateSigningKey() });
    expect(wrongKey.body['code']).toBe('SIGNATURE_INVALID');
    const nonce = await freshNonce();
    const signature = signDeviceProof({ purpose: 'enroll', nonce, body: { deviceId: device.id } }, device.signingKey.privateKey);
    const wrongPurpose = await call(`${api.url}/token`, { json: { deviceId: device.id, nonce, signature } });
    expect(wrongPurpose.body['code']).toBe('SIGNATURE_INVALID');
  });

  it('when the nonce is older than a minute, it is refused', async () => {
    const device = await fleet.createDevice();
    const nonce = await freshNonce();
    const signature = signDeviceProof({ purpose: 'token', nonce, body: { deviceId: device.id } }, device.signingKey.privateKey);
    api.jump(61_000);
    const answer = await call(`${api.url}/token`, { json: { deviceId: device.id, nonce, signature } });
    api.jump(-61_000);
    expect(answer.status).toBe(401);
    expect(answer.body['code']).toBe('NONCE_INVALID');
  });

  it('when the device is revoked, quarantined, pending or unknown, it says so', async () => {
    for (const [approval, code] of [
      ['revoked', 'DEVICE_REVOKED'],
      ['quarantined', 'DEVICE_REVOKED'],
      ['pending', 'DEVICE_PENDING'],
    ] as const) {
      const device = await fleet.createDevice({ approval });
      const answer = await requestToken(api.url, device);
      expect([answer.status, answer.body['code']]).toEqual([403, code]);
    }
    const unknown = await requestToken(api.url, { id: '019b0000-0000-7000-8000-000000000000', signingKey: generateSigningKey() });
    expect([unknown.status, unknown.body['code']]).toEqual([401, 'UNAUTHENTICATED']);
  });
});

import { randomUUID } from 'node:crypto';
import type { Report } from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import { createTestDatabase, type TestDatabase } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, call, createFleet, requestToken, type TestDevice, type TestFleet, tokenOf } from '../device-api/testing/fleet.ts';
import { type DeviceApiUnderTest, startDeviceApi } from '../device-api/testing/start-device-api.ts';

let database: TestDatabase;
let api: DeviceApiUnderTest;
let fleet: TestFleet;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startDeviceApi(database.connectionString);
  fleet = await createFleet(api.store, 'reports');
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const at = '2026-11-22T10:00:00.000Z';

async function enrolled(): Promise<{ device: TestDevice; token: string }> {
  const device = await fleet.createDevice();
  return { device, token: await tokenOf(api.url, device) };
}

function send(token: string, reports: Report[]): Promise<Answer> {
  return call(`${api.url}/reports`, { token, json: { reports } });
}

const event = (sequence: number, message = 'm'): Report => ({ sequence, kind: 'event', at, level: 'info', code: 'RESTARTED', message });

function health(sequence: number, state: 'healthy' | 'unhealthy', over: object = {}): Report {
  return {
    sequence,
    kind: 'health',
    at,
    revision: 0,
    running: null,
    previous: null,
    verdict: { state, reasons: [] },
    runtime: null,
    ...over,
  };
}

async function count(table: 'device_report' | 'device_event', device: TestDevice): Promise<number> {
  const [row] = await api.store.query<{ count: number }>(`SELECT count(*) FROM ${table} WHERE device_id = $1`, [device.id]);
  return row?.count ?? -1;
}

describe('POST /reports', () => {
  it('when reports are delivered again, whole or in part, alone or at once, each counts once', async () => {
    const { device, token } = await enrolled();
    const reports = [event(1), event(2), event(3)];
    expect((await send(token, reports)).body).toEqual({ acknowledged: 3, refused: [] });
    const again = await Promise.all([send(token, reports), send(token, [event(2), event(3), event(4)]), send(token, [event(4)])]);
    expect(again.map((answer) => answer.body['acknowledged'])).toEqual([3, 4, 4]);
    expect([await count('device_report', device), await count('device_event', device)]).toEqual([4, 4]);
  });

  it('when many devices report at once, few transactions hold all of it', async () => {
    const fleetOf = await Promise.all([...Array(40)].map(enrolled));
    const before = api.statements();
    const answers = await Promise.all(fleetOf.map(({ token }) => send(token, [event(1), health(2, 'healthy')])));
    expect(answers.every((answer) => answer.body['acknowledged'] === 2)).toBe(true);
    // A transaction of each device would send more than ten statements for each.
    expect(api.statements() - before).toBeLessThan(40 * 5);
    for (const { device } of fleetOf) expect(await count('device_report', device)).toBe(2);
  });

  it('when a sequence comes again with other content, the device is quarantined, nothing of the batch counts, and it is told', async () => {
    const { device, token } = await enrolled();
    await send(token, [event(1)]);
    const answer = await send(token, [event(1, 'another machine'), event(2)]);
    expect([answer.status, answer.body['code']]).toEqual([409, 'REPORT_SEQUENCE_CONFLICT']);
    expect(await count('device_report', device)).toBe(1);
    const [row] = await api.store.query('SELECT approval, epoch FROM device WHERE id = $1', [device.id]);
    expect(row).toEqual({ approval: 'quarantined', epoch: 2 });
    const ledger = await api.store.query(`SELECT 1 FROM ledger_entry WHERE action = 'device.quarantined' AND target_id = $1`, [device.id]);
    expect(ledger).toHaveLength(1);
    const events = await api.store.query(`SELECT 1 FROM device_event WHERE device_id = $1 AND code = 'QUARANTINED'`, [device.id]);
    expect(events).toHaveLength(1);
    expect((await send(token, [event(2)])).body['code']).toBe('TOKEN_REVOKED');
    expect((await requestToken(api.url, device)).body['code']).toBe('DEVICE_REVOKED');
    await waitFor('its check-ins are refused', async () => (await call(`${api.url}/desired`, { token })).body['code'] === 'TOKEN_REVOKED');
  });

  it('when one device of a group sends what cannot be stored, the others are not harmed', async () => {
    const [poison, good] = [await enrolled(), await enrolled()];
    // Larger than the column: nothing in the contract forbids it, and only the database notices.
    const running = { releaseDigest: 'a'.repeat(64), releaseCounter: 2 ** 40, configurationDigest: null };
    const answers = await Promise.all([
      send(good.token, [event(1)]),
      send(poison.token, [health(1, 'healthy', { running }), event(2)]),
      send(good.token, [event(2)]),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 400, 200]);
    expect([await count('device_report', good.device), await count('device_report', poison.device)]).toEqual([2, 0]);
  });

  it('when texts hold what Postgres cannot store, they are stored without it', async () => {
    const { device, token } = await enrolled();
    const body = JSON.stringify({ reports: [event(1, 'HERE')] }).replace('HERE', '\\u0000 \\ud800 end');
    const answer = await call(`${api.url}/reports`, { token, method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(200);
    const [row] = await api.store.query<{ message: string }>('SELECT message FROM device_event WHERE device_id = $1', [device.id]);
    expect(row?.message).toBe('\uFFFD \uFFFD end');
  });

  it('when health is reported, the newest counts, since when it is so stays, and only what is noticeable is announced', async () => {
    const { device, token } = await enrolled();
    const changes = async () =>
      (await api.store.query(`SELECT 1 FROM change_event WHERE kind = 'device' AND resource_id = $1`, [device.id])).length;
    const observed = async () =>
      (
        await api.store.query<{ health: string; since: Date }>(
          'SELECT health, health_since AS since FROM device_observed WHERE device_id = $1',
          [device.id],
        )
      )[0];
    await send(token, [health(2, 'healthy'), health(1, 'unhealthy')]);
    const first = await observed();
    expect(first?.health).toBe('healthy');
    expect(await changes()).toBe(1);
    await send(token, [health(3, 'healthy')]);
    expect(await observed()).toEqual(first);
    expect(await changes()).toBe(1);
    await send(token, [health(4, 'unhealthy')]);
    expect((await observed())?.health).toBe('unhealthy');
    expect((await observed())?.since).not.toEqual(first?.since);
    expect(await changes()).toBe(2);
    // Two connections of one device may overtake each other: the late one is durable, but what it says is over.
    await send(token, [health(6, 'unhealthy')]);
    await send(token, [health(5, 'healthy')]);
    expect((await observed())?.health).toBe('unhealthy');
  });

  it('when a deployment moves on, it moves; a report of an old attempt is refused with the state; the worker is told', async () => {
    const { device, token } = await enrolled();
    const release = await fleet.createRelease();
    const deployment = await fleet.createDeployment(device, release.id, 'offered');
    await fleet.setDesired(device, { releaseId: release.id, deployment });
    const report = (sequence: number, state: 'accepted' | 'downloading' | 'succeeded', attempt = 1): Report => ({
      sequence,
      kind: 'deployment',
      at,
      deploymentId: deployment.id,
      attempt,
      state,
    });
    expect((await send(token, [report(1, 'accepted'), report(2, 'downloading', 7)])).body).toEqual({
      acknowledged: 2,
      refused: [{ sequence: 2, state: 'accepted', detail: expect.any(String) }],
    });
    expect(api.advanced).toContain(deployment.rolloutId);
    await send(token, [report(3, 'succeeded')]);
    const [row] = await api.store.query('SELECT state FROM deployment WHERE id = $1', [deployment.id]);
    expect(row).toEqual({ state: 'succeeded' });
    api.advanced.length = 0;
    await send(token, [health(4, 'unhealthy')]);
    // A device that succeeded and turns bad is news for its wave.
    expect(api.advanced).toEqual([deployment.rolloutId]);
  });

  it('when a device refuses, its timeline and the ledger know', async () => {
    const { device, token } = await enrolled();
    await send(token, [{ sequence: 1, kind: 'refusal', at, code: 'ROLLBACK_DETECTED', detail: 'older', revision: 3 }]);
    const [entry] = await api.store.query<{ search: { after: object } }>(
      `SELECT search FROM ledger_entry WHERE action = 'device.refused' AND target_id = $1`,
      [device.id],
    );
    expect(entry?.search.after).toMatchObject({ code: 'ROLLBACK_DETECTED', revision: 3 });
    expect(await count('device_event', device)).toBe(1);
  });

  it('when the request is malformed, too much, without a token, or about an unknown deployment, nothing changes', async () => {
    const { device, token } = await enrolled();
    expect((await send(token, [])).body['code']).toBe('VALIDATION_FAILED');
    expect((await send(token, [Object.assign(event(1), { extra: 1 })])).body['code']).toBe('VALIDATION_FAILED');
    expect(
      (
        await send(
          token,
          [...Array(501)].map((_, index) => event(index + 1)),
        )
      ).body['code'],
    ).toBe('VALIDATION_FAILED');
    expect((await call(`${api.url}/reports`, { json: { reports: [event(1)] } })).body['code']).toBe('UNAUTHENTICATED');
    expect(await count('device_report', device)).toBe(0);
    const unknown: Report = { sequence: 1, kind: 'deployment', at, deploymentId: randomUUID(), attempt: 1, state: 'accepted' };
    expect((await send(token, [unknown])).body['refused']).toMatchObject([{ sequence: 1, state: 'unknown' }]);
  });
});

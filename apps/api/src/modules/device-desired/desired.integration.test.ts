import type { Assignment, Envelope } from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import { requestDeviceCapture } from '@sluice/store';
import { createTestDatabase, SEED_CONTEXT, type TestDatabase } from '@sluice/testkit';
import { canonicalJson, encodeBase64, verifyAssignment, verifyRoot } from '@sluice/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  call,
  createFleet,
  desiredParameters,
  setDesiredQuery,
  type TestDevice,
  type TestFleet,
  tokenOf,
} from '../device-api/testing/fleet.ts';
import { type DeviceApiUnderTest, startDeviceApi } from '../device-api/testing/start-device-api.ts';

let database: TestDatabase;
let api: DeviceApiUnderTest;
let other: DeviceApiUnderTest;
let fleet: TestFleet;

beforeAll(async () => {
  database = await createTestDatabase();
  // Readings without a notification come so rarely that these tests would fail if they depended on them.
  api = await startDeviceApi(database.connectionString, { checkEveryMs: 3_600_000 });
  other = await startDeviceApi(database.connectionString, { checkEveryMs: 3_600_000 });
  fleet = await createFleet(api.store, 'desired');
});

afterAll(async () => {
  await api?.close();
  await other?.close();
  await database?.drop();
});

const desired = (url: string, token: string, options: { etag?: string; wait?: number; signal?: AbortSignal } = {}) =>
  call(`${url}/desired`, {
    token,
    headers: {
      ...(options.etag === undefined ? {} : { 'if-none-match': options.etag }),
      ...(options.wait === undefined ? {} : { prefer: `wait=${options.wait}` }),
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });

async function enrolled(): Promise<{ device: TestDevice; token: string }> {
  const device = await fleet.createDevice();
  return { device, token: await tokenOf(api.url, device) };
}

function open(envelope: unknown, device: TestDevice, epoch = 1): Assignment {
  const root = verifyRoot(JSON.parse(fleet.rootDocument));
  return verifyAssignment(envelope as Envelope, root, {
    organizationId: fleet.organizationId,
    deviceId: device.id,
    epoch,
    minimumRevision: 0,
    now: Date.now(),
  });
}

describe('GET /desired', () => {
  it('when nothing was ever asked of the device, it answers revision 0 without an assignment, and then 304', async () => {
    const { token } = await enrolled();
    const first = await desired(api.url, token);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ revision: 0, assignment: null });
    expect(first.headers.get('etag')).toBe('"0"');
    const second = await desired(api.url, token, { etag: '"0"' });
    expect(second.status).toBe(304);
    expect(second.headers.get('etag')).toBe('"0"');
    expect(Number(second.headers.get('sluice-poll-after-ms'))).toBe(first.body['pollAfterMs']);
  });

  it('when nothing has changed, it touches no database, and presence is written behind', async () => {
    const quiet = await startDeviceApi(database.connectionString, { checkEveryMs: 3_600_000, presenceFlushMs: 3_600_000 });
    const { device, token } = await enrolled();
    await fleet.setDesired(device, { releaseId: (await fleet.createRelease()).id });
    const etag = (await desired(quiet.url, token)).headers.get('etag') ?? '';
    // The notification of the revision may come after the answer; its reading is done when a check-in costs nothing.
    await waitFor('the change was read', async () => {
      const before = quiet.statements();
      await desired(quiet.url, token, { etag });
      return quiet.statements() === before;
    });
    const before = quiet.statements();
    for (let request = 0; request < 200; request += 1) expect((await desired(quiet.url, token, { etag })).status).toBe(304);
    expect(quiet.statements()).toBe(before);
    expect(await lastSeen(device)).toBe(0);
    await quiet.close();
    expect(await lastSeen(device)).toBeGreaterThan(0);
  });

  it('when a capture is open, every replica tells of it beside the same assignment, and check-ins that know it touch no database', async () => {
    const { device, token } = await enrolled();
    const revision = await fleet.setDesired(device, { releaseId: (await fleet.createRelease()).id });
    const known = (await desired(api.url, token)).headers.get('etag') ?? '';
    const polls = [api.url, other.url].map((url) => desired(url, token, { etag: known, wait: 60 }));
    const { id } = await api.store.transaction((tx) =>
      requestDeviceCapture(
        tx,
        fleet.organizationId,
        { deviceId: device.id, message: '', expiresAt: new Date(Date.now() + 60_000) },
        SEED_CONTEXT,
      ),
    );
    for (const answer of await Promise.all(polls)) {
      expect(answer.body['capture']).toEqual({ id });
      // An agent that knows nothing of captures sees what it has, once more.
      expect(open(answer.body['assignment'], device)).toMatchObject({ revision });
    }
    const etag = `"${revision}.${id}"`;
    await waitFor('the change was read', async () => {
      const before = api.statements();
      await desired(api.url, token, { etag });
      return api.statements() === before;
    });
    // Presence is written once a second, whoever asks: some statements may be its, never one for each check-in.
    const before = api.statements();
    for (let request = 0; request < 100; request += 1) expect((await desired(api.url, token, { etag })).status).toBe(304);
    expect(api.statements() - before).toBeLessThan(50);
  });

  it('when the device is given a release, it answers an assignment that the device can verify, the same in every replica', async () => {
    const { device, token } = await enrolled();
    const release = await fleet.createRelease();
    const revision = await fleet.setDesired(device, { releaseId: release.id });
    const answers = await Promise.all([...Array(6).keys()].map((index) => desired(index % 2 === 0 ? api.url : other.url, token)));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.body['assignment']).toEqual(answers[0]?.body['assignment']);
    }
    const assignment = open(answers[0]?.body['assignment'], device);
    expect(assignment).toMatchObject({ revision, releaseDigest: release.digest, releaseCounter: release.counter, epoch: 1 });
    const rows = await api.store.query('SELECT 1 FROM device_assignment WHERE device_id = $1', [device.id]);
    expect(rows).toHaveLength(1);
  });

  it('when an assignment has expired, it is signed anew with the same content', async () => {
    const { device, token } = await enrolled();
    await fleet.setDesired(device, { releaseId: (await fleet.createRelease()).id });
    const before = open((await desired(api.url, token)).body['assignment'], device);
    await api.store.query(`UPDATE device_assignment SET expires_at = now() - interval '1 hour' WHERE device_id = $1`, [device.id]);
    const answer = await desired(api.url, token);
    const after = open(answer.body['assignment'], device);
    expect(after).toEqual({ ...before, issuedAt: after.issuedAt, expiresAt: after.expiresAt });
    const [row] = await api.store.query<{ envelope: unknown }>('SELECT envelope FROM device_assignment WHERE device_id = $1', [device.id]);
    expect(row?.envelope).toEqual(answer.body['assignment']);
    expect(after.issuedAt).not.toBe(before.issuedAt);
  });

  it('when the rollout has a maintenance window, agents that know windows get the next ones signed: anew when one has passed or the zone is another', async () => {
    const { device, token } = await enrolled();
    const release = await fleet.createRelease();
    const deployment = await fleet.createDeployment(device, release.id, 'staged');
    const window = { recurrence: 'FREQ=DAILY', startTime: '02:00', durationMinutes: 60, timeZone: 'device' };
    await api.store.query(`UPDATE rollout_policy SET policy = $2 WHERE id = (SELECT policy_id FROM rollout WHERE id = $1)`, [
      deployment.rolloutId,
      JSON.stringify({ window }),
    ]);
    await fleet.setDesired(device, { releaseId: release.id, deployment });
    const answered = async () => open((await desired(api.url, token)).body['assignment'], device);
    const hours = ({ windows = [] }: Assignment) => windows.map(({ opensAt }) => opensAt.slice(11, 19));
    expect((await answered()).windows).toBeUndefined();
    const inventory = { agentVersion: '1', nodeVersion: '24', operatingSystem: 'linux', architecture: 'x64', hostname: 'h' };
    const tell = (sequence: number, more: object) =>
      call(`${api.url}/reports`, {
        token,
        json: {
          reports: [
            {
              ...{ sequence, kind: 'health', at: new Date().toISOString(), revision: 0, running: null, previous: null, runtime: null },
              ...{ verdict: { state: 'unknown', reasons: [] }, inventory: { ...inventory, ...more } },
            },
          ],
        },
      });
    expect((await tell(1, { timeZone: 'Asia/Tokyo', features: ['windows'] })).status).toBe(200);
    const first = await answered();
    expect([first.revision, hours(first)]).toEqual([2, Array(5).fill('17:00:00')]);
    expect(await answered()).toEqual(first);
    // The stored one, as it is when its next window has passed.
    const passed = [{ opensAt: '2026-01-01T17:00:00.000Z', closesAt: '2026-01-01T18:00:00.000Z' }, ...(first.windows ?? [])];
    const payload = encodeBase64(canonicalJson({ ...first, windows: passed }));
    await api.store.query(
      `UPDATE device_assignment SET envelope = jsonb_set(envelope, '{payload}', to_jsonb($2::text)) WHERE device_id = $1`,
      [device.id, payload],
    );
    expect(await answered()).toMatchObject({ revision: 2, windows: first.windows });
    expect((await tell(2, { timeZone: 'Asia/Kolkata', features: ['windows'] })).status).toBe(200);
    const moved = await answered();
    expect([moved.revision, hours(moved)]).toEqual([3, Array(5).fill('20:30:00')]);
    const pauseOrResume = async (state: string) => {
      await api.store.query('UPDATE rollout SET state = $2 WHERE id = $1', [deployment.rolloutId, state]);
      await api.store.query('UPDATE device_desired SET revision = revision + 1 WHERE device_id = $1', [device.id]);
      const { revision, windows } = await answered();
      return [revision, windows?.length];
    };
    expect(await pauseOrResume('paused'), 'a pause: no window opens').toEqual([4, 0]);
    expect(await pauseOrResume('running')).toEqual([5, 5]);
    await fleet.setDesired(device, { releaseId: release.id });
    expect((await answered()).windows).toBeUndefined();
  });

  it('when a required variable is missing, the deployment fails, names it, and the device keeps what it had', async () => {
    const { device, token } = await enrolled();
    const good = await fleet.createRelease();
    await fleet.setDesired(device, { releaseId: good.id });
    const bad = await fleet.createRelease({ variables: [{ name: 'PLC_PORT', required: true, secret: false }] });
    const deployment = await fleet.createDeployment(device, bad.id, 'offered');
    await api.store.query('UPDATE deployment SET from_release_id = $2 WHERE id = $1', [deployment.id, good.id]);
    const offered = await fleet.setDesired(device, { releaseId: bad.id, deployment });
    const answer = await desired(api.url, token);
    const assignment = open(answer.body['assignment'], device);
    expect(assignment).toMatchObject({ releaseDigest: good.digest, deploymentId: null, revision: offered + 1 });
    const [row] = await api.store.query<{ state: string; code: string; message: string }>(
      'SELECT state, code, message FROM deployment WHERE id = $1',
      [deployment.id],
    );
    expect(row).toMatchObject({ state: 'failed', code: 'VARIABLE_MISSING' });
    expect(row?.message).toContain('PLC_PORT');
    expect(api.advanced).toContain(deployment.rolloutId);
  });

  it('when the token is missing, foreign, expired or revoked, it answers 401 with the code that says which', async () => {
    expect((await call(`${api.url}/desired`)).body['code']).toBe('UNAUTHENTICATED');
    expect((await desired(api.url, 'no token')).body['code']).toBe('UNAUTHENTICATED');
    const { device, token } = await enrolled();
    expect((await desired(api.url, token)).status).toBe(200);
    expect((await desired(api.url, token, { etag: '"0"' })).status).toBe(304);
    await revoke(device);
    await waitFor(
      'the token counts no more',
      async () => (await desired(api.url, token, { etag: '"0"' })).body['code'] === 'TOKEN_REVOKED',
    );
    const { token: old } = await enrolled();
    expect((await desired(api.url, old, { etag: '"0"' })).status).toBe(304);
    api.jump(16 * 60_000);
    const expired = await desired(api.url, old, { etag: '"0"' });
    api.jump(-16 * 60_000);
    expect(expired.status).toBe(401);
    expect(expired.body['code']).toBe('TOKEN_EXPIRED');
  });
});

async function lastSeen(device: TestDevice): Promise<number> {
  const [row] = await api.store.query<{ at: Date }>('SELECT last_seen_at AS at FROM device_presence WHERE device_id = $1', [device.id]);
  return row?.at.getTime() ?? 0;
}

async function revoke(device: TestDevice): Promise<void> {
  await api.store.transaction(async (tx) => {
    await tx.execute(`UPDATE device SET approval = 'revoked', epoch = epoch + 1 WHERE id = $1`, [device.id]);
    await tx.desiredChanged();
  });
}

describe('long poll', () => {
  it('when the desired state changes, the polls of the device are answered in every replica, and two polls of one replica both', async () => {
    const { device, token } = await enrolled();
    const polls = [api.url, api.url, other.url].map((url) => desired(url, token, { etag: '"0"', wait: 60 }));
    // Held by now, or soon: both ways the change must reach them.
    const release = await fleet.createRelease();
    await fleet.setDesired(device, { releaseId: release.id });
    for (const answer of await Promise.all(polls)) expect(open(answer.body['assignment'], device).releaseDigest).toBe(release.digest);
  });

  it('when its time is over, it answers 304 and says that it waited', async () => {
    const { token } = await enrolled();
    const answer = await desired(api.url, token, { etag: '"0"', wait: 1 });
    expect(answer.status).toBe(304);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
  });

  it('when the device is revoked meanwhile, the poll is answered 401', async () => {
    const { device, token } = await enrolled();
    const poll = desired(api.url, token, { etag: '"0"', wait: 60 });
    await revoke(device);
    expect((await poll).body['code']).toBe('TOKEN_REVOKED');
  });

  it('when its client leaves, nothing of the poll stays', async () => {
    const { token } = await enrolled();
    const leaving = new AbortController();
    const poll = desired(api.url, token, { etag: '"0"', wait: 60, signal: leaving.signal });
    await waitFor('the poll is held', () => api.heldPolls() === 1);
    leaving.abort();
    await expect(poll).rejects.toThrow();
    await waitFor('the poll is gone', () => api.heldPolls() === 0);
  });

  it('when the server ends, held polls are answered before', async () => {
    const third = await startDeviceApi(database.connectionString);
    const polls = [];
    for (const { token } of [await enrolled(), await enrolled()]) polls.push(desired(third.url, token, { etag: '"0"', wait: 60 }));
    await waitFor('both are held', () => third.heldPolls() === 2);
    await third.close();
    for (const answer of await Promise.all(polls)) expect(answer.status).toBe(304);
  });
});

/** Ends the connections that listen, as an administrator or a restart would. */
async function killListeners(): Promise<number> {
  const rows = await api.store.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND (query ILIKE 'LISTEN%' OR query LIKE '%pg_current_snapshot%')`,
  );
  return rows.length;
}

describe('invalidation', () => {
  it('when the listening connection is lost, changes still arrive, and the cache works again afterwards', async () => {
    const { device, token } = await enrolled();
    expect((await desired(api.url, token, { etag: '"0"' })).status).toBe(304);
    const poll = desired(other.url, token, { etag: '"0"', wait: 60 });
    expect(await killListeners()).toBeGreaterThanOrEqual(2);
    const release = await fleet.createRelease();
    await fleet.setDesired(device, { releaseId: release.id });
    expect(open((await poll).body['assignment'], device).releaseDigest).toBe(release.digest);
    await waitFor('the change is seen', async () => (await desired(api.url, token, { etag: '"0"' })).status === 200);
    await waitFor('unchanged check-ins touch no database again', async () => {
      await desired(api.url, token, { etag: '"1"' });
      const before = api.statements();
      for (let request = 0; request < 20; request += 1) expect((await desired(api.url, token, { etag: '"1"' })).status).toBe(304);
      return api.statements() - before < 3;
    });
  });

  it('when a transaction that began earlier commits later than another, its change is not missed', async () => {
    const [early, late] = [await enrolled(), await enrolled()];
    const release = await fleet.createRelease();
    await fleet.setDesired(early.device, { releaseId: null });
    await fleet.setDesired(late.device, { releaseId: null });
    await waitFor('both are cached', async () => {
      const answers = await Promise.all([early, late].map(({ token }) => desired(api.url, token, { etag: '"1"' })));
      return answers.every((answer) => answer.status === 304);
    });
    const slow = await api.store.pool.connect();
    try {
      await slow.query('BEGIN');
      await slow.query(setDesiredQuery, desiredParameters(early.device, release.id));
      // Committed and read by the replicas while the earlier transaction is still open: their watermark must not pass it.
      await fleet.setDesired(late.device, { releaseId: release.id });
      await waitFor('the later one is seen', async () => (await desired(api.url, late.token, { etag: '"1"' })).status === 200);
      expect((await desired(api.url, early.token, { etag: '"1"' })).status).toBe(304);
      await slow.query('COMMIT');
      await slow.query(`SELECT pg_notify('sluice_desired', '')`);
      await waitFor('the earlier one is seen', async () => (await desired(api.url, early.token, { etag: '"1"' })).status === 200);
    } finally {
      slow.release();
    }
  });

  it('when a notification never comes, the change is seen by the next reading', async () => {
    const quick = await startDeviceApi(database.connectionString, { checkEveryMs: 50 });
    try {
      const { device, token } = await enrolled();
      expect((await desired(quick.url, token, { etag: '"0"' })).status).toBe(304);
      await api.store.query(setDesiredQuery, desiredParameters(device, null));
      await waitFor('the change is seen', async () => (await desired(quick.url, token, { etag: '"0"' })).status === 200);
    } finally {
      await quick.close();
    }
  });
});

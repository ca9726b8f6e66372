import type {
  Application,
  CapturedContent,
  CreateSnapshotRequest,
  DeviceCapture,
  LogRequest,
  Page,
  Release,
  Snapshot,
  SnapshotContent,
} from '@sluice/contracts';
import { openSecret } from '@sluice/platform';
import { waitFor } from '@sluice/platform/testing';
import { expireDeviceCaptures, getSnapshotSource, pruneExpired } from '@sluice/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flows, seedDevice } from '../../testing/seed.ts';
import { type Answer, type ApiUnderTest, createCaller, startApi } from '../../testing/start-api.ts';
import { createDeviceTokens } from '../device-identity/tokens.ts';
import { captureLifetimeMs } from './service.ts';

let api: ApiUnderTest;
let release: Release;
let released: Snapshot;

const plc = { id: 'plc', type: 'modbus-client', z: 't1', name: 'PLC' };
const all = [...flows, plc, { id: 'old', type: 'mqtt-broker', name: 'Old broker' }];
const credentials = { plc: { password: 'of the release' }, old: { password: 'of a node that is gone' } };

beforeAll(async () => {
  api = await startApi();
  const application = await api.owner.post<Application>('/applications', { name: 'line' });
  const content = {
    flows: all,
    package: { dependencies: { 'node-red-contrib-modbus': '5.23.3' } },
    credentials,
    settings: { debugMaxLength: 7 },
  };
  released = await api.owner.post<Snapshot>(`/applications/${application.id}/snapshots`, content satisfies CreateSnapshotRequest);
  release = await api.owner.post<Release>(`/applications/${application.id}/releases`, { snapshotId: released.id });
});
afterAll(() => api.close());

type TestDevice = {
  id: string;
  desired(headers?: Record<string, string>): Promise<Answer>;
  send(captureId: string, body: unknown): Promise<Answer>;
  sendLogs(logRequestId: string, body: unknown): Promise<Answer>;
};

/** A device that runs the release, as its reports and its assignment say. */
async function device(name: string): Promise<TestDevice> {
  const { organizationId } = api.owner;
  const id = await seedDevice(api.store, organizationId, { name });
  await api.store.query(
    `INSERT INTO device_desired (device_id, organization_id, revision, release_id, changed_at) VALUES ($1, $2, 0, $3, now())`,
    [id, organizationId, release.id],
  );
  const tokens = createDeviceTokens({ key: api.deps.keys['jwt-device'], now: () => api.clock.now() });
  const ask = (method: 'GET' | 'POST', path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> => {
    const { accessToken } = tokens.issue({ deviceId: id, organizationId, epoch: 1 });
    return createCaller(api.app, organizationId, { authorization: `Bearer ${accessToken}` }).request(
      method,
      `/api/../device/v1${path}`,
      body,
      headers,
    );
  };
  return {
    id,
    desired: (headers) => ask('GET', '/desired', undefined, headers),
    send: (captureId, body) => ask('POST', `/captures/${captureId}`, body),
    sendLogs: (logRequestId, body) => ask('POST', `/log-requests/${logRequestId}`, body),
  };
}

const request = (target: { id: string }, message?: string): Promise<DeviceCapture> =>
  api.owner.post<DeviceCapture>(`/devices/${target.id}/captures`, message === undefined ? {} : { message });
const read = (id: string): Promise<DeviceCapture> => api.owner.get<DeviceCapture>(`/captures/${id}`);

function content(nodes: unknown[], over: Partial<CapturedContent> = {}): CapturedContent {
  return {
    source: 'runtime',
    releaseDigest: release.digest,
    flows: nodes,
    runtimeVersion: '5.0.7-git',
    modules: { 'node-red-contrib-modbus': '5.23.3' },
    credentials: { compared: true, changed: [] },
    ...over,
  };
}

const snapshotCount = async (): Promise<number> =>
  (await api.store.query('SELECT 1 FROM snapshot WHERE application_id = $1', [release.applicationId])).length;

it('when a capture is asked for, a poll that waits is answered at once, and only the device can hand it in', async () => {
  const [asked, other] = [await device('asked'), await device('other')];
  const poll = asked.desired({ 'if-none-match': '"0"', prefer: 'wait=60' });
  const capture = await request(asked, 'why line 3 behaves');
  expect(capture).toMatchObject({ state: 'requested', deviceName: 'asked', differs: null, snapshot: null, release: null, failure: null });
  const told = await poll;
  expect(told.body).toMatchObject({ revision: 0, assignment: null, capture: { id: capture.id } });
  expect((await read(capture.id)).state).toBe('delivered');
  // As long as it is open, who knows it is told nothing new, and who has forgotten it (after a crash) is told again.
  const etag = String(told.headers['etag']);
  expect((await asked.desired({ 'if-none-match': etag })).status).toBe(304);
  expect((await asked.desired()).body).toMatchObject({ capture: { id: capture.id } });
  expect((await other.send(capture.id, content(all))).problem.code).toBe('NOT_FOUND');
  expect((await read(capture.id)).state).toBe('delivered');
  expect((await asked.send(capture.id, content(all))).body).toEqual({ state: 'completed' });
  const after = await waitFor('the tag of the revision alone', async () => {
    const answer = await asked.desired({ 'if-none-match': etag });
    return answer.status === 200 ? answer : undefined;
  });
  expect([after.headers['etag'], Object.hasOwn(after.body, 'capture')]).toEqual(['"0"', false]);
});

it('when what runs there is what was released, there is no new snapshot, and the capture says which one it is', async () => {
  const target = await device('unchanged');
  const { id } = await request(target);
  const before = await snapshotCount();
  await target.send(id, content(all));
  expect(await read(id)).toMatchObject({
    state: 'completed',
    differs: false,
    snapshot: { id: released.id, number: released.number },
    release: { id: release.id, applicationName: 'line' },
    warnings: [],
    observed: { source: 'runtime', modules: { 'node-red-contrib-modbus': '5.23.3' } },
  });
  expect(await snapshotCount()).toBe(before);
});

it('when somebody edited on the device, a snapshot is made of it with everything else of the release, and nothing secret of the device', async () => {
  const target = await device('edited');
  const asking = await api.caller('operator');
  const capture = await asking.post<DeviceCapture>(`/devices/${target.id}/captures`, { message: 'drift' });
  const edited = [
    ...flows,
    plc,
    { id: 'new', type: 'function', z: 't1', func: 'return env.get("NEW_HOST");', credentials: { x: 'secret of the device' } },
  ];
  const upload = content(edited, {
    modules: { 'node-red-contrib-modbus': '5.45.2' },
    runtimeVersion: '5.0.6',
    credentials: {
      compared: true,
      changed: [
        { id: 'plc', type: 'modbus-client', name: 'PLC' },
        { id: 'new', type: 'function', name: '' },
      ],
    },
  });
  const before = await snapshotCount();
  // Answers get lost: the same again makes nothing twice.
  const receipts = await Promise.all([target.send(capture.id, upload), target.send(capture.id, upload)]);
  expect([...receipts, await target.send(capture.id, content(all))].map((receipt) => receipt.body)).toEqual(
    Array(3).fill({ state: 'completed' }),
  );
  expect(await snapshotCount()).toBe(before + 1);
  const done = await read(capture.id);
  expect(done).toMatchObject({ state: 'completed', differs: true, message: 'drift' });
  expect(done.warnings.map(({ code }) => code)).toEqual([
    'RUNTIME_DIFFERS',
    'CREDENTIALS_DIFFER',
    'CREDENTIALS_NEW',
    'MODULES_DIFFER',
    'VARIABLES_NEW',
  ]);
  const made = await api.owner.get<SnapshotContent>(`/snapshots/${done.snapshot?.id}`);
  const { credentials: _credentials, ...last } = edited.at(-1) as Record<string, unknown>;
  expect(made).toMatchObject({
    message: 'drift',
    parent: released.number,
    labels: { source: 'device', device: target.id },
    createdBy: done.requestedBy,
    runtimeVersion: '5.0.7',
    hasLock: true,
    settings: { debugMaxLength: 7 },
  });
  expect(made.flows).toEqual([...flows, plc, last]);
  expect(made.variables.map(({ name }) => name)).toEqual(['PLC_HOST', 'NEW_HOST']);
  const again = await request(target);
  await target.send(again.id, upload);
  expect(await read(again.id)).toMatchObject({ state: 'completed', differs: true, snapshot: done.snapshot });
  expect(await snapshotCount()).toBe(before + 1);
  const { sealedCredentials } = await getSnapshotSource(api.store, api.owner.organizationId, made.id);
  const opened = openSecret(api.deps.keys['secret-encryption'], sealedCredentials ?? Buffer.alloc(0), `snapshot/${made.id}`);
  expect(JSON.parse(opened.toString())).toEqual({ plc: credentials.plc });
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=device&targetId=${target.id}`);
  expect(items.slice(2).map(({ action }) => action)).toEqual(['device.capture_completed', 'device.capture_requested']);
});

it.each<[string, () => unknown, number, string]>([
  ['flows that are none', () => content([{ id: 'a' }]), 422, 'FLOWS_MALFORMED'],
  ['flows that are no list', () => ({ ...content([]), flows: { a: 1 } }), 400, 'VALIDATION_FAILED'],
  ['a release of somebody else', () => content(all, { releaseDigest: 'f'.repeat(64) }), 400, 'VALIDATION_FAILED'],
  ['too many nodes', () => content(Array.from({ length: 20_001 }, (_, index) => ({ id: `n${index}`, type: 'x' }))), 413, 'FLOWS_TOO_LARGE'],
  ['more bytes than anybody may send', () => 'x'.repeat(10), 413, 'FLOWS_TOO_LARGE'],
  ['something that changes prototypes', () => '{"flows":[{"id":"a","type":"b","__proto__":{"x":1}}]}', 400, 'BAD_REQUEST'],
  ['why it cannot', () => ({ failure: { code: 'RUNTIME_NOT_ASKED', message: 'half \ud800' } }), 200, 'RUNTIME_NOT_ASKED'],
])('when a device sends %s, the capture ends with words, and another one can be asked for', async (what, make, status, code) => {
  const body = make();
  const target = await device(what);
  const { id } = await request(target);
  const answer = typeof body === 'string' ? await raw(target, id, body) : await target.send(id, body);
  expect(answer.status, answer.text).toBe(status);
  const failed = await read(id);
  expect(failed).toMatchObject({ state: 'failed', failure: { code } });
  expect(failed.failure?.message.length).toBeGreaterThan(3);
  expect((await request(target)).state).toBe('requested');
});

/** A body that no JSON.stringify makes. */
async function raw(target: TestDevice, captureId: string, body: string): Promise<Answer> {
  const tokens = createDeviceTokens({ key: api.deps.keys['jwt-device'], now: () => api.clock.now() });
  const { accessToken } = tokens.issue({ deviceId: target.id, organizationId: api.owner.organizationId, epoch: 1 });
  // What it says of its length is believed before anything is read.
  const length = body.startsWith('x') ? { 'content-length': String(33 * 1024 * 1024) } : {};
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', ...length };
  return createCaller(api.app, '', headers).request('POST', `/api/../device/v1/captures/${captureId}`, body);
}

it('when one is open, or the device runs nothing, is not approved, or is not here, none is asked for', async () => {
  const target = await device('busy');
  const { id } = await request(target);
  const second = await api.owner.request('POST', `/devices/${target.id}/captures`, {});
  expect(second.problem).toMatchObject({ status: 409, code: 'CAPTURE_OPEN', detail: expect.stringContaining(id) });
  const idle = await seedDevice(api.store, api.owner.organizationId, { name: 'idle' });
  const pending = await seedDevice(api.store, api.owner.organizationId, { name: 'pending', approval: 'pending' });
  for (const deviceId of [idle, pending])
    expect((await api.owner.request('POST', `/devices/${deviceId}/captures`, {})).problem.code).toBe('STATE_CONFLICT');
  expect((await api.stranger.request('POST', `/devices/${target.id}/captures`, {})).problem.code).toBe('NOT_FOUND');
  expect((await api.stranger.request('GET', `/captures/${id}`)).problem.code).toBe('NOT_FOUND');
  expect((await api.stranger.request('GET', `/devices/${target.id}/captures`)).problem.code).toBe('NOT_FOUND');
  const { items } = await api.owner.get<Page<DeviceCapture>>(`/devices/${target.id}/captures`);
  expect(items.map((capture) => capture.id)).toEqual([id]);
  const key = { 'idempotency-key': 'capture-of-a-device' };
  const fresh = await device('repeated');
  const ask = (): Promise<Answer> => api.owner.request('POST', `/devices/${fresh.id}/captures`, {}, key);
  expect((await ask()).body).toEqual((await ask()).body);
});

it('when nobody answers in time, the capture expires, is told as expired at once, and comes too late', async () => {
  const target = await device('late');
  const { id } = await request(target);
  const etag = String((await target.desired()).headers['etag']);
  api.clock.jump(captureLifetimeMs + 1);
  expect(await read(id)).toMatchObject({ state: 'expired', failure: { code: 'CAPTURE_EXPIRED' } });
  expect((await target.send(id, content(all))).problem).toMatchObject({ status: 409, code: 'CAPTURE_EXPIRED' });
  expect(await api.store.transaction((tx) => expireDeviceCaptures(tx))).toBe(false);
  const [row] = await api.store.query<{ state: string }>('SELECT state FROM device_capture WHERE id = $1', [id]);
  expect(row?.state).toBe('expired');
  await waitFor('the tag is the old one again', async () => (await target.desired({ 'if-none-match': etag })).headers['etag'] === '"0"');
  expect((await target.send(id, content(all))).problem.code).toBe('CAPTURE_EXPIRED');
  expect((await request(target)).state).toBe('requested');
});

it('when lines of a log are asked for, the device is told at once, hands them in once, and the ledger keeps who asked but not the lines', async () => {
  const [asked, other, viewer] = [await device('logs'), await device('other logs'), await api.caller('viewer')];
  const path = `/devices/${asked.id}/log-requests`;
  expect((await viewer.request('POST', path, {})).problem.code).toBe('FORBIDDEN');
  const poll = asked.desired({ 'if-none-match': '"0"', prefer: 'wait=60' });
  const opened = await api.owner.post<LogRequest>(path, { lines: 7 });
  expect(opened).toMatchObject({ state: 'requested', source: 'runtime', lineCount: 7, lines: null });
  const told = await poll;
  expect(told.body).toMatchObject({ logs: { id: opened.id, source: 'runtime', lines: 7 } });
  const tag = String(told.headers['etag']);
  expect((await asked.desired({ 'if-none-match': tag })).status).toBe(304);
  expect((await api.owner.request('POST', path, {})).problem).toMatchObject({ status: 409, code: 'LOGS_OPEN' });
  const upload = { lines: ['one', 'two \u0000'], truncated: false };
  expect((await other.sendLogs(opened.id, upload)).problem.code).toBe('NOT_FOUND');
  expect((await asked.sendLogs(opened.id, { lines: [7], truncated: false })).problem.code).toBe('VALIDATION_FAILED');
  expect((await asked.sendLogs(opened.id, upload)).body).toEqual({ state: 'completed' });
  expect((await asked.sendLogs(opened.id, { lines: ['other'], truncated: true })).body).toEqual({ state: 'completed' });
  const shown = await api.owner.get<LogRequest>(`/log-requests/${opened.id}`);
  expect(shown).toMatchObject({ state: 'completed', lines: ['one', 'two \uFFFD'], truncated: false });
  expect((await viewer.request('GET', `/log-requests/${opened.id}`)).problem.code).toBe('FORBIDDEN');
  expect((await api.stranger.request('GET', `/log-requests/${opened.id}`)).problem.code).toBe('NOT_FOUND');
  expect((await api.owner.get<Page<LogRequest>>(path)).items).toMatchObject([{ id: opened.id, lines: null }]);
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=device&targetId=${asked.id}`);
  expect(items.map(({ action }) => action)).toEqual(expect.arrayContaining(['device.logs_requested', 'device.logs_sent']));
  expect(JSON.stringify(items)).not.toContain('two');
});

it('when the time of a request for logs is over, its lines are shown no more, an open one is expired, and the next can be asked for', async () => {
  const [answered, silent] = [await device('answered'), await device('silent')];
  const [first, second] = [
    await api.owner.post<LogRequest>(`/devices/${answered.id}/log-requests`, { source: 'agent' }),
    await api.owner.post<LogRequest>(`/devices/${silent.id}/log-requests`, {}),
  ];
  await answered.sendLogs(first.id, { lines: ['secret of the plant'], truncated: false });
  await api.store.query(`UPDATE device_log_request SET expires_at = requested_at WHERE id = ANY($1::uuid[])`, [[first.id, second.id]]);
  expect(await api.owner.get(`/log-requests/${first.id}`)).toMatchObject({ state: 'completed', lines: null });
  expect(await api.owner.get(`/log-requests/${second.id}`)).toMatchObject({ state: 'expired', failure: { code: 'LOGS_EXPIRED' } });
  expect((await silent.sendLogs(second.id, { lines: [], truncated: false })).problem).toMatchObject({
    status: 409,
    code: 'STATE_CONFLICT',
  });
  expect((await silent.desired()).body).not.toHaveProperty('logs');
  await api.owner.post(`/devices/${silent.id}/log-requests`, {});
  await api.store.transaction((tx) => pruneExpired(tx));
  expect((await api.owner.request('GET', `/log-requests/${first.id}`)).problem.code).toBe('NOT_FOUND');
});

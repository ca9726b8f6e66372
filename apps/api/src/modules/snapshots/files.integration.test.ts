import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Application, Page, Snapshot, SnapshotContent } from '@sluice/contracts';
import { diffSnapshots, encryptCredentials, parseCredentials, parseFlows, readUpload, readZip, writeZip } from '@sluice/snapshot';
import { getSnapshotSource } from '@sluice/store';
import { readCommittedSnapshot } from '@sluice/vcs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NodeRedUnderTest, startNodeRed } from '../../testing/node-red.ts';
import { oddFlowFiles } from '../../testing/odd-flow-files.ts';
import { readRealFlows, realFlowFiles } from '../../testing/real-flow-files.ts';
import { flows } from '../../testing/seed.ts';
import { type ApiUnderTest, type Caller, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let base: string;
beforeAll(async () => {
  api = await startApi();
  base = `/applications/${(await api.owner.post<Application>('/applications', { name: 'Line 1/Ulm' })).id}/snapshots`;
});
afterAll(() => api.close());

const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const zipOf = (files: Record<string, unknown>): Uint8Array =>
  writeZip(new Map(Object.entries(files).map(([name, value]) => [name, bytes(value)])));
const nodeId = (flows[1] as { id: string }).id;
const plain = { [nodeId]: { password: 'hunter2-of-the-plc' } };
const secret = 'ein Schlüssel: 100 %';
const encrypted = encryptCredentials(plain, secret, new Uint8Array(16).fill(5));

function upload(file: Uint8Array, options: { query?: string; headers?: Record<string, string>; type?: string } = {}) {
  const { query = '', headers = {}, type = 'application/zip' } = options;
  return api.owner.request('POST', `${base}${query}`, Buffer.from(file), { 'content-type': type, ...headers });
}

async function download(caller: Caller, method: 'GET' | 'POST', path: string, payload?: object) {
  const url = `/api/v1/organizations/${caller.organizationId}${path}`;
  const response = await api.app.inject({ method, url, headers: caller.headers, ...(payload === undefined ? {} : { payload }) });
  return { status: response.statusCode, headers: response.headers, file: response.rawPayload };
}

const project = {
  'plant/flows.json': flows,
  'plant/flows_cred.json': encrypted,
  'plant/package.json': { dependencies: { 'node-red': '4.1.0' }, 'node-red': { settings: { flowFile: 'flows.json' } } },
  'plant/settings.json': { lang: 'de' },
  'plant/variables.json': [{ name: 'PLC_HOST', required: true, secret: false, default: 'plc' }],
};

describe('files that come in', () => {
  it('when a project is sent as a zip, everything of it is captured, and the same request as JSON has the same digest', async () => {
    const headers = { 'sluice-credential-secret': encodeURIComponent(secret), 'idempotency-key': 'zip-1' };
    const answer = await upload(zipOf(project), { query: '?message=from%20a%20zip', headers });
    const snapshot: Snapshot = answer.body;
    expect(answer.status, answer.text).toBe(201);
    expect(snapshot).toMatchObject({ message: 'from a zip', runtimeVersion: '4.1.0', hasCredentials: true });
    expect((await api.owner.get<SnapshotContent>(`/snapshots/${snapshot.id}`)).settings).toEqual({ lang: 'de' });
    const json = await api.owner.post<Snapshot>(base, {
      flows,
      package: project['plant/package.json'],
      settings: { lang: 'de' },
      variables: project['plant/variables.json'],
      credentials: plain,
    });
    expect(json.digest).toBe(snapshot.digest);
    const again = await upload(zipOf(project), { query: '?message=from%20a%20zip', headers });
    expect((again.body as Snapshot).id).toBe(snapshot.id);
    expect((await upload(zipOf(project), { headers })).problem.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('when credentials are encrypted and their secret is missing, it says so; without them it is captured', async () => {
    expect((await upload(zipOf(project))).problem).toMatchObject({ status: 422, code: 'CREDENTIALS_UNREADABLE' });
    expect((await upload(zipOf(project), { query: '?credentials=omit' })).body).toMatchObject({ hasCredentials: false });
    const badHeader = await upload(zipOf(project), { headers: { 'sluice-credential-secret': '100 %' } });
    expect(badHeader.problem).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/sluice-credential-secret' }] });
  });

  it('when a FlowFuse snapshot is sent as a file or as flows, modules, variables and credentials come along', async () => {
    const document = {
      name: 'before the holidays',
      flows: { flows, credentials: encrypted },
      settings: { modules: { 'node-red': '4.1.2' }, env: { LINE: '1', FF_X: 'y', DB_PASSWORD: 'geheim' } },
    };
    const sent = await upload(bytes(document), {
      type: 'application/octet-stream',
      headers: { 'sluice-credential-secret': encodeURIComponent(secret) },
    });
    const file: Snapshot = sent.body;
    expect(file, sent.text).toMatchObject({ message: 'before the holidays', runtimeVersion: '4.1.2', hasCredentials: true });
    expect(file.variables).toEqual([
      { name: 'LINE', required: false, secret: false, default: '1' },
      { name: 'DB_PASSWORD', required: true, secret: true },
      { name: 'PLC_HOST', required: true, secret: false },
    ]);
    expect((await api.owner.post<Snapshot>(base, { flows: document, credentialSecret: secret })).digest).toBe(file.digest);
    const more = await api.owner.post<Snapshot>(base, { flows: document, credentialSecret: secret, message: 'mine', variables: [] });
    expect(more).toMatchObject({ message: 'mine', variables: [] });
  });

  it.each<[string, Uint8Array, number, string]>([
    ['is no zip', bytes('PK\u0003\u0004 nonsense'), 422, 'ARCHIVE_MALFORMED'],
    ['leads out of itself', zipOf({ '../flows.json': flows }), 422, 'ARCHIVE_MALFORMED'],
    ['is full of folders', zipOf({ [`${'a/'.repeat(40)}flows.json`]: flows }), 413, 'ARCHIVE_TOO_LARGE'],
    ['holds no flows', zipOf({ 'readme.md': 'hello' }), 422, 'FLOWS_NOT_FOUND'],
    ['holds several', zipOf({ 'flows_a.json': flows, 'flows_b.json': flows }), 422, 'FLOWS_NOT_FOUND'],
    ['holds broken flows', zipOf({ 'flows.json': '[{' }), 422, 'FLOWS_MALFORMED'],
    ['holds broken settings', zipOf({ 'flows.json': flows, 'settings.json': '{"a":{"__proto__":{}}}' }), 422, 'PROJECT_MALFORMED'],
    ['holds settings of the agent', zipOf({ 'flows.json': flows, 'settings.json': { httpAdminRoot: '/' } }), 400, 'VALIDATION_FAILED'],
    [
      'declares variables that cannot be',
      zipOf({ 'flows.json': flows, 'variables.json': '[{"name":"a-b","required":true,"secret":false}]' }),
      400,
      'VALIDATION_FAILED',
    ],
    ['is empty', new Uint8Array(), 422, 'FLOWS_MALFORMED'],
  ])('when the file %s, it is refused and nothing is kept', async (_, file, status, code) => {
    const count = async (): Promise<number> => (await api.owner.get<Page<Snapshot>>(`${base}?limit=200`)).items.length;
    const before = await count();
    expect((await upload(file)).problem).toMatchObject({ status, code });
    expect(await count()).toBe(before);
  });

  it('when the body is text, a form, or none, no parser lets it through unchecked', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-7',
      'APPLICATION/JSON',
      'application/zip+json',
    ]) {
      const { problem } = await upload(bytes('{"flows":1}'), { type });
      expect([400, 415], type).toContain(problem.status);
    }
    expect((await api.owner.request('POST', base)).problem.status).toBe(400);
  });
});

describe('files that go out', () => {
  let snapshot: Snapshot;
  beforeAll(async () => {
    snapshot = await api.owner.post<Snapshot>(base, { flows, credentials: plain, settings: { lang: 'de' }, message: 'out' });
  });

  it('when flows are asked for, they are the very bytes that devices get', async () => {
    const { file, headers } = await download(api.owner, 'GET', `/snapshots/${snapshot.id}/export?format=flows`);
    expect(file.toString()).toBe(JSON.stringify(flows));
    expect(headers).toMatchObject({
      'sluice-credentials': 'omitted',
      'content-disposition': `attachment; filename="line-1-ulm-v${snapshot.number}.json"`,
    });
  });

  it('when a project is asked for by a viewer, it tells which nodes need credentials, and holds none', async () => {
    const viewer = await api.caller('viewer');
    const { file, headers } = await download(viewer, 'GET', `/snapshots/${snapshot.id}/export?format=project`);
    expect(headers['content-type']).toBe('application/zip');
    const files = readZip(file);
    expect([...files.keys()]).not.toContain('flows_cred.json');
    expect(Buffer.from(files.get('README.md') ?? []).toString()).toContain(nodeId);
    expect([...files.values()].map((content) => Buffer.from(content).toString()).join('')).not.toContain('hunter2');
  });

  it.each(['project', 'flowfuse'])('when a %s comes back with its credentials, it has the same digest', async (format) => {
    const { status, file, headers } = await download(api.owner, 'POST', `/snapshots/${snapshot.id}/export`, {
      format,
      credentialSecret: secret,
    });
    expect([status, headers['sluice-credentials'], headers['cache-control']]).toEqual([200, 'encrypted', 'no-store']);
    const found = readUpload(file);
    expect(parseCredentials(found.credentials ?? '', secret)).toEqual(plain);
    expect(file.toString('latin1')).not.toMatch(/hunter2|Schl/);
    const headersBack = { 'sluice-credential-secret': encodeURIComponent(secret) };
    const back = await upload(file, { type: 'application/octet-stream', headers: headersBack });
    expect((back.body as Snapshot).digest, back.text).toBe(snapshot.digest);
  });

  it('when credentials leave, the ledger says who took them and of which nodes, once for one key', async () => {
    const ask = () =>
      api.app.inject({
        method: 'POST',
        url: `/api/v1/organizations/${api.owner.organizationId}/snapshots/${other.id}/export`,
        headers: { ...api.owner.headers, 'idempotency-key': 'take-1' },
        payload: { format: 'project', credentialSecret: secret },
      });
    const other = await api.owner.post<Snapshot>(base, { flows, credentials: plain });
    const [first, again] = [await ask(), await ask()];
    expect(Buffer.compare(first.rawPayload, again.rawPayload)).toBe(0);
    const { items } = await api.owner.get<Page<{ action: string; entry: string }>>(`/ledger?targetKind=snapshot&targetId=${other.id}`);
    const entries = items
      .filter(({ action }) => action === 'snapshot.exported')
      .map(({ entry }) => Buffer.from(entry, 'base64').toString());
    expect(entries).toHaveLength(1);
    expect(JSON.parse(entries[0] ?? '')).toMatchObject({ after: { format: 'project', nodesWithCredentials: [nodeId] } });
    expect(entries[0]).not.toMatch(/hunter2|Schl/);
  });

  it('when somebody else than an owner wants credentials, or an owner with a secret that is none, it is refused', async () => {
    const path = `/snapshots/${snapshot.id}/export`;
    const operator = await api.caller('operator');
    expect((await operator.request('POST', path, { format: 'project', credentialSecret: secret })).problem.code).toBe('FORBIDDEN');
    expect((await api.stranger.request('POST', path, { format: 'project', credentialSecret: secret })).problem.code).toBe('NOT_FOUND');
    expect((await api.stranger.request('GET', `${path}?format=project`)).problem.code).toBe('NOT_FOUND');
    expect((await api.owner.request('POST', path, { format: 'project', credentialSecret: 'short' })).problem.code).toBe(
      'VALIDATION_FAILED',
    );
    expect((await api.owner.request('GET', `${path}?format=tar`)).problem.code).toBe('VALIDATION_FAILED');
  });
});

describe('files and a real Node-RED', () => {
  const running = [
    { id: 't1', type: 'tab', label: 'Line 1' },
    { id: 'b1', type: 'mqtt-broker', broker: '127.0.0.1', port: '1', autoConnect: false },
    { id: 'in', type: 'http in', z: 't1', url: '/ping', method: 'get', x: 100, y: 80, wires: [['out']] },
    { id: 'out', type: 'http response', z: 't1', x: 300, y: 80, wires: [] },
  ];
  let folder: string;
  let snapshot: Snapshot;
  let nodeRed: NodeRedUnderTest;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-project-'));
    const credentials = { b1: { user: 'press', password: 'hunter2' } };
    snapshot = await api.owner.post<Snapshot>(base, { flows: running, credentials, settings: { httpNodeRoot: '/line' } });
    const body = { format: 'project', credentialSecret: secret };
    const { file } = await download(api.owner, 'POST', `/snapshots/${snapshot.id}/export`, body);
    for (const [name, content] of readZip(file)) await writeFile(join(folder, name), content);
    nodeRed = await startNodeRed(folder, secret);
  });
  afterAll(async () => {
    await nodeRed?.close();
    await rm(folder, { recursive: true });
  });

  it('when an exported project is opened, its flows run with their settings, credentials and revision', async () => {
    const { flowsRevision } = await getSnapshotSource(api.store, api.owner.organizationId, snapshot.id);
    expect(await nodeRed.get('/flows')).toMatchObject({ rev: flowsRevision });
    expect(await nodeRed.get('/credentials/mqtt-broker/b1')).toEqual({ user: 'press', has_password: true });
    expect((await fetch(`${nodeRed.address}/line/ping`)).status).toBe(200);
  });

  /** In, into the history, out again and in again; and what Node-RED itself makes of the file. */
  async function travel({ bytes: file }: { bytes: Uint8Array }, more: object = {}): Promise<void> {
    const text = Buffer.from(file)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
    const { organizationId } = api.owner;
    const kept = await api.owner.post<Snapshot>(base, { flows: text, ...more });
    const source = await getSnapshotSource(api.store, organizationId, kept.id);
    const parsed = parseFlows(text);
    const repository = { organizationId, applicationId: kept.applicationId };
    const committed = await readCommittedSnapshot(api.store, repository, kept.commit ?? '');
    expect(Buffer.compare(committed.flows, source.flows)).toBe(0);
    expect(diffSnapshots({ flows: parsed.flows }, { flows: parseFlows(committed.flows).flows })).toMatchObject({
      class: null,
      order: null,
    });
    const flowsFile = (await download(api.owner, 'GET', `/snapshots/${kept.id}/export?format=flows`)).file;
    const project = readZip((await download(api.owner, 'GET', `/snapshots/${kept.id}/export?format=project`)).file);
    const pretty = Buffer.from(project.get('flows.json') ?? []);
    expect([flowsFile, pretty].map((each) => parseFlows(each).revision)).toEqual([source.flowsRevision, source.flowsRevision]);
    // Inline credentials leave the flows, everything else of these two forms stays byte by byte.
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && !text.includes('"credentials"')) {
      if (text === JSON.stringify(value)) expect(flowsFile.toString()).toBe(text);
      if (text === JSON.stringify(value, null, 4)) expect(pretty.toString()).toBe(text);
    }
    expect(await nodeRed.deploy(Array.isArray(value) ? value : parsed.flows)).toBe(source.flowsRevision);
  }

  describe('that runs nothing of them', () => {
    beforeAll(() => nodeRed.stopFlows());

    it.each(oddFlowFiles.map((file) => [file.name, file] as const))(
      'when a flow file %s, nothing gets lost, and the revision is Node-RED’s',
      (_, file) => travel(file),
    );

    it.each(realFlowFiles)('when a flow file is from the field (%s), the same', async (name) => {
      // Modules that came from a folder of its author are nothing that could be installed.
      await travel({ bytes: readRealFlows(name) }, { package: {}, credentials: {}, credentialSecret: 'none' });
    });
  });
});

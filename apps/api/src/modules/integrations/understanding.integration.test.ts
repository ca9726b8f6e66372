// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.

import * as contracts from '@sluice/contracts';
import {
  type DeviceIntegrations,
  type ExtractedVariables,
  type FleetIntegrations,
  type Page,
  type Release,
  type Snapshot,
  type SnapshotContent,
  SnapshotDiffReport,
  type SnapshotIntegrations,
  type TalkingDevice,
  type VariableProposals,
} from '@sluice/contracts';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Promotable, seedPromotable } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

const devicesOfFleet = 300;
const secret = 'hunter2-of-the-mes';
const placed = { z: 't', x: 1, y: 1, wires: [] };
/** A line that talks to a broker and a controller of its own, to the MES of all, and offers a route. */
const line = (options: { topic?: string; port?: string } = {}): object[] => [
  { id: 't', type: 'tab', label: 'Line' },
  { id: 'b', type: 'mqtt-broker', name: 'Plant', broker: '${BROKER}', port: options.port ?? '8883', usetls: true },
  { id: 'in', type: 'mqtt in', name: 'State', topic: options.topic ?? 'line/state', broker: 'b', ...placed },
  { id: 'plc', type: 'tcp request', server: '${PLC_HOST}', port: '502', ...placed },
  { id: 'mes', type: 'http request', method: 'POST', url: 'https://mes.plant/orders', ...placed },
  { id: 'sec', type: 'http request', method: 'GET', url: '${TOKEN_URL}', ...placed },
  { id: 'route', type: 'http in', method: 'get', url: '/health', ...placed },
  { id: 'off', type: 'file', filename: '/data/old.csv', d: true, ...placed },
];

let api: ApiUnderTest;
let seeded: Promotable;
let deviceIds: string[];
let next: { snapshot: Snapshot; release: Release };

const set = (scope: string, scopeId: string, name: string, value: string, isSecret = false) =>
  api.owner.request('PUT', '/variables', { scope, scopeId, name, value, secret: isSecret });

/** Devices as they are after a rollout: each says that it runs the release. */
async function seedFleet(): Promise<void> {
  const { organizationId } = api.owner;
  const { release, group, stageId } = seeded;
  await api.store.transaction(async (tx) => {
    const rows = await tx.query<{ id: string }>(
      `insert into device (id, organization_id, name, hardware_id, public_key, sealing_key, approval, inventory, created_at)
       select gen_random_uuid(), $1, 'edge-' || lpad(n::text, 4, '0'), 'hw-' || n, 'k' || n, 's' || n, 'approved', '{}', now()
       from generate_series(0, $2 - 1) n returning id`,
      [organizationId, devicesOfFleet],
    );
    await tx.execute('insert into device_group_member (group_id, device_id) select $1, id from device where organization_id = $2', [
      group.id,
      organizationId,
    ]);
    await tx.execute(
      `insert into device_observed (device_id, organization_id, revision, running_digest, health, health_since, verdict, reported_at)
       select id, organization_id, 1, $2, 'healthy', now(), '{}', now() from device where organization_id = $1`,
      [organizationId, release.digest],
    );
    await tx.execute(
      `insert into device_desired (device_id, organization_id, revision, release_id, stage_id, attempt, changed_at)
       select id, organization_id, 1, $2, $3, 1, now() from device where organization_id = $1`,
      [organizationId, release.id, stageId],
    );
    expect(rows).toHaveLength(devicesOfFleet);
  });
  const all = await api.store.query<{ id: string }>('select id from device where organization_id = $1 order by name', [organizationId]);
  deviceIds = all.map(({ id }) => id);
}

beforeAll(async () => {
  api = await startApi();
  seeded = await seedPromotable(api.owner, { name: 'bottling', deviceIds: [] });
  const base = `/applications/${seeded.application.id}`;
  const variables = ['BROKER', 'PLC_HOST', 'TOKEN_URL', 'LIMIT'].map((name) => ({
    name,
    required: name !== 'LIMIT',
    secret: name === 'TOKEN_URL',
  }));
  const capture = async (flows: object[]) => {
    const snapshot = await api.owner.post<Snapshot>(`${base}/snapshots`, { flows, variables });
    return { snapshot, release: await api.owner.post<Release>(`${base}/releases`, { snapshotId: snapshot.id }) };
  };
  Object.assign(seeded, await capture(line()));
  next = await capture([...line({ topic: 'line/state/v2', port: '1883' }), { id: 'new', type: 'debug', ...placed }]);
  await seedFleet();
  await set('organization', api.owner.organizationId, 'BROKER', 'central.plant');
  await set('stage', seeded.stageId, 'BROKER', 'prod.plant');
  await set('device', deviceIds[3] ?? '', 'BROKER', 'local.plant');
  await set('application', seeded.application.id, 'TOKEN_URL', `https://user:${secret}@mes.plant/token`, true);
  for (const [index, id] of deviceIds.slice(0, 20).entries()) await set('device', id, 'PLC_HOST', `10.0.0.${index}`);
}, 60_000);
afterAll(() => api.close());

/** An answer that keeps to its schema: it is made away from the route that declares it. */
async function read<T>(path: string, schema: TSchema): Promise<T> {
  const answer = await api.owner.request('GET', path);
  expect([answer.status, answer.headers['content-type'], answer.text.slice(0, 300)]).toEqual([
    200,
    'application/json; charset=utf-8',
    expect.any(String),
  ]);
  expect([...Compile(schema).Errors(answer.body)].slice(0, 3)).toEqual([]);
  expect(answer.text).not.toContain(secret);
  return answer.body as T;
}

const addresses = (map: { items: { address: string }[] }): string[] => map.items.map(({ address }) => address);

it('when a snapshot is compared with the one before it, changes, restarts and endpoints are told, resolved for a stage', async () => {
  const report = await read<SnapshotDiffReport>(`/snapshots/${next.snapshot.id}/diff?stageId=${seeded.stageId}`, SnapshotDiffReport);
  expect(report).toMatchObject({
    from: { number: next.snapshot.number - 1, applicationName: 'bottling', release: null },
    to: { snapshotId: next.snapshot.id },
    target: { kind: 'stage', name: 'prod' },
    missingVariables: ['PLC_HOST'],
    diff: { class: 'integration', counts: { nodes: { added: 1, removed: 0, changed: 2, cosmetic: 0 } } },
  });
  const [moved] = report.diff.endpoints;
  expect(moved).toMatchObject({
    change: 'changed',
    before: { address: 'mqtts://prod.plant:8883' },
    after: { address: 'mqtts://prod.plant:1883' },
  });
  expect(report.diff.restart).toMatchObject({ scope: 'nodes', restarted: ['b', 'in'], started: ['new'] });
  const same = await read<SnapshotDiffReport>(`/snapshots/${next.snapshot.id}/diff?from=${next.snapshot.id}`, SnapshotDiffReport);
  expect([same.diff.class, same.diff.sections]).toEqual([null, []]);
});

it('when releases are compared, it is with the one before; the first one is all new', async () => {
  const report = await read<SnapshotDiffReport>(`/releases/${next.release.id}/diff`, SnapshotDiffReport);
  expect(report).toMatchObject({ from: { release: { id: seeded.release.id } }, to: { release: { name: next.release.name } } });
  const { items } = await api.owner.get<Page<Snapshot>>(`/applications/${seeded.application.id}/snapshots?limit=200`);
  const first = await read<SnapshotDiffReport>(`/snapshots/${items.at(-1)?.id}/diff`, SnapshotDiffReport);
  expect([first.from, first.diff.counts.nodes.removed]).toEqual([null, 0]);
});

it('when a release is compared with what a device runs, the values of that device count', async () => {
  const report = await read<SnapshotDiffReport>(`/devices/${deviceIds[3]}/diff?releaseId=${next.release.id}`, SnapshotDiffReport);
  expect(report).toMatchObject({
    from: { release: { id: seeded.release.id } },
    target: { kind: 'device', name: 'edge-0003' },
    missingVariables: [],
  });
  expect(report.diff.endpoints[0]).toMatchObject({ after: { address: 'mqtts://local.plant:1883' } });
  const without = await read<SnapshotDiffReport>(`/devices/${deviceIds[30]}/diff?releaseId=${next.release.id}`, SnapshotDiffReport);
  expect(without.missingVariables).toEqual(['PLC_HOST']);
});

it('when a snapshot is asked what it talks to, secrets stay names, pages follow each other, and filters hold', async () => {
  const path = `/snapshots/${seeded.snapshot.id}/integrations`;
  const map = await read<SnapshotIntegrations>(`${path}?stageId=${seeded.stageId}`, contracts.SnapshotIntegrations);
  expect(addresses(map)).toEqual([
    '${TOKEN_URL}',
    '/health',
    'https://mes.plant/orders',
    'mqtts://prod.plant:8883',
    'tcp://${PLC_HOST}:502',
  ]);
  expect(map.unresolvedVariables).toEqual(['PLC_HOST', 'TOKEN_URL']);
  const pages: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: SnapshotIntegrations = await api.owner.get(`${path}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}&idle=true`);
    pages.push(...addresses(page));
    cursor = page.nextCursor;
  }
  expect([pages.length, new Set(pages).size, pages.includes('file:///data/old.csv')]).toEqual([6, 6, true]);
  const filtered = async (query: string) => addresses(await api.owner.get<SnapshotIntegrations>(`${path}?${query}`));
  expect(await filtered('kind=http&direction=inbound')).toEqual(['${TOKEN_URL}', '/health']);
  expect(await filtered('address=/data/old.csv')).toEqual(['file:///data/old.csv']);
  expect(await filtered('address=mes.plant')).toEqual(['https://mes.plant/orders']);
  expect(await filtered('security=tls_off&kind=mqtt')).toEqual([]);
  expect((await api.owner.request('GET', `${path}?cursor=AAAA`)).problem.code).toBe('CURSOR_INVALID');
});

it('when a device is asked what it talks to, it is what runs there with its own variables', async () => {
  const map = await read<DeviceIntegrations>(`/devices/${deviceIds[3]}/integrations`, contracts.DeviceIntegrations);
  expect(map.release).toMatchObject({ id: seeded.release.id, application: { name: 'bottling' } });
  expect(addresses(map)).toEqual(expect.arrayContaining(['mqtts://local.plant:8883', 'tcp://10.0.0.3:502']));
});

it('when the fleet is asked, each endpoint names the devices and nodes behind it', async () => {
  const fleet = await read<FleetIntegrations>('/integrations', contracts.FleetIntegrations);
  const at = (address: string) => fleet.items.find((endpoint) => endpoint.address === address);
  expect(fleet.deviceCount).toBe(devicesOfFleet);
  expect(at('mqtts://prod.plant:8883')).toMatchObject({ deviceCount: devicesOfFleet - 1 });
  expect(at('mqtts://local.plant:8883')).toMatchObject({
    deviceCount: 1,
    devices: [{ id: deviceIds[3], name: 'edge-0003' }],
    uses: [
      {
        application: { name: 'bottling' },
        variables: ['BROKER'],
        symbol: 'mqtts://${BROKER}:8883',
        nodes: [{ id: 'in', detail: 'line/state' }],
      },
    ],
  });
  expect(at('tcp://10.0.0.7:502')?.devices).toEqual([{ id: deviceIds[7], name: 'edge-0007' }]);
  expect(at('tcp://${PLC_HOST}:502')?.deviceCount).toBe(devicesOfFleet - 20);
  const shared = at('https://mes.plant/orders');
  expect([shared?.deviceCount, shared?.devices.length, shared?.devices[0]?.name]).toEqual([devicesOfFleet, 10, 'edge-0000']);
  expect(fleet.unresolvedVariables).toEqual(['PLC_HOST', 'TOKEN_URL']);
});

it('when somebody asks who talks to a broker, the devices are listed page by page', async () => {
  const asked = await api.owner.get<FleetIntegrations>('/integrations?address=LOCAL.plant:8883');
  expect(asked.items.map(({ address, deviceCount }) => [address, deviceCount])).toEqual([['mqtts://local.plant:8883', 1]]);
  const path = '/integrations/devices?kind=mqtt&exact=true&address=mqtts://prod.plant:8883&limit=200';
  const first = await read<Page<TalkingDevice>>(path, contracts.Page(contracts.TalkingDevice));
  const second = await api.owner.get<Page<TalkingDevice>>(`${path}&cursor=${first.nextCursor}`);
  const names = [...first.items, ...second.items].map(({ name }) => name);
  expect([names.length, names[0], names.includes('edge-0003'), second.nextCursor]).toEqual([devicesOfFleet - 1, 'edge-0000', false, null]);
  expect(first.items[0]?.endpoints).toEqual([{ kind: 'mqtt', address: 'mqtts://prod.plant:8883', nodeCount: 1 }]);
});

it('when a group or a stage is asked, only its devices count', async () => {
  const group = await api.owner.post<{ id: string }>('/groups', { name: 'line 3', deviceIds: [deviceIds[3], deviceIds[4]] });
  const ofGroup = await read<FleetIntegrations>(`/integrations?groupId=${group.id}&kind=mqtt`, contracts.FleetIntegrations);
  expect(ofGroup.items.map(({ address, deviceCount }) => [address, deviceCount])).toEqual([
    ['mqtts://local.plant:8883', 1],
    ['mqtts://prod.plant:8883', 1],
  ]);
  const ofStage = await read<FleetIntegrations>(`/stages/${seeded.stageId}/integrations?kind=mqtt`, contracts.FleetIntegrations);
  expect([ofStage.deviceCount, ofStage.items.length]).toEqual([devicesOfFleet, 2]);
  const unknown = '01935b6e-8f00-7000-8000-00000000ffff';
  for (const query of ['groupId', 'stageId', 'applicationId']) {
    expect((await api.owner.request('GET', `/integrations?${query}=${unknown}`)).problem.code).toBe('NOT_FOUND');
  }
});

it('when values become variables, the flows are exact, secrets have no value, and the stages that lack them are named', async () => {
  const flows = [
    { id: 't', type: 'tab', label: 'Hard' },
    { id: 'b', type: 'mqtt-broker', name: 'Plant', broker: '10.1.1.5', port: '1883' },
    { id: 'i', type: 'mqtt in', topic: 'plant/a', broker: 'b', ...placed },
    { id: 'h', type: 'http request', name: 'MES', url: 'https://mes.plant/a', password: secret, ...placed },
  ];
  const base = `/applications/${seeded.application.id}/snapshots`;
  const credentials = { b: { user: 'line', password: 'kept' } };
  const hard = await api.owner.post<Snapshot>(base, { flows, credentials });
  const offered = await read<VariableProposals>(`/snapshots/${hard.id}/variable-proposals`, contracts.VariableProposals);
  const host = offered.proposals.find(({ kind }) => kind === 'host');
  const password = offered.proposals.find(({ kind }) => kind === 'secret');
  expect(host).toMatchObject({ name: 'PLANT_HOST', value: '10.1.1.5', places: [{ nodeName: 'Plant', pointer: '/broker' }] });
  expect(password).toMatchObject({ value: null, places: [{ tabLabel: 'Hard' }] });
  const accepted = [{ proposal: host?.name }, { proposal: password?.name, name: 'MES_KEY' }];
  const key = { 'idempotency-key': 'extract-1' };
  const path = `/snapshots/${hard.id}/variable-extraction`;
  const answer = await api.owner.request('POST', path, { accepted }, key);
  expect(answer.status).toBe(201);
  const made = answer.body as ExtractedVariables;
  expect(made.variables).toEqual([
    { name: 'PLANT_HOST', secret: false, default: '10.1.1.5', places: 1, missingInStages: [{ id: seeded.stageId, name: 'prod' }] },
    { name: 'MES_KEY', secret: true, default: null, places: 1, missingInStages: [{ id: seeded.stageId, name: 'prod' }] },
  ]);
  expect(made.snapshot).toMatchObject({ number: hard.number + 1, parent: hard.number, hasCredentials: true });
  const content = await api.owner.get<SnapshotContent>(`/snapshots/${made.snapshot.id}`);
  expect(JSON.stringify(content.flows)).toBe(JSON.stringify(flows).replace('10.1.1.5', '${PLANT_HOST}').replace(secret, '${MES_KEY}'));
  expect((await api.owner.request('POST', path, { accepted }, key)).body).toEqual(made);
  const refused = async (wrong: object[]) => {
    const { problem } = await api.owner.request('POST', path, { accepted: wrong });
    return [problem.code, problem.errors?.[0]?.pointer];
  };
  expect(await refused([{ proposal: 'NOTHING' }])).toEqual(['VALIDATION_FAILED', '/accepted/0/proposal']);
  expect(await refused([{ proposal: host?.name, name: 'PATH' }])).toEqual(['VALIDATION_FAILED', '/accepted/0/name']);
});

it('when somebody of another organization asks, there is nothing, also of what was read already', async () => {
  const paths = [
    `/snapshots/${seeded.snapshot.id}/diff`,
    `/snapshots/${seeded.snapshot.id}/integrations`,
    `/snapshots/${seeded.snapshot.id}/variable-proposals`,
    `/releases/${seeded.release.id}/diff`,
    `/devices/${deviceIds[0]}/diff?releaseId=${seeded.release.id}`,
    `/devices/${deviceIds[0]}/integrations`,
    `/stages/${seeded.stageId}/integrations`,
  ];
  for (const path of paths) expect((await api.stranger.request('GET', path)).problem.code, path).toBe('NOT_FOUND');
  expect((await api.stranger.get<FleetIntegrations>('/integrations')).items).toEqual([]);
});

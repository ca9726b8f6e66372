import { createHash } from 'node:crypto';
import type { Application, ModuleList, Page, Release, Snapshot } from '@sluice/contracts';
import { readTar } from '@sluice/platform/tar';
import { findReleaseEnvelope, findRootDocument, getBlob, getReleaseManifest } from '@sluice/store';
import { integrityOf, lockedAt, tarballOf, tinyTarball } from '@sluice/testkit';
import { readModuleList, sha256Hex, verifyRelease, verifyRoot } from '@sluice/trust';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { flows } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';
import { hasIntegrity } from './integrity.ts';
import { ModuleResolverError } from './module-resolver.ts';
import type { TarballSource, WantedTarball } from './tarball-source.ts';

let api: ApiUnderTest;
let application: Application;
let base: string;
/** What the registry has, by name and version; everything else is the smallest package. `null`: it does not have it. */
const registry = new Map<string, Buffer | null>();
let asked: string[] = [];

async function* fetch(wanted: readonly WantedTarball[]): ReturnType<TarballSource['fetch']> {
  for (const each of wanted) {
    const key = `${each.name}@${each.version}`;
    asked.push(key);
    const bytes = registry.has(key) ? (registry.get(key) ?? null) : tinyTarball(each.name, each.version);
    if (bytes === null && !each.optional) throw new ModuleResolverError('MODULE_NOT_FOUND', `The module registry has no ${key}.`);
    if (bytes !== null && !hasIntegrity(bytes, each.integrity)) throw new ModuleResolverError('INTEGRITY_MISMATCH', key);
    yield { wanted: each, bytes };
  }
}

beforeAll(async () => {
  api = await startApi({ tarballs: { registryHosts: async () => new Set(['registry.example']), fetch } });
  application = await api.owner.post<Application>('/applications', { name: 'line' });
  base = `/applications/${application.id}`;
});
beforeEach(() => {
  asked = [];
});
afterAll(() => api.close());

type Packages = Record<string, object>;
const root = { dependencies: { 'node-red': '5.0.7' } };
const nodeRed = { 'node_modules/node-red': lockedAt('node-red', '5.0.7') };
let snapshots = 0;

async function publish(packages: Packages) {
  snapshots += 1;
  const lock = { lockfileVersion: 3, packages: { '': root, ...nodeRed, ...packages } };
  const snapshot = await api.owner.post<Snapshot>(`${base}/snapshots`, { flows, lock, message: `snapshot ${snapshots}` });
  return api.owner.request('POST', `${base}/releases`, { snapshotId: snapshot.id });
}

async function released(packages: Packages): Promise<Release> {
  const answer = await publish(packages);
  expect(answer.text).toContain('"digest"');
  return answer.body as Release;
}

async function moduleList(release: Release): Promise<ModuleList> {
  const manifest = await getReleaseManifest(api.store, api.owner.organizationId, release.id);
  const file = manifest.files.find(({ path }) => path === 'modules.json');
  return readModuleList(await getBlob(api.store, api.owner.organizationId, file?.sha256 ?? ''), release.lockDigest);
}

it('when a release is published, each tarball is a blob under the digest that the signed list names', async () => {
  const release = await released({ 'node_modules/left': lockedAt('left', '1.0.0') });
  const { modules, omitted } = await moduleList(release);
  expect(modules.map(({ path }) => path)).toEqual(['node_modules/left', 'node_modules/node-red']);
  expect(omitted).toEqual([]);
  for (const { name, version, sha256, length, integrity } of modules) {
    const bytes = await getBlob(api.store, api.owner.organizationId, sha256);
    expect(bytes.equals(tinyTarball(name, version))).toBe(true);
    expect([bytes.length, integrityOf(bytes)]).toEqual([length, integrity]);
  }
});

it('when a module was fetched for an earlier release, the registry is not asked again', async () => {
  await released({ 'node_modules/once': lockedAt('once', '1.0.0') });
  asked = [];
  const release = await released({ 'node_modules/once': lockedAt('once', '1.0.0'), 'node_modules/new': lockedAt('new', '1.0.0') });
  expect(asked).toEqual(['new@1.0.0']);
  expect((await moduleList(release)).modules).toHaveLength(3);
});

it('when the same package stands at several places, it is fetched once', async () => {
  const twice = lockedAt('twice', '1.0.0');
  const release = await released({ 'node_modules/twice': twice, 'node_modules/node-red/node_modules/twice': twice });
  expect(asked.filter((each) => each === 'twice@1.0.0')).toHaveLength(1);
  expect((await moduleList(release)).modules).toHaveLength(3);
});

it('when a package is for another platform, it is fetched all the same; when the registry lacks it, that is recorded', async () => {
  registry.set('native-musl@1.0.0', null);
  const native = (name: string, more: object) => ({ ...lockedAt(name, '1.0.0'), optional: true, ...more });
  const release = await released({
    'node_modules/native': { ...lockedAt('native', '1.0.0'), optionalDependencies: { 'native-arm64': '*', 'native-musl': '*' } },
    'node_modules/native-arm64': native('native-arm64', { os: ['linux'], cpu: ['arm64'] }),
    'node_modules/native-musl': native('native-musl', { os: ['linux'], libc: ['musl'] }),
  });
  const list = await moduleList(release);
  expect(list.omitted).toEqual(['node_modules/native-musl']);
  expect(list.modules.find(({ name }) => name === 'native-arm64')).toMatchObject({
    os: ['linux'],
    cpu: ['arm64'],
    optional: { dependents: ['node_modules/native'], requires: [] },
  });
});

it('when a package carries others inside, they are in its tarball and not asked for', async () => {
  await released({
    'node_modules/carrier': lockedAt('carrier', '1.0.0'),
    'node_modules/carrier/node_modules/inner': { version: '1.0.0', inBundle: true },
  });
  expect(asked).toEqual(['carrier@1.0.0']);
});

it.each<[string, Packages, string]>([
  [
    'comes from git',
    { 'node_modules/a': { ...lockedAt('a', '1.0.0'), resolved: 'git+ssh://git@github.com/acme/a.git#0123' } },
    'git+ssh://github.com/acme/a.git',
  ],
  [
    'comes from another host',
    { 'node_modules/a': { ...lockedAt('a', '1.0.0'), resolved: 'https://elsewhere.example/a.tgz?token=secret' } },
    'https://elsewhere.example/a.tgz',
  ],
  ['is a folder', { 'node_modules/a': { resolved: '../a', link: true } }, 'node_modules/a'],
])('when a module %s, it is named and nothing is published', async (_, packages, name) => {
  const rule = (severity: string) =>
    api.owner.request('PUT', `${base}/policy-settings`, { settings: { rules: { module_from_elsewhere: severity } } }, { 'if-match': '*' });
  const blocked = await publish(packages);
  expect(blocked.problem).toMatchObject({ code: 'POLICY_BLOCKED', detail: expect.stringContaining('module_from_elsewhere') });
  // Without the rule it still cannot be: no device could get it.
  await rule('off');
  const { problem } = await publish(packages);
  await rule('block');
  expect(problem).toMatchObject({ status: 422, code: 'MODULE_OUTSIDE_REGISTRY', detail: expect.stringContaining(name) });
  expect(blocked.text + problem.detail).not.toMatch(/secret|#0123/);
});

it('when the lock names the registry itself, that is fine', async () => {
  const resolved = 'https://registry.example/a/-/a-1.0.0.tgz';
  await released({ 'node_modules/a': { ...lockedAt('a', '1.0.0'), resolved } });
});

it('when the lock does not say which bytes a module has, it is refused where it stands', async () => {
  const { problem } = await publish({ 'node_modules/@acme/a': { version: '1.0.0' } });
  expect(problem).toMatchObject({ status: 422, code: 'LOCK_MALFORMED' });
  expect(problem.errors?.[0]?.pointer).toBe('/packages/node_modules~1@acme~1a/integrity');
});

it.each<[string, Buffer | null, string]>([
  ['has other bytes', tarballOf({ 'package.json': '{}' }), 'INTEGRITY_MISMATCH'],
  ['has nothing', null, 'MODULE_NOT_FOUND'],
])('when the registry %s, nothing is half published, and the next try may succeed', async (_, bytes, code) => {
  const name = `late-${code.toLowerCase().replaceAll('_', '-')}`;
  registry.set(`${name}@1.0.0`, bytes);
  const packages = { [`node_modules/${name}`]: lockedAt(name, '1.0.0') };
  const before = (await api.owner.get<Page<Release>>(`${base}/releases?limit=200`)).items.length;
  expect((await publish(packages)).problem.code).toBe(code);
  expect((await api.owner.get<Page<Release>>(`${base}/releases?limit=200`)).items).toHaveLength(before);
  registry.delete(`${name}@1.0.0`);
  await released(packages);
});

it.each<[string, Buffer]>([
  ['leads out of its folder', tarballOf({ '../../evil.js': '' })],
  ['is no archive', Buffer.from('<html>')],
])('when a tarball %s, it is refused before any device sees it', async (what, bytes) => {
  const name = what.replaceAll(' ', '-');
  registry.set(`${name}@1.0.0`, bytes);
  const { problem } = await publish({ [`node_modules/${name}`]: { version: '1.0.0', integrity: integrityOf(bytes) } });
  expect(problem).toMatchObject({ status: 422, code: 'MODULE_UNUSABLE', detail: expect.stringContaining(name) });
});

it('when the bundle is downloaded, it is the whole release: signed, complete, and the same bytes each time', async () => {
  const release = await released({ 'node_modules/left': lockedAt('left', '2.0.0') });
  const get = () =>
    api.app.inject({ url: `/api/v1/organizations/${api.owner.organizationId}/releases/${release.id}/bundle`, headers: api.owner.headers });
  const answer = await get();
  expect([answer.statusCode, answer.headers['content-type'], Number(answer.headers['content-length'])]).toEqual([
    200,
    'application/x-tar',
    answer.rawPayload.length,
  ]);
  expect((await get()).rawPayload.equals(answer.rawPayload)).toBe(true);
  async function* payload() {
    yield answer.rawPayload;
  }
  const entries = new Map<string, Buffer>();
  for await (const { path, bytes } of readTar(payload(), { bytesMax: answer.rawPayload.length })) entries.set(path, bytes);
  expect([...entries.keys()].slice(0, 4)).toEqual(['bundle.json', 'root.json', 'release.json', 'sbom.json']);
  const { organizationId } = api.owner;
  const envelope = JSON.parse(entries.get('release.json')?.toString() ?? '');
  expect(envelope).toEqual(await findReleaseEnvelope(api.store, organizationId, release.digest));
  expect(entries.get('root.json')?.toString()).toBe(await findRootDocument(api.store, organizationId));
  const manifest = verifyRelease(envelope, verifyRoot(JSON.parse(entries.get('root.json')?.toString() ?? '')), {
    digest: release.digest,
    organizationId,
    applicationId: application.id,
    releaseCounter: release.counter,
    minimumReleaseCounter: 0,
  });
  const { modules } = await moduleList(release);
  const wanted = [...manifest.files, ...modules].map(({ sha256 }) => `blobs/${sha256}`);
  expect([...entries.keys()].slice(4).sort()).toEqual([...new Set(wanted)].sort());
  for (const [path, bytes] of entries)
    if (path.startsWith('blobs/')) expect(`blobs/${createHash('sha256').update(bytes).digest('hex')}`).toBe(path);
});

it('when the bill of materials is read, every package stands in it once, with its hashes, licence and places', async () => {
  const integrity = integrityOf(tinyTarball('@acme/line', '1.2.3'));
  const release = await released({
    'node_modules/@acme/line': { version: '1.2.3', integrity },
    'node_modules/node-red/node_modules/@acme/line': { version: '1.2.3', integrity },
    'node_modules/@acme/line/node_modules/inner': { version: '9.0.0', inBundle: true, license: 'Custom 1' },
  });
  const answer = await api.owner.request('GET', `/releases/${release.id}/sbom`);
  expect(answer.headers['content-type']).toContain('application/vnd.cyclonedx+json');
  const sbom = JSON.parse(answer.text);
  expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata: { component: { name: 'line' } } });
  expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const references = sbom.components.map((component: { 'bom-ref': string }) => component['bom-ref']);
  expect(new Set(references).size).toBe(3);
  const line = sbom.components.find((component: { name: string }) => component.name === 'line');
  expect(line).toMatchObject({
    type: 'library',
    group: '@acme',
    version: '1.2.3',
    scope: 'required',
    purl: 'pkg:npm/%40acme/line@1.2.3',
    licenses: [{ license: { id: 'MIT' } }],
    properties: [{ value: 'node_modules/@acme/line' }, { value: 'node_modules/node-red/node_modules/@acme/line' }],
  });
  const sha512 = Buffer.from(integrity.slice(7), 'base64').toString('hex');
  expect(line.hashes).toEqual([
    { alg: 'SHA-256', content: sha256Hex(tinyTarball('@acme/line', '1.2.3')) },
    { alg: 'SHA-512', content: sha512 },
  ]);
  expect(sbom.components.find((component: { name: string }) => component.name === 'inner')).toMatchObject({
    purl: 'pkg:npm/inner@9.0.0',
    licenses: [{ license: { name: 'Custom 1' } }],
  });
});

it('when a stranger asks for bundle or bill of materials, there is none', async () => {
  const release = await released({});
  for (const part of ['bundle', 'sbom']) {
    expect((await api.stranger.request('GET', `/releases/${release.id}/${part}`)).problem.code).toBe('NOT_FOUND');
  }
});

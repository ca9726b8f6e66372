import type { Application, ImportedRelease, LedgerEntryView, Page, Problem, Release, Snapshot } from '@sluice/contracts';
import { readTar, tarEnd, tarHeader, tarPadding } from '@sluice/platform/tar';
import { findReleaseEnvelope, findRootDocument, getReleaseManifest } from '@sluice/store';
import { lockedAt } from '@sluice/testkit';
import { sha256Hex, verifyRelease, verifyRoot } from '@sluice/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instantTarballs } from '../../testing/modules.ts';
import { flows } from '../../testing/seed.ts';
import { type ApiUnderTest, type Caller, startApi } from '../../testing/start-api.ts';
import { ModuleResolverError } from './module-resolver.ts';

type Entry = { path: string; bytes: Buffer };

let api: ApiUnderTest;
/** The site without a network: another organization, with a root of its own. */
let site: Caller;
let source: { snapshot: Snapshot; release: Release; bundle: Buffer; entries: Entry[]; root: string };
let isOffline = false;

const refuse = (): never => {
  throw new ModuleResolverError('REGISTRY_UNREACHABLE', 'There is no registry here.');
};

beforeAll(async () => {
  api = await startApi({
    moduleResolver: { resolveLock: async () => refuse(), checkLock: async () => (isOffline ? refuse() : undefined) },
    tarballs: { ...instantTarballs, fetch: (wanted, ...rest) => (isOffline ? refuse() : instantTarballs.fetch(wanted, ...rest)) },
  });
  site = api.stranger;
  source = await releaseToCarry();
  isOffline = true;
});
afterAll(() => api.close());

const dependencies = { 'node-red': '5.0.7', left: '1.0.0' };
const lock = {
  lockfileVersion: 3,
  packages: {
    '': { dependencies },
    'node_modules/node-red': lockedAt('node-red', '5.0.7'),
    'node_modules/left': lockedAt('left', '1.0.0'),
  },
};
const content = {
  flows,
  package: { dependencies },
  lock,
  settings: { lang: 'de' },
  variables: [{ name: 'PLC_HOST', required: true, secret: false, default: 'plc.example' }],
};
const credentials = { n1: { user: 'admin', password: 'hunter2' } };

async function entriesOf(bundle: Buffer): Promise<Entry[]> {
  async function* chunks() {
    yield bundle;
  }
  return Array.fromAsync(readTar(chunks(), { bytesMax: bundle.length + 1024 }), ({ path, bytes }) => ({ path, bytes }));
}

function pack(entries: readonly Entry[]): Buffer {
  return Buffer.concat([
    ...entries.flatMap(({ path, bytes }) => [tarHeader({ path, length: bytes.length }), bytes, tarPadding(bytes.length)]),
    tarEnd,
  ]);
}

async function bundleOf(caller: Caller, releaseId: string): Promise<Buffer> {
  const url = `/api/v1/organizations/${caller.organizationId}/releases/${releaseId}/bundle`;
  return (await api.app.inject({ url, headers: caller.headers })).rawPayload;
}

async function releaseToCarry(): Promise<typeof source> {
  const application = await api.owner.post<Application>('/applications', { name: 'line' });
  const path = `/applications/${application.id}`;
  const snapshot = await api.owner.post<Snapshot>(`${path}/snapshots`, { ...content, credentials, message: 'new PLC' });
  const release = await api.owner.post<Release>(`${path}/releases`, { snapshotId: snapshot.id, name: 'spring' });
  const bundle = await bundleOf(api.owner, release.id);
  const root = sha256Hex(Buffer.from((await findRootDocument(api.store, api.owner.organizationId)) ?? ''));
  return { snapshot, release, bundle, entries: await entriesOf(bundle), root };
}

async function importInto(caller: Caller, applicationId: string, bundle: Buffer, trustedRoot?: string) {
  const query = trustedRoot === undefined ? '' : `?trustedRoot=${trustedRoot}`;
  const response = await api.app.inject({
    method: 'POST',
    url: `/api/v1/organizations/${caller.organizationId}/applications/${applicationId}/releases/import${query}`,
    headers: { ...caller.headers, 'content-type': 'application/x-tar' },
    payload: bundle,
  });
  return { status: response.statusCode, body: response.json<ImportedRelease>(), problem: response.json<Problem>() };
}

const newApplication = (caller: Caller, name: string) => caller.post<Application>('/applications', { name });

it('when a bundle comes to another control plane, the same files are published there, and no registry is asked', async () => {
  const { id } = await newApplication(site, 'carried');
  const { status, body } = await importInto(site, id, source.bundle, source.root);
  expect(status).toBe(201);
  const { release, snapshot, credentialsNeeded } = body;
  expect(snapshot).toMatchObject({ number: 1, digest: source.snapshot.digest, message: 'new PLC', hasLock: true, hasCredentials: false });
  expect(snapshot.variables).toEqual(source.snapshot.variables);
  expect(credentialsNeeded).toEqual([{ nodeId: 'n1', type: 'inject', name: '', fields: ['password', 'user'] }]);
  expect(release).toMatchObject({ name: 'spring', counter: 1, lockDigest: source.release.lockDigest });
  expect(release.importedFrom).toMatchObject({ releaseDigest: source.release.digest, rootDigest: source.root, applicationName: 'line' });

  const theirs = await getReleaseManifest(api.store, api.owner.organizationId, source.release.id);
  const manifest = await getReleaseManifest(api.store, site.organizationId, release.id);
  expect([manifest.files, manifest.snapshotDigest, manifest.healthPolicy]).toEqual([
    theirs.files,
    theirs.snapshotDigest,
    theirs.healthPolicy,
  ]);
  const root = verifyRoot(JSON.parse((await findRootDocument(api.store, site.organizationId)) ?? ''));
  const envelope = await findReleaseEnvelope(api.store, site.organizationId, release.digest);
  const place = { organizationId: site.organizationId, applicationId: id, releaseCounter: 1, minimumReleaseCounter: 0 };
  expect(verifyRelease(envelope, root, { digest: release.digest, ...place })).toEqual(manifest);

  const { items } = await site.get<Page<LedgerEntryView>>(`/ledger?targetKind=release&targetId=${release.id}`);
  expect(items.map(({ action }) => action)).toEqual(['release.imported']);
  expect(await importInto(site, id, source.bundle, source.root)).toMatchObject({ status: 200, body: { release: { id: release.id } } });

  // The credentials come apart, and need no registry either; what was imported can be carried on.
  const complete = await site.post<Snapshot>(`/applications/${id}/snapshots`, { ...content, credentials: { n1: { user: 'site' } } });
  expect((await site.post<Release>(`/applications/${id}/releases`, { snapshotId: complete.id })).lockDigest).toBe(release.lockDigest);
  const onward = await entriesOf(await bundleOf(site, release.id));
  expect(onward.filter(({ path }) => path.startsWith('blobs/'))).toEqual(source.entries.filter(({ path }) => path.startsWith('blobs/')));
});

it('when a bundle comes back to its own organization, its own root is trusted without being named', async () => {
  const { id } = await newApplication(api.owner, 'line of the other hall');
  expect((await importInto(api.owner, id, source.bundle)).status).toBe(201);
  const both = await newApplication(api.owner, 'twice at once');
  const answers = await Promise.all([importInto(api.owner, both.id, source.bundle), importInto(api.owner, both.id, source.bundle)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 201]);
  expect(answers[0]?.body.release.id).toBe(answers[1]?.body.release.id);
  expect((await api.owner.get<Page<Snapshot>>(`/applications/${both.id}/snapshots`)).items).toHaveLength(1);
});

it('when a bundle is damaged, forged or a trick, it is refused by its code, and nothing of it is published', async () => {
  const { id } = await newApplication(site, 'wary');
  const { entries, bundle, root } = source;
  const changed = (path: RegExp, change: (bytes: Buffer) => Buffer): Buffer =>
    pack(entries.map((entry) => (path.test(entry.path) ? { ...entry, bytes: change(entry.bytes) } : entry)));
  const json = (bytes: Buffer, change: (value: Record<string, never>) => unknown) =>
    Buffer.from(JSON.stringify(change(JSON.parse(String(bytes)))));
  const flipped = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte)));
  const last = entries.at(-1) ?? { path: '', bytes: Buffer.alloc(0) };
  const huge = tarHeader({ path: `blobs/${'a'.repeat(64)}`, length: 7 * 1024 * 1024 * 1024 });
  const headOnly = pack(entries.slice(0, 3)).subarray(0, -tarEnd.length);
  const cases: [string, Buffer, string][] = [
    ['a byte of a tarball', changed(new RegExp(last.path), flipped), 'INTEGRITY_MISMATCH'],
    [
      'a byte of the signature',
      changed(/release\.json/, (bytes) => json(bytes, ({ signatures, ...rest }) => ({ ...rest, signatures: [] }))),
      'BUNDLE_UNTRUSTED',
    ],
    ['the payload', changed(/release\.json/, (bytes) => json(bytes, (value) => ({ ...value, payload: 'e30=' }))), 'BUNDLE_MALFORMED'],
    [
      'another organization',
      changed(/bundle\.json/, (bytes) => json(bytes, (value) => ({ ...value, organizationId: site.organizationId }))),
      'BUNDLE_MALFORMED',
    ],
    [
      'other credentials',
      changed(/bundle\.json/, (bytes) => json(bytes, (value) => ({ ...value, credentials: null }))),
      'BUNDLE_MALFORMED',
    ],
    ['no format', changed(/bundle\.json/, () => Buffer.from('{"__proto__":{"format":1}}')), 'BUNDLE_MALFORMED'],
    ['a blob too few', pack(entries.slice(0, -1)), 'BUNDLE_MALFORMED'],
    ['a blob twice', pack([...entries, last]), 'BUNDLE_MALFORMED'],
    ['a blob too many', pack([...entries, { path: `blobs/${'b'.repeat(64)}`, bytes: Buffer.from('x') }]), 'BUNDLE_MALFORMED'],
    ['a path', pack([...entries, { path: '../../etc/cron.d/x', bytes: Buffer.from('x') }]), 'BUNDLE_MALFORMED'],
    ['another order', pack(entries.toReversed()), 'BUNDLE_MALFORMED'],
    ['an endless entry', Buffer.concat([headOnly, huge, Buffer.alloc(4096)]), 'BUNDLE_TOO_LARGE'],
    ['nothing', Buffer.alloc(0), 'BUNDLE_MALFORMED'],
    ['a zip', Buffer.from('PK\u0003\u0004'.padEnd(2000, 'x')), 'BUNDLE_MALFORMED'],
    ...[600, 5000, bundle.length - 2000].map((length): [string, Buffer, string] => [
      `cut at ${length}`,
      bundle.subarray(0, length),
      'BUNDLE_MALFORMED',
    ]),
  ];
  for (const [what, bytes, code] of cases) expect((await importInto(site, id, bytes, root)).problem.code, what).toBe(code);
  expect((await importInto(site, id, bundle)).problem.code).toBe('BUNDLE_UNTRUSTED');
  expect((await importInto(site, id, bundle, 'c'.repeat(64))).problem.code).toBe('BUNDLE_UNTRUSTED');
  expect((await importInto(await api.caller('viewer'), id, bundle)).problem.code).toBe('FORBIDDEN');
  expect((await site.request('POST', `/applications/${id}/releases/import`, { a: 1 })).problem.code).toBe('MEDIA_TYPE_UNSUPPORTED');
  expect((await importInto(api.owner, id, bundle)).problem.code).toBe('NOT_FOUND');
  for (const kind of ['snapshots', 'releases'])
    expect((await site.get<Page<object>>(`/applications/${id}/${kind}`)).items, kind).toEqual([]);
});

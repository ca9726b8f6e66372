import type { Application, HealthPolicy, Page, Release, ReleaseSignatures, ReleaseSigner, Snapshot } from '@sluice/contracts';
import { defaultHealthPolicy } from '@sluice/contracts';
import { findReleaseEnvelope, findRootDocument, getBlob } from '@sluice/store';
import { lockedAt } from '@sluice/testkit';
import { checkFile, decodeBase64, encodeBase64, generateSigningKey, pae, signBytes, verifyRelease, verifyRoot } from '@sluice/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instantResolver } from '../../testing/modules.ts';
import { flows } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';
import { ModuleResolverError, type ModuleResolverErrorCode } from './module-resolver.ts';

let api: ApiUnderTest;
let base: string;
let application: Application;
let failWith: ModuleResolverErrorCode | undefined;
let resolved = 0;

const resolver = {
  resolveLock: async (packageJson: string) => {
    resolved += 1;
    if (failWith !== undefined) throw new ModuleResolverError(failWith, 'The registry said so.');
    return instantResolver.resolveLock(packageJson);
  },
  checkLock: async () => {
    if (failWith !== undefined) throw new ModuleResolverError(failWith, 'npm said so.');
  },
};

beforeAll(async () => {
  api = await startApi({ moduleResolver: resolver });
  application = await api.owner.post<Application>('/applications', { name: 'line' });
  base = `/applications/${application.id}`;
});
afterAll(() => api.close());

const snapshotOf = (body: object = {}): Promise<Snapshot> => api.owner.post<Snapshot>(`${base}/snapshots`, { flows, ...body });

it('when a snapshot is published, a device that trusts the root accepts the release and all its files', async () => {
  const snapshot = await snapshotOf({ settings: { debugMaxLength: 10 } });
  const answer = await api.owner.request('POST', `${base}/releases`, { snapshotId: snapshot.id });
  const release = answer.body as Release;
  expect(answer.status).toBe(201);
  expect(release).toMatchObject({
    name: `v${snapshot.number}`,
    counter: 1,
    snapshotNumber: snapshot.number,
    healthPolicy: defaultHealthPolicy,
    republishedFrom: null,
  });
  const { organizationId } = api.owner;
  const root = verifyRoot(JSON.parse((await findRootDocument(api.store, organizationId)) ?? ''));
  const envelope = await findReleaseEnvelope(api.store, organizationId, release.digest);
  const manifest = verifyRelease(envelope, root, {
    digest: release.digest,
    organizationId,
    applicationId: application.id,
    releaseCounter: 1,
    minimumReleaseCounter: 0,
  });
  expect(manifest.runtime).toEqual({ kind: 'node-red', version: '5.0.7', node: '>=22.9.0' });
  expect(manifest.files.map((file) => file.path)).toEqual([
    'flows.json',
    'package.json',
    'package-lock.json',
    'modules.json',
    'settings.json',
  ]);
  for (const file of manifest.files) checkFile(file, await getBlob(api.store, organizationId, file.sha256));
  const settings = manifest.files.find((file) => file.path === 'settings.json');
  expect((await getBlob(api.store, organizationId, settings?.sha256 ?? '')).toString()).toBe('{"debugMaxLength":10}');
});

it('when a snapshot is published twice, it is the same release, and the ledger has one entry', async () => {
  const snapshot = await snapshotOf();
  const first = await api.owner.request('POST', `${base}/releases`, { snapshotId: snapshot.id });
  const resolvedBefore = resolved;
  const again = await api.owner.request('POST', `${base}/releases`, { snapshotId: snapshot.id, name: 'another name' });
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.body).toEqual(first.body);
  expect(resolved).toBe(resolvedBefore);
  const { id } = first.body as Release;
  expect((await api.owner.get<Page<unknown>>(`/ledger?targetKind=release&targetId=${id}`)).items).toHaveLength(1);
});

it('when several publish the same snapshot at once, one release comes out', async () => {
  const snapshot = await snapshotOf({ message: 'race' });
  const publish = () => api.owner.request('POST', `${base}/releases`, { snapshotId: snapshot.id });
  const answers = await Promise.all([publish(), publish(), publish()]);
  expect(new Set(answers.map((answer) => (answer.body as Release).digest)).size).toBe(1);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 201]);
});

it('when a health policy is given, it is signed with the release; another one makes another release', async () => {
  const snapshot = await snapshotOf();
  const healthPolicy: HealthPolicy = { ...defaultHealthPolicy, windowMs: 5_000 };
  const own = await api.owner.post<Release>(`${base}/releases`, { snapshotId: snapshot.id, healthPolicy });
  expect(own.healthPolicy).toEqual(healthPolicy);
  const standard = await api.owner.post<Release>(`${base}/releases`, { snapshotId: snapshot.id });
  expect(standard.counter).toBe(own.counter + 1);
});

it.each([
  ['MODULE_NOT_FOUND', 422],
  ['REGISTRY_UNREACHABLE', 502],
  ['LOCK_MISMATCH', 422],
] as const)('when npm ends with %s, nothing is published', async (code, status) => {
  const snapshot = await snapshotOf();
  failWith = code;
  const { problem } = await api.owner.request('POST', `${base}/releases`, { snapshotId: snapshot.id });
  failWith = undefined;
  expect(problem).toMatchObject({ status, code });
  const { items } = await api.owner.get<Page<Release>>(`${base}/releases?limit=200`);
  expect(items.map((release) => release.snapshotId)).not.toContain(snapshot.id);
  expect((await api.owner.request('POST', `${base}/releases`, { snapshotId: snapshot.id })).status).toBe(201);
});

it('when the snapshot has a lock, exactly that lock is released', async () => {
  const lock = {
    lockfileVersion: 3,
    packages: { '': { dependencies: { 'node-red': '5.0.7' } }, 'node_modules/node-red': lockedAt('node-red', '5.0.7') },
  };
  const resolvedBefore = resolved;
  const release = await api.owner.post<Release>(`${base}/releases`, { snapshotId: (await snapshotOf({ lock })).id });
  expect(resolved).toBe(resolvedBefore);
  const bytes = await getBlob(api.store, api.owner.organizationId, release.lockDigest);
  expect(JSON.parse(bytes.toString())).toEqual(lock);
});

it('when npm finds the given lock incomplete, nothing is published', async () => {
  const lock = {
    lockfileVersion: 3,
    packages: { '': { dependencies: { 'node-red': '5.0.7' } }, 'node_modules/node-red': lockedAt('node-red', '5.0.7') },
  };
  const snapshot = await snapshotOf({ lock, message: 'incomplete' });
  failWith = 'LOCK_MISMATCH';
  const { problem } = await api.owner.request('POST', `${base}/releases`, { snapshotId: snapshot.id });
  failWith = undefined;
  expect(problem).toMatchObject({ status: 422, code: 'LOCK_MISMATCH' });
});

it('when the snapshot is another application’s or nobody’s, it is not found', async () => {
  const other = await api.owner.post<Application>('/applications', { name: 'other' });
  const snapshot = await snapshotOf();
  for (const [path, snapshotId] of [
    [`/applications/${other.id}/releases`, snapshot.id],
    [`${base}/releases`, application.id],
  ] as const) {
    expect((await api.owner.request('POST', path, { snapshotId })).problem.code).toBe('NOT_FOUND');
  }
});

it('when somebody with a registered key signs a release, devices accept it as before, and whatever is not that signature is refused', async () => {
  const snapshot = await snapshotOf({ settings: { debugMaxLength: 77 } });
  const release = await api.owner.post<Release>(`${base}/releases`, { snapshotId: snapshot.id });
  const path = `/releases/${release.id}/signatures`;
  const [key, other, operator] = [generateSigningKey(), generateSigningKey(), await api.caller('operator')];
  const { envelope } = await api.owner.get<ReleaseSignatures>(path);
  const message = pae(envelope.payloadType, decodeBase64(envelope.payload, 'payload'));
  const signatureOf = ({ privateKey }: typeof key): string => encodeBase64(signBytes(message, privateKey));
  const sign = (keyId: string, signature: string) => operator.request('POST', path, { keyId, signature });
  expect((await sign(key.keyId, signatureOf(key))).problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  const signer = { name: 'quality', publicKey: key.publicKey };
  expect((await operator.request('POST', '/release-signers', signer)).problem.code).toBe('FORBIDDEN');
  const { id } = await api.owner.post<ReleaseSigner>('/release-signers', signer);
  expect((await api.owner.request('POST', '/release-signers', { ...signer, publicKey: other.publicKey })).problem.code).toBe('NAME_TAKEN');
  expect((await api.owner.request('POST', '/release-signers', { ...signer, name: 'again' })).problem.code).toBe('CONFLICT');
  expect((await sign(key.keyId, signatureOf(other))).problem).toMatchObject({ status: 400, code: 'SIGNATURE_INVALID' });
  expect((await api.stranger.request('POST', path, { keyId: key.keyId, signature: signatureOf(key) })).problem.code).toBe('NOT_FOUND');
  const signed = (await sign(key.keyId, signatureOf(key))).body as ReleaseSignatures;
  expect(signed.signatures.map(({ signer: name, isOwn }) => [name, isOwn])).toEqual([
    [null, true],
    ['quality', false],
  ]);
  expect((await sign(key.keyId, signatureOf(key))).body).toEqual(signed);
  const { organizationId } = api.owner;
  const root = verifyRoot(JSON.parse((await findRootDocument(api.store, organizationId)) ?? ''));
  const { digest, counter: releaseCounter } = release;
  const expectation = { digest, organizationId, applicationId: application.id, releaseCounter, minimumReleaseCounter: 0 };
  expect(verifyRelease(await findReleaseEnvelope(api.store, organizationId, digest), root, expectation).releaseName).toBe(release.name);
  expect((await api.owner.request('DELETE', `/release-signers/${id}`)).status).toBe(204);
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=release&targetId=${release.id}`);
  expect(items.map(({ action }) => action)).toEqual(['release.signed', 'release.published']);
});

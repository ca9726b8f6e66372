import { createCaptures } from '@sluice/capture';
import type { GitDirection } from '@sluice/contracts';
import { type Clock, type Log, sealSecret, silentLog, systemClock, systemRandom } from '@sluice/platform';
import { encryptCredentials } from '@sluice/snapshot';
import {
  createGitRemote,
  createStore,
  dueGitRemotes,
  type GitRemoteSecret,
  type GitRepository,
  getStoredGitRemote,
  gitRemoteSecretIdentity,
  listLedgerEntries,
  listSnapshots,
  requestGitImport,
  requestGitSync,
  type Store,
  toGitRemote,
  withGitRemoteLock,
} from '@sluice/store';
import {
  createTestDatabase,
  type GitServer,
  SEED_CONTEXT,
  SEED_SECRET_KEY,
  seedApplication,
  seedKeyring,
  seedOrganization,
  startGitServer,
  type TestDatabase,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createGitController, type GitController } from './git-controller.ts';

let database: TestDatabase;
let store: Store;
let server: GitServer;
let controller: GitController;
let organizationId: string;
let offsetMs = 0;
let count = 0;
const hinted: string[] = [];
const logged: string[] = [];
const clock: Clock = { ...systemClock, now: () => systemClock.now() + offsetMs };
const log: Log = { ...silentLog, error: (fields) => void logged.push(JSON.stringify(fields)) };
const { signal } = new AbortController();

const pushToMirror = async (id: string): Promise<void> => void hinted.push(id);
const captures = createCaptures({ keyring: seedKeyring(), saltKey: SEED_SECRET_KEY, jobs: { pushToMirror } });
const makeController = (): GitController =>
  createGitController({ store, clock, random: systemRandom, log, captures, keyring: seedKeyring() });

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startGitServer()]);
  store = createStore({ connectionString: database.connectionString, clock, random: systemRandom });
  organizationId = (await seedOrganization(store)).id;
  controller = makeController();
});
// Or each sweep would serve what earlier tests left.
afterEach(() => store.query('update git_remote set enabled = false'));
afterAll(async () => {
  await store?.close();
  await Promise.all([database?.drop(), server?.stop()]);
  expect(logged).toEqual([]);
});

type Wanted = { pollIntervalSeconds?: number; path?: string; secrets?: Partial<Record<GitRemoteSecret, string>>; repository?: string };
type World = GitRepository & { name: string; id: string };

async function freshApplication(): Promise<GitRepository & { name: string }> {
  count += 1;
  const name = `line-${count}`;
  const application = await seedApplication(store, { id: organizationId } as Parameters<typeof seedApplication>[1], name);
  await server.create(name);
  return { organizationId, applicationId: application.id, name };
}

async function addRemote(application: GitRepository & { name: string }, direction: GitDirection, wanted: Wanted = {}): Promise<World> {
  const { path = '', pollIntervalSeconds = null, secrets = {} } = wanted;
  const id = await store.transaction(async (tx) => {
    const remoteId = tx.uuid();
    const seal = (name: GitRemoteSecret) => {
      const value = secrets[name];
      return value === undefined ? null : sealSecret(SEED_SECRET_KEY, value, gitRemoteSecretIdentity(remoteId, name));
    };
    const settings = { branch: 'main', path, username: null, ignoreCredentials: false, pollIntervalSeconds, enabled: true };
    const sealed = { password: seal('password'), webhookSecret: null, credentialSecret: seal('credentialSecret') };
    const url = server.urlOf(wanted.repository ?? application.name);
    await createGitRemote(
      tx,
      organizationId,
      { ...settings, id: remoteId, applicationId: application.applicationId, direction, url, sealed },
      SEED_CONTEXT,
    );
    return remoteId;
  });
  return { ...application, id };
}

const addImport = async (wanted: Wanted = {}): Promise<World> => addRemote(await freshApplication(), 'import', wanted);
const remoteOf = async ({ applicationId, id }: World) =>
  toGitRemote(await getStoredGitRemote(store, organizationId, { applicationId, gitRemoteId: id, now: new Date(clock.now()) }));
const snapshotsOf = async ({ applicationId }: GitRepository) => (await listSnapshots(store, organizationId, { applicationId })).items;
const askFor = ({ applicationId, id }: World, force = false) =>
  store.transaction((tx) => requestGitSync(tx, organizationId, { applicationId, gitRemoteId: id, force }, SEED_CONTEXT));
/** What the loop of a worker does: look for what is due, and serve it. */
async function sweep(): Promise<void> {
  await controller.sweep(signal);
  await controller.settled();
}

const flows = (text: string): string =>
  JSON.stringify([
    { id: 't1', type: 'tab', label: 'Line' },
    { id: 'n1', type: 'function', z: 't1', func: text, wires: [] },
    { id: 'b1', type: 'mqtt-broker', name: 'plant' },
  ]);

it('when a branch has a project, it is imported once with its author and message, and again only when its content changes', async () => {
  const world = await addImport({ pollIntervalSeconds: 60 });
  const commit = await server.commit(
    world.name,
    { 'flows.json': flows('1'), 'package.json': '{"name":"p"}' },
    'Slower\n\nBecause of the heat',
  );
  await sweep();
  const [snapshot] = await snapshotsOf(world);
  expect(snapshot).toMatchObject({
    number: 1,
    nodeCount: 2,
    message: `Slower\n\nBecause of the heat\n\nGit-Commit: ${commit}\nGit-Author: Ada <ada@plant.example>`,
    createdBy: `Git import of ${server.urlOf(world.name).slice('http://'.length)} (main)`,
  });
  expect(await remoteOf(world)).toMatchObject({
    state: 'idle',
    lastCommit: commit,
    lastSnapshotId: snapshot?.id,
    lastError: null,
    attempts: 0,
  });
  const ledger = await listLedgerEntries(store, organizationId, { targetKind: 'git_remote', targetId: world.id });
  expect(ledger.items.map(({ action }) => action)).toEqual(['git_remote.imported', 'git_remote.created']);

  // Not due before its interval is over, then looked at; a commit that changes nothing of the project makes no snapshot.
  await server.commit(world.name, { 'flows.json': flows('1'), 'package.json': '{"name":"p"}', 'README.md': 'words' }, 'Words');
  const asked = server.requests.length;
  await sweep();
  expect(server.requests.length).toBe(asked);
  offsetMs += 61_000;
  await sweep();
  expect(server.requests.length).toBeGreaterThan(asked);
  expect(await snapshotsOf(world)).toHaveLength(1);

  await server.commit(world.name, { 'flows.json': flows('2') }, 'Faster');
  offsetMs += 61_000;
  await sweep();
  expect((await snapshotsOf(world)).map(({ number }) => number)).toEqual([2, 1]);
});

it('when a git server calls or a person asks, the import is due at once, and several calls are one', async () => {
  const world = await addImport();
  await server.commit(world.name, { 'flow.json': flows('1') }, 'One');
  await sweep();
  offsetMs += 3_600_000;
  expect(await dueGitRemotes(store, new Date(clock.now()), 100)).not.toContain(world.id);
  await server.commit(world.name, { 'flow.json': flows('2') }, 'Two');
  for (let call = 0; call < 3; call += 1) await store.transaction((tx) => requestGitImport(tx, { id: world.id, organizationId }));
  expect(await remoteOf(world)).toMatchObject({ state: 'due' });
  await controller.sync(world.id, signal);
  expect(await remoteOf(world)).toMatchObject({ state: 'idle' });
  expect(await snapshotsOf(world)).toHaveLength(2);
  await askFor(world);
  await sweep();
  expect(await remoteOf(world)).toMatchObject({ state: 'idle' });
  expect(await snapshotsOf(world)).toHaveLength(2);
});

it('when what is on the branch is no project, the state says so and it is tried less and less often, until it is mended', async () => {
  const world = await addImport();
  await server.commit(world.name, { 'flows.json': '[{"id":' }, 'Broken');
  await sweep();
  const first = await remoteOf(world);
  expect(first).toMatchObject({ state: 'failing', attempts: 1, lastError: { code: 'FLOWS_MALFORMED' }, lastCommit: null });
  const delayMs = Date.parse(first.nextAttemptAt ?? '') - Date.parse(first.lastAttemptAt ?? '');
  expect(delayMs).toBeGreaterThan(0);
  expect(delayMs).toBeLessThanOrEqual(30_000);
  // The console hears of it: made, and failed.
  expect(await store.query('select 1 from change_event where kind = $1 and resource_id = $2', ['git_remote', world.id])).toHaveLength(2);
  await sweep();
  expect(await remoteOf(world)).toMatchObject({ attempts: 1 });
  offsetMs += 31_000;
  await sweep();
  expect(await remoteOf(world)).toMatchObject({ state: 'failing', attempts: 2 });

  await server.commit(world.name, { 'README.md': 'no flows at all' }, 'Gone');
  await askFor(world);
  await sweep();
  expect(await remoteOf(world)).toMatchObject({ attempts: 3, lastError: { code: 'FLOWS_NOT_FOUND' } });
  await server.commit(world.name, { 'flows/order.json': '{}' }, 'Not our layout');
  await askFor(world);
  await sweep();
  expect(await remoteOf(world)).toMatchObject({ attempts: 4, lastError: { code: 'LAYOUT_MALFORMED' } });
  await server.commit(world.name, { 'flows.json': flows('1'), 'settings.json': '{"httpAdminRoot":"/"}' }, 'Not ours to set');
  await askFor(world);
  await sweep();
  expect(await remoteOf(world)).toMatchObject({
    attempts: 5,
    lastError: { code: 'VALIDATION_FAILED', message: expect.stringContaining('httpAdminRoot') },
  });

  await server.commit(world.name, { 'flows.json': flows('1') }, 'Mended');
  // What was pushed may be the cure: the call of the server shortens the wait.
  offsetMs += 31_000;
  await store.transaction((tx) => requestGitImport(tx, { id: world.id, organizationId }));
  await sweep();
  expect(await remoteOf(world)).toMatchObject({ state: 'idle', attempts: 0, lastError: null });
  expect(await snapshotsOf(world)).toHaveLength(1);
});

it('when the credentials of a project are encrypted, they need its secret, and are never lost in silence', async () => {
  const application = await freshApplication();
  const secret = 'the secret of the project';
  const encrypted = JSON.stringify(encryptCredentials({ b1: { password: 'p' } }, secret, new Uint8Array(16)));
  await server.commit(application.name, { 'flows.json': flows('1'), 'flows_cred.json': encrypted }, 'With credentials');
  const without = await addRemote(application, 'import');
  const withIt = await addRemote(application, 'import', { secrets: { credentialSecret: secret } });
  await sweep();
  expect(await remoteOf(without)).toMatchObject({ state: 'failing', lastError: { code: 'CREDENTIALS_UNREADABLE' } });
  expect(await remoteOf(withIt)).toMatchObject({ state: 'idle' });
  expect(await snapshotsOf(application)).toMatchObject([{ hasCredentials: true }]);
});

it('when an application has a mirror, each snapshot goes there, and what comes back from the mirror makes no new one', async () => {
  const application = await freshApplication();
  const mirror = await addRemote(application, 'mirror', { secrets: { password: 'token' } });
  const keep = async (text: string): Promise<string | undefined> => {
    const prepared = captures.prepare({ flows: flows(text), message: `Change ${text}` });
    return (await store.transaction((tx) => captures.keep(tx, application, prepared, SEED_CONTEXT))).commit;
  };
  server.password = 'another token';
  // Nothing to push yet; that the token is wrong shows all the same.
  await sweep();
  expect(await remoteOf(mirror)).toMatchObject({ state: 'failing', lastError: { code: 'AUTHENTICATION_FAILED' } });
  await keep('1');
  expect(hinted).toEqual([]);
  await askFor(mirror);
  await sweep();
  expect(await remoteOf(mirror)).toMatchObject({ state: 'failing', lastError: { code: 'AUTHENTICATION_FAILED' } });
  server.password = 'token';
  await askFor(mirror);
  await sweep();
  server.password = null;
  const commit = await keep('2');
  expect(hinted).toEqual([mirror.id]);
  expect(await remoteOf(mirror)).toMatchObject({ state: 'due' });
  await sweep();
  expect(await remoteOf(mirror)).toMatchObject({ state: 'idle', lastCommit: commit });
  expect(await server.git(application.name, 'rev-parse', 'main', 'v2')).toBe(`${commit}\n${commit}`);

  const back = await addRemote(application, 'import');
  const elsewhere = await addImport({ repository: application.name });
  await sweep();
  expect(await remoteOf(back)).toMatchObject({ state: 'idle', lastCommit: commit, lastSnapshotId: null });
  expect(await snapshotsOf(application)).toHaveLength(2);
  // Another application reads the same repository, in our own layout: the same flows, byte for byte.
  const [copied] = await snapshotsOf(elsewhere);
  const [original] = await snapshotsOf(application);
  expect(copied).toMatchObject({ digest: original?.digest, message: expect.stringMatching(/^Change 2\n\nGit-Commit: /) });
});

it('when a mirror has diverged, force is used once and only where a person said so', async () => {
  const application = await freshApplication();
  await server.commit(application.name, { 'README.md': 'theirs' }, 'Theirs');
  const mirror = await addRemote(application, 'mirror');
  const keep = (text: string) =>
    store.transaction((tx) => captures.keep(tx, application, captures.prepare({ flows: flows(text) }), SEED_CONTEXT));
  await keep('1');
  await sweep();
  expect(await remoteOf(mirror)).toMatchObject({ state: 'failing', lastError: { code: 'DIVERGED' } });
  await askFor(mirror, true);
  await sweep();
  expect(await remoteOf(mirror)).toMatchObject({ state: 'idle' });
  await server.commit(application.name, { 'README.md': 'theirs again' }, 'Theirs');
  await keep('2');
  await sweep();
  expect(await remoteOf(mirror)).toMatchObject({ state: 'failing', lastError: { code: 'DIVERGED' } });
});

it('when two workers find the same import due, one of them does it', async () => {
  const world = await addImport();
  await server.commit(world.name, { 'flows.json': flows('1') }, 'One');
  const other = makeController();
  await Promise.all([controller.sync(world.id, signal), other.sync(world.id, signal), controller.sync(world.id, signal)]);
  expect(await snapshotsOf(world)).toHaveLength(1);
  // Whoever has the lock has it alone, and what it left undone is still due.
  await askFor(world);
  await withGitRemoteLock(store, world.id, async () => {
    await other.sync(world.id, signal);
    expect(await remoteOf(world)).toMatchObject({ state: 'due' });
  });
  await other.sync(world.id, signal);
  expect(await remoteOf(world)).toMatchObject({ state: 'idle' });
});

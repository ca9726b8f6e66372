import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlowNode } from '@sluice/snapshot';
import { createSnapshot, type GitRepository } from '@sluice/store';
import {
  createTestStore,
  type GitServer,
  SEED_CONTEXT,
  seedApplication,
  seedOrganization,
  startGitServer,
  type TestStore,
} from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commitSnapshot } from '../history/commit-snapshot.ts';
import { readSnapshotTree, snapshotTree } from '../layout/snapshot-files.ts';
import { defaultFetchLimits, fetchBranch, readRemoteHead } from './fetch-branch.ts';
import { pushHistory } from './push-history.ts';

let test: TestStore;
let server: GitServer;
let organization: Awaited<ReturnType<typeof seedOrganization>>;
let count = 0;
const { signal } = new AbortController();
const fails = (code: string) => ({ code });

beforeAll(async () => {
  [test, server] = await Promise.all([createTestStore(), startGitServer()]);
  organization = await seedOrganization(test.store);
});
afterAll(() => Promise.all([test?.close(), server?.stop()]));

/** An application, and an empty repository of its own at the server. */
async function fresh(): Promise<{ repository: GitRepository; name: string; remote: Parameters<typeof pushHistory>[1]['remote'] }> {
  count += 1;
  const name = `line-${count}`;
  const application = await seedApplication(test.store, organization, name);
  await server.create(name);
  const repository = { organizationId: organization.id, applicationId: application.id };
  return { repository, name, remote: { url: server.urlOf(name), username: null, password: null, branch: 'main' } };
}

const flowsOf = (version: number): FlowNode[] => [
  { id: 't1', type: 'tab', label: 'Line' } as FlowNode,
  { id: 'n1', type: 'function', z: 't1', func: `return ${version};\n// second line`, wires: [] } as FlowNode,
];

async function capture({ organizationId, applicationId }: GitRepository, version: number): Promise<void> {
  const flows = flowsOf(version);
  const tree = snapshotTree({ flows, packageJson: Buffer.from('{}\n'), lock: null, settings: {}, variables: [] });
  const digest = String(version).padStart(64, '0');
  await test.store.transaction((tx) =>
    createSnapshot(
      tx,
      organizationId,
      {
        id: tx.uuid(),
        applicationId,
        message: `Change ${version}`,
        flows: Buffer.from(JSON.stringify(flows)),
        flowsRevision: digest,
        packageJson: {},
        lock: null,
        sealedCredentials: null,
        digest,
        settings: {},
        variables: [],
        runtimeVersion: '5.0.7',
        nodeCount: 1,
        flowCount: 1,
        commit: (number) => {
          const author = { name: 'Ada', email: 'ada@plant.example' };
          return commitSnapshot(tx, { organizationId, applicationId }, { number, digest, message: `Change ${version}`, author, tree });
        },
      },
      SEED_CONTEXT,
    ),
  );
}

const push = ({ repository, remote }: Awaited<ReturnType<typeof fresh>>, force = false) =>
  pushHistory(test.store, { repository, remote, force, signal });

it('when a history is mirrored, a stock client clones it from there with its tags, later only what is new is sent, and it reads back', async () => {
  const world = await fresh();
  expect(await push(world)).toEqual({ commit: null, pushed: [] });
  for (const version of [1, 2, 3]) await capture(world.repository, version);
  const first = await push(world);
  expect(first.pushed).toEqual(['refs/heads/main', 'refs/tags/v1', 'refs/tags/v2', 'refs/tags/v3']);
  const folder = await server.clone(world.name);
  expect(await readFile(join(folder, 'flows/t1/n1.js'), 'utf8')).toBe('return 3;\n// second line\n');
  expect(await server.git(world.name, 'fsck', '--full', '--strict')).toBe('');
  expect(await server.git(world.name, 'log', '--format=%s %an', 'v2')).toBe('Change 2 Ada\nChange 1 Ada');
  expect(await push(world)).toEqual({ commit: first.commit, pushed: [] });

  await capture(world.repository, 4);
  const before = Number(await server.git(world.name, 'count-objects').then((text) => text.split(' ')[0]));
  expect((await push(world)).pushed).toEqual(['refs/heads/main', 'refs/tags/v4']);
  // The commit, its tree, two folders on the way and the code: nothing else changed.
  expect(Number(await server.git(world.name, 'count-objects').then((text) => text.split(' ')[0])) - before).toBe(5);

  const head = await readRemoteHead({ remote: world.remote, signal });
  const fetched = await fetchBranch({ remote: world.remote, path: '', signal });
  expect(fetched).toMatchObject({
    commit: head,
    author: { name: 'Ada' },
    message: expect.stringMatching(/^Change 4\n\nSnapshot-Number: 4/),
  });
  expect(JSON.parse(readSnapshotTree(fetched.files).flows.toString())).toEqual(flowsOf(4));
});

it('when somebody else moved the branch or a tag there, nothing is overwritten unless a person says so', async () => {
  const world = await fresh();
  await capture(world.repository, 1);
  await push(world);
  const theirs = await server.commit(world.name, { 'README.md': 'mine' }, 'Not from here');
  await capture(world.repository, 2);
  await expect(push(world)).rejects.toMatchObject(fails('DIVERGED'));
  expect(await server.git(world.name, 'rev-parse', 'main')).toBe(theirs);
  await server.git(world.name, 'tag', '-f', 'v1', theirs);
  const { commit } = await push(world, true);
  expect(await server.git(world.name, 'rev-parse', 'main', 'v2')).toBe(`${commit}\n${commit}`);
  expect(await server.git(world.name, 'rev-parse', 'v1')).toBe(await server.git(world.name, 'rev-parse', 'main~1'));

  const other = await fresh();
  await capture(other.repository, 1);
  await server.commit(other.name, { 'README.md': 'a repository of its own' }, 'Theirs');
  await expect(push(other)).rejects.toMatchObject(fails('DIVERGED'));
});

it('when the server ends the connection in the middle of a push, what arrived stays and the next push brings the rest', async () => {
  const world = await fresh();
  for (const version of [1, 2, 3, 4, 5]) await capture(world.repository, version);
  const request = { ...world, signal, force: false, steps: { commitsMax: 2, bytesMax: 1_000_000 } };
  server.fault = { kind: 'cut_push', after: 1 };
  await expect(pushHistory(test.store, request)).rejects.toMatchObject(fails('UNREACHABLE'));
  expect(server.fault.kind).toBe('none');
  expect(await server.git(world.name, 'rev-list', '--count', 'main')).toBe('2');
  expect((await pushHistory(test.store, request)).pushed).toHaveLength(6);
  expect(await server.git(world.name, 'rev-list', '--count', 'v5')).toBe('5');
  expect(await server.git(world.name, 'fsck', '--full', '--strict')).toBe('');
});

it('when the server wants a password, only the right one opens it, and a redirection to another server gets none', async () => {
  const world = await fresh();
  await capture(world.repository, 1);
  const elsewhere = await startGitServer();
  try {
    server.password = 'right';
    for (const password of [null, 'wrong'])
      await expect(push({ ...world, remote: { ...world.remote, password } })).rejects.toMatchObject(fails('AUTHENTICATION_FAILED'));
    expect((await push({ ...world, remote: { ...world.remote, password: 'right' } })).pushed).toHaveLength(2);
    server.fault = { kind: 'redirect', to: elsewhere.urlOf('x').replace('/x.git', '') };
    await expect(push({ ...world, remote: { ...world.remote, password: 'right' } })).rejects.toMatchObject(fails('REDIRECTED'));
    expect(elsewhere.requests).toEqual([]);
  } finally {
    server.password = null;
    server.fault = { kind: 'none' };
    await elsewhere.stop();
  }
  await expect(push({ ...world, remote: { ...world.remote, url: server.urlOf('absent') } })).rejects.toMatchObject(
    fails('REMOTE_NOT_FOUND'),
  );
  // The server that was just stopped.
  await expect(push({ ...world, remote: { ...world.remote, url: elsewhere.urlOf('x') } })).rejects.toMatchObject(fails('UNREACHABLE'));
});

it('when a branch is fetched, only the project in its folder is read, within the limits', async () => {
  const { name, remote } = await fresh();
  const request = { remote, path: '', signal };
  await expect(readRemoteHead(request)).rejects.toMatchObject(fails('REMOTE_EMPTY'));
  await server.commit(
    name,
    { 'plant/line/flows.json': '[]', 'plant/line/picture.svg': 'x', 'plant/line/node_modules/a/package.json': '{}', 'other.json': '{}' },
    'Projects',
  );
  const { files } = await fetchBranch({ ...request, path: 'plant/line' });
  expect([...files.keys()]).toEqual(['flows.json']);
  await expect(readRemoteHead({ ...request, remote: { ...remote, branch: 'dev' } })).rejects.toMatchObject(fails('BRANCH_NOT_FOUND'));
  await expect(fetchBranch({ ...request, path: 'plant/none' })).rejects.toMatchObject(fails('PATH_NOT_FOUND'));
  await server.commit(name, { 'flows.json': `[${' '.repeat(50_000)}]` }, 'Large when unpacked');
  for (const limit of [
    { objectBytesMax: 10_000 },
    { totalBytesMax: 10_000 },
    { objectsMax: 2 },
    { projectBytesMax: 10_000 },
    { answerBytesMax: 300 },
  ])
    await expect(fetchBranch({ ...request, limits: { ...defaultFetchLimits, ...limit } }), JSON.stringify(limit)).rejects.toMatchObject(
      fails('TOO_LARGE'),
    );
});

import { randomBytes } from 'node:crypto';
import type { FlowNode } from '@sluice/snapshot';
import { countGitObjects, findGitCommits, type GitRepository, getGitRef, readGitObjects, setGitRef } from '@sluice/store';
import { createTestStore, seedApplication, seedOrganization, type TestStore } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { snapshotTree } from '../layout/snapshot-files.ts';
import { streamPack } from '../serve/pack.ts';
import { commitSnapshot, MAIN_BRANCH } from './commit-snapshot.ts';
import { readCommittedSnapshot } from './read-commit.ts';

let test: TestStore;
let repository: GitRepository;
let repositories = 0;
beforeAll(async () => {
  test = await createTestStore();
});
afterAll(() => test.close());

async function freshRepository(): Promise<GitRepository> {
  repositories += 1;
  const organization = await seedOrganization(test.store);
  const application = await seedApplication(test.store, organization, `line ${repositories}`);
  return { organizationId: organization.id, applicationId: application.id };
}

const tab = { id: 't1', type: 'tab', label: 'Line' };
const treeOf = (nodes: readonly object[]) =>
  snapshotTree({ flows: nodes as FlowNode[], packageJson: Buffer.from('{}\n'), lock: null, settings: {}, variables: [] });

const commit = (nodes: readonly object[], number: number, fail = false): Promise<string> =>
  test.store.transaction(async (tx) => {
    const digest = 'd'.repeat(64);
    const author = { name: 'A <b>\n', email: 'a@b' };
    const oid = await commitSnapshot(tx, repository, { number, digest, message: 'Subject\r\n\r\nBody', author, tree: treeOf(nodes) });
    if (fail) throw new Error('something after it fails');
    return oid;
  });

it('when a commit is made, main points at it, and a second one brings only what is new', async () => {
  repository = await freshRepository();
  const first = await commit([tab, { id: 'n1', type: 'function', z: 't1', func: 'a' }], 1);
  expect(await getGitRef(test.store, repository, MAIN_BRANCH)).toMatchObject({ oid: first, generation: 1 });
  const second = await commit([tab, { id: 'n1', type: 'function', z: 't1', func: 'b' }], 2);
  expect(await findGitCommits(test.store, repository, [first, second, 'f'.repeat(40)])).toEqual(
    new Map([
      [first, 1],
      [second, 2],
    ]),
  );
  expect(await countGitObjects(test.store, repository, { after: 1, upTo: 2 })).toBe(5);
  expect(JSON.parse((await readCommittedSnapshot(test.store, repository, first)).flows.toString())[1].func).toBe('a');
});

it('when the transaction fails after the commit, nothing of it stays', async () => {
  repository = await freshRepository();
  await expect(commit([tab], 1, true)).rejects.toThrow('something after it fails');
  expect(await getGitRef(test.store, repository, MAIN_BRANCH)).toBeUndefined();
  expect(await countGitObjects(test.store, repository, { after: 0, upTo: 10 })).toBe(0);
});

it('when a branch was moved by somebody else, moving it is refused', async () => {
  repository = await freshRepository();
  const oid = await commit([tab], 1);
  const move = (expected: string | undefined) =>
    test.store.transaction((tx) => setGitRef(tx, repository, { name: MAIN_BRANCH, oid, generation: 2 }, expected));
  await expect(move(undefined)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await expect(move('e'.repeat(40))).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await expect(move(oid)).resolves.toBeUndefined();
});

it('when another organization asks, there is nothing', async () => {
  repository = await freshRepository();
  const oid = await commit([tab], 1);
  const foreign = { ...repository, organizationId: (await freshRepository()).organizationId };
  expect(await readGitObjects(test.store, foreign, [oid])).toEqual([]);
  expect(await getGitRef(test.store, foreign, MAIN_BRANCH)).toBeUndefined();
  await expect(readCommittedSnapshot(test.store, foreign, oid)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
});

it('when a repository is larger than a page, its pack comes in pieces and holds everything once', async () => {
  repository = await freshRepository();
  const large = (index: number) => ({ id: `n${index}`, type: 'function', z: 't1', func: randomBytes(1_500_000).toString('base64') });
  await commit([tab, ...Array.from({ length: 6 }, (_, index) => large(index))], 1);
  await commit([tab, ...Array.from({ length: 2500 }, (_, index) => ({ id: `m${index}`, type: 'function', z: 't1', func: `${index}` }))], 2);
  const range = { after: 0, upTo: 2 };
  const count = await countGitObjects(test.store, repository, range);
  const sizes: number[] = [];
  for await (const piece of streamPack(test.store, repository, { kind: 'range', range, count })) sizes.push(piece.length);
  expect(sizes.length).toBeGreaterThan(5);
  expect(Math.max(...sizes)).toBeLessThan(8 * 1024 * 1024);
});

it('when objects of a pack are missing, it ends with an error and not as if it were whole', async () => {
  const content = { kind: 'oids', oids: ['f'.repeat(40)], count: 1 } as const;
  const drain = async () => {
    for await (const piece of streamPack(test.store, repository, content)) expect(piece.length).toBeGreaterThanOrEqual(0);
  };
  await expect(drain()).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
});

import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCommit, messageWithTrailers, treeOfCommit } from './commit.ts';
import { createGitObject, deflateGitObject, inflateGitObject } from './git-object.ts';
import { buildTree, parseTree } from './tree.ts';

// Another implementation of git is asked whether these are the objects that git makes.
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-objects-'));
  await git.init({ fs, dir });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it.each(['', 'x', 'Grüße 🍾\r\n', 'x'.repeat(100_000)])(
  'when a file holds %.10s, its object has the name that git gives it',
  async (text) => {
    const object = createGitObject('blob', Buffer.from(text));
    expect(object.oid).toBe((await git.hashBlob({ object: Buffer.from(text) })).oid);
    expect(inflateGitObject(await deflateGitObject(object))).toEqual(object);
  },
);

it('when files and folders stand beside each other, their tree is in the order of git', async () => {
  const inner = buildTree(new Map([['x', Buffer.from('x')]]));
  const files = new Map(['a.b', 'a-b', 'ab', 'B', 'ä', 'z.y'].map((name) => [name, Buffer.from(name)]));
  const tree = buildTree(
    files,
    new Map([
      ['a', inner],
      ['z', buildTree(new Map(), new Map([['y', inner]]))],
    ]),
  );
  const entries = parseTree(tree.object.content);
  const theirs = await git.writeTree({
    fs,
    dir,
    tree: entries.map(({ name, oid, isFolder }) =>
      isFolder ? { mode: '040000', path: name, oid, type: 'tree' } : { mode: '100644', path: name, oid, type: 'blob' },
    ),
  });
  expect(tree.object.oid).toBe(theirs);
  expect(entries.map((entry) => entry.name)).toEqual(['B', 'a-b', 'a.b', 'a', 'ab', 'z.y', 'z', 'ä']);
  expect(() => parseTree(tree.object.content.subarray(0, 15))).toThrow(RangeError);
});

it('when a commit is made, it is the one that git makes, and the same facts make it again', async () => {
  const author = { name: 'Åsa', email: 'asa@x' };
  const at = new Date(1_700_000_000_500);
  const message = messageWithTrailers('Faster\r\n\r\nFive percent.\n\n', { 'Snapshot-Number': '7' });
  expect(message).toBe('Faster\n\nFive percent.\n\nSnapshot-Number: 7\n');
  const [tree, parent] = ['1'.repeat(40), '2'.repeat(40)];
  const commit = createCommit({ tree, parent, author, committer: author, at, message });
  const signature = { ...author, timestamp: 1_700_000_000, timezoneOffset: 0 };
  const theirs = await git.writeCommit({ fs, dir, commit: { tree, parent: [parent], author: signature, committer: signature, message } });
  expect(commit.oid).toBe(theirs);
  expect(treeOfCommit(commit.content)).toBe(tree);
  expect(createCommit({ tree, parent, author, committer: author, at, message })).toEqual(commit);
});

it.each([
  ['', 'unknown'],
  ['<>\n', 'unknown'],
  ['Eve <eve@x>\nparent 0', 'Eve  eve@x parent 0'],
])('when a name is %j, nothing of it gets out of its line', (name, written) => {
  const author = { name, email: 'a b>@x' };
  const commit = createCommit({ tree: '1'.repeat(40), parent: undefined, author, committer: author, at: new Date(0), message: 'm' });
  expect(commit.content.toString().split('\n')[1]).toBe(`author ${written} <ab@x> 0 +0000`);
});

it('when a message ends with trailers, ours stand in the same paragraph; else in one of their own', () => {
  const add = (message: string): string => messageWithTrailers(message, { 'Snapshot-Number': '7' });
  expect(add('Faster\n\nGit-Commit: abc\nGit-Author: Ada <a@b>')).toBe(
    'Faster\n\nGit-Commit: abc\nGit-Author: Ada <a@b>\nSnapshot-Number: 7\n',
  );
  for (const text of ['Fix: faster', 'Faster\n\nNote: this\nis prose', 'Faster\n\nA: b\n\nprose', ''])
    expect(add(text)).toBe(`${text}\n\nSnapshot-Number: 7\n`);
});

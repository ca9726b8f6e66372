import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeFiles } from './node-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

it('when a file is written privately, nobody else may read it, its folder included, and nothing is left beside it', async () => {
  const path = join(folder, 'sluice', 'config.json');
  await nodeFiles.writePrivate(path, 'one');
  await nodeFiles.writePrivate(path, 'two');
  expect(await nodeFiles.read(path)).toBe('two');
  expect([await modeOf(path), await modeOf(join(folder, 'sluice'))]).toEqual([0o600, 0o700]);
  expect(await readdir(join(folder, 'sluice'))).toEqual(['config.json']);
});

it('when others could read the file before, they cannot afterwards', async () => {
  const path = join(folder, 'config.json');
  await writeFile(path, 'old', { mode: 0o644 });
  await nodeFiles.writePrivate(path, 'new');
  expect(await modeOf(path)).toBe(0o600);
});

it('when it cannot be written, the error names the file, and nothing is left behind', async () => {
  await mkdir(join(folder, 'config.json'));
  await expect(nodeFiles.writePrivate(join(folder, 'config.json'), 'x')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  expect(await readdir(folder)).toEqual(['config.json']);
});

it('when something is looked at, it is a file, a folder or nothing', async () => {
  await nodeFiles.write(join(folder, 'a', 'b.json'), '{}');
  const kinds = ['a', 'a/b.json', 'c', 'a/b.json/c'].map((name) => nodeFiles.kind(join(folder, name)));
  expect(await Promise.all(kinds)).toEqual(['folder', 'file', 'none', 'none']);
  expect(await nodeFiles.list(join(folder, 'a'))).toEqual(['b.json']);
  expect(await nodeFiles.read(join(folder, 'c'))).toBeUndefined();
  await expect(nodeFiles.list(join(folder, 'c'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});

import { writeZip } from '@sluice/snapshot';
import { describe, expect, it } from 'vitest';
import { createMemoryFiles } from '../testing/memory-files.ts';
import { readProject } from './read-project.ts';

const stdin = { isTerminal: false, readAll: async () => '[1]', readLine: async () => '' };
const read = (contents: Record<string, string>, path = '/p') => readProject({ files: createMemoryFiles(contents), stdin }, path);
const named = JSON.stringify({ 'node-red': { settings: { flowFile: 'main.json' } } });

describe('readProject', () => {
  it('when it is a folder, only the files of the project are read', async () => {
    const files = createMemoryFiles({ '/p/package.json': named, '/p/main.json': '[2]', '/p/main_cred.json': '{}', '/p/huge.log': 'x' });
    const asked: string[] = [];
    const watched = {
      ...files,
      readBytes: (path: string) => {
        asked.push(path);
        return files.readBytes(path);
      },
    };
    expect(await readProject({ files: watched, stdin }, '/p')).toEqual({ flows: '[2]', package: named, credentials: '{}', notes: [] });
    expect(asked).not.toContain('/p/huge.log');
  });

  it('when it is a zip, it is the same as the folder', async () => {
    const files = createMemoryFiles();
    const content = (text: string): Uint8Array => new TextEncoder().encode(text);
    await files.write(
      '/p.zip',
      writeZip(
        new Map([
          ['p/main.json', content('[2]')],
          ['p/package.json', content(named)],
        ]),
      ),
    );
    expect(await readProject({ files, stdin }, '/p.zip')).toEqual({ flows: '[2]', package: named, notes: [] });
  });

  it('when it is a file or standard input, that is all', async () => {
    expect(await read({ '/p/flows.json': '[]' }, '/p/flows.json')).toEqual({ flows: '[]', notes: [] });
    expect(await read({}, '-')).toEqual({ flows: '[1]', notes: [] });
  });

  it.each([
    ['is not there', {}, '/p', 'FILE_NOT_FOUND'],
    ['has no flows', { '/p/readme.md': '' }, '/p', 'FLOWS_NOT_FOUND'],
    ['has several', { '/p/flows_a.json': '[]', '/p/flows_b.json': '[]' }, '/p', 'FLOWS_NOT_FOUND'],
    ['has a broken package.json', { '/p/package.json': '[', '/p/flows.json': '[]' }, '/p', 'PACKAGE_MALFORMED'],
    ['is a broken zip', { '/p.zip': 'PK\u0003\u0004' }, '/p.zip', 'ARCHIVE_MALFORMED'],
  ])('when the project %s, it says so', async (_what, contents, path, code) => {
    await expect(read(contents as Record<string, string>, path)).rejects.toMatchObject({ code, exitCode: 2 });
  });
});

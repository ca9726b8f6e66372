import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PackageFile, readPackageFiles, readTar, type TarEntry, tarEnd, tarHeader, tarPadding } from './index.ts';

const mebibyte = 1024 * 1024;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** An archive of our own making: entries as [path, content]. */
function archive(...entries: [string, string][]): Buffer {
  const parts = entries.flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    return [tarHeader({ path, length: bytes.length }), bytes, tarPadding(bytes.length)];
  });
  return Buffer.concat([...parts, tarEnd]);
}

/** Gives the bytes in pieces of a size that fits no block. */
async function* inPieces(bytes: Uint8Array, size = 313): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const readAll = (bytes: Uint8Array, bytesMax = mebibyte): Promise<TarEntry[]> => Array.fromAsync(readTar(inPieces(bytes), { bytesMax }));
const unpack = (bytes: Uint8Array, bytesMax = mebibyte): Promise<PackageFile[]> =>
  Array.fromAsync(readPackageFiles(gzipSync(bytes), { bytesMax }));

describe('an archive that another program wrote', () => {
  const long = `${'deep/'.repeat(40)}file.txt`;
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-tar-test-'));
    mkdirSync(join(folder, 'package', 'deep/'.repeat(40)), { recursive: true });
    writeFileSync(join(folder, 'package', long), 'long');
    writeFileSync(join(folder, 'package', 'run.sh'), 'x'.repeat(1500), { mode: 0o755 });
    writeFileSync(join(folder, 'package', 'empty'), '');
    symlinkSync('/etc/passwd', join(folder, 'package', 'link'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['gnu', 'pax', 'ustar'])('when it has the form %s, all files come out, and no link does', async (form) => {
    const bytes = execFileSync('tar', [`--format=${form}`, '-cz', '-C', folder, 'package']);
    const files = await Array.fromAsync(readPackageFiles(bytes, { bytesMax: mebibyte }));
    expect(files.map(({ path, executable, bytes: content }) => [path, executable, content.length]).sort()).toEqual([
      [long, false, 4],
      ['empty', false, 0],
      ['run.sh', true, 1500],
    ]);
  });
});

describe('an archive', () => {
  it('when it was written here, stock tar lists the same', () => {
    const bytes = archive(['package/a', '1'], [`package/${'long-name/'.repeat(12)}b`, '2']);
    expect(execFileSync('tar', ['-t'], { input: bytes }).toString('utf8').trim().split('\n')).toEqual([
      'package/a',
      `package/${'long-name/'.repeat(12)}b`,
    ]);
  });

  it.each([0, 1, 511, 512, 513, 4096])('when a file has %i bytes, they come back', async (length) => {
    const [entry] = await readAll(archive(['package/f', 'y'.repeat(length)], ['package/g', '']));
    expect(entry).toMatchObject({ path: 'package/f', kind: 'file', mode: 0o644 });
    expect(text(entry?.bytes ?? Buffer.alloc(0))).toBe('y'.repeat(length));
  });

  it.each([100, 101, 130, 990])('when a path has %i characters, it comes back', async (length) => {
    const path = 'p/'.repeat(length / 2).padEnd(length, 'z');
    expect((await readAll(archive([path.replace(/\/$/, 'q'), '']))).map((entry) => entry.path.length)).toEqual([length]);
  });

  it('when it is cut off, it is refused wherever the cut is', async () => {
    const bytes = archive(['package/f', 'y'.repeat(600)]);
    for (const length of [100, 511, 513, 700, 1200]) {
      await expect(readAll(bytes.subarray(0, length)), `${length}`).rejects.toMatchObject({ code: 'TAR_MALFORMED' });
    }
    expect(await readAll(bytes.subarray(0, 1536))).toHaveLength(1);
  });

  it('when a bit of a header is flipped, it is refused', async () => {
    const bytes = archive(['package/f', 'y']);
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    await expect(readAll(bytes)).rejects.toMatchObject({ code: 'TAR_MALFORMED' });
  });

  it('when its length is taken as the limit, it fits exactly', async () => {
    const bytes = archive(['package/f', 'y'.repeat(10_000)], ['package/g', '']);
    let total = 0;
    for await (const _ of readTar(inPieces(bytes), { bytesMax: mebibyte, onTaken: (taken) => (total = taken) }));
    expect(total).toBe(bytes.length - 512);
    expect(await readAll(bytes, total)).toHaveLength(2);
    await expect(readAll(bytes, total - 1)).rejects.toMatchObject({ code: 'TAR_TOO_LARGE' });
  });

  it('when it holds more than it may, no more is taken', async () => {
    const bytes = archive(['package/f', 'y'.repeat(10_000)]);
    await expect(readAll(bytes, 8_000)).rejects.toMatchObject({ code: 'TAR_TOO_LARGE' });
    await expect(unpack(archive(['package/zeros', '\0'.repeat(mebibyte)]), 100_000)).rejects.toMatchObject({ code: 'TAR_TOO_LARGE' });
  });
});

describe('the files of a package', () => {
  it.each(['package/../evil', '../../evil', '/etc/passwd', 'package/a/../../../evil', 'package\\..\\evil'])(
    'when one is named "%s", the package is refused',
    async (path) => {
      await expect(unpack(archive([path, 'x']))).rejects.toMatchObject({ code: 'TAR_MALFORMED' });
    },
  );

  it('when the first folder has any name, it is dropped', async () => {
    expect((await unpack(archive(['anything/a', ''], ['./anything/b/c', ''], ['anything', '']))).map(({ path }) => path)).toEqual([
      'a',
      'b/c',
    ]);
  });

  it('when a .gitignore is there, it becomes an .npmignore unless there is one, as npm does it', async () => {
    const names = async (...paths: string[]): Promise<string[]> =>
      (await unpack(archive(...paths.map((path): [string, string] => [path, ''])))).map(({ path }) => path);
    expect(await names('package/lib/.gitignore')).toEqual(['lib/.npmignore']);
    expect(await names('package/.npmignore', 'package/.gitignore')).toEqual(['.npmignore']);
  });

  it('when it is no gzip, it is refused', async () => {
    const reading = Array.fromAsync(readPackageFiles(Buffer.from('<html>'), { bytesMax: mebibyte }));
    await expect(reading).rejects.toMatchObject({ code: 'TAR_MALFORMED' });
  });
});

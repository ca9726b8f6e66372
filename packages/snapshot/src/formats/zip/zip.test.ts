import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CraftedEnd, type CraftedEntry, craftZip, packedZeros } from '../../testing/craft-zip.ts';
import { refusal } from '../../testing/refusal.ts';
import { readZip } from './read-zip.ts';
import { writeZip } from './write-zip.ts';
import { defaultZipLimits } from './zip-limits.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const mebibyte = 1024 * 1024;

it('when files are packed and unpacked, they are the same, and the same files give the same bytes', () => {
  const name = fc.stringMatching(/^[a-zé0-9_-]{1,12}(\/[a-z0-9ü]{1,8}){0,3}$/);
  const files = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 300 })), {
    maxLength: 6,
    // Neither the same name twice nor a file below a file.
    selector: ([path]) => path.split('/', 1)[0],
  });
  fc.assert(
    fc.property(files, (entries) => {
      const archive = writeZip(new Map(entries));
      expect([...readZip(archive)].map(([path, bytes]) => [path, [...bytes]])).toEqual(entries.map(([path, bytes]) => [path, [...bytes]]));
      expect(Buffer.compare(archive, writeZip(new Map(entries)))).toBe(0);
    }),
    { numRuns: 50 },
  );
});

it('when other programs pack (stored, with folders, sizes behind the data, comments), it is read', () => {
  const archive = craftZip(
    [
      { name: 'folder/', attributes: 0x41ed_0010, method: 0 },
      { name: 'folder/stored.json', content: text('[]'), method: 0, attributes: 0 },
      { name: 'folder/empty', content: text('') },
      { name: 'ü.json', content: text('[{}]'), flags: 0x0808 },
    ],
    { comment: 'from somewhere' },
  );
  expect([...readZip(archive)].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])).toEqual([
    ['folder/stored.json', '[]'],
    ['folder/empty', ''],
    ['ü.json', '[{}]'],
  ]);
});

describe('hostile archives', () => {
  const good: CraftedEntry = { name: 'flows.json', content: text('[]') };

  it.each<[string, CraftedEntry[], CraftedEnd?]>([
    ['has a path from the root', [{ ...good, name: '/etc/flows.json' }]],
    ['has a path upwards', [{ ...good, name: 'a/../../flows.json' }]],
    ['has a path of dots', [{ ...good, name: './flows.json' }]],
    ['has a path with nothing in it', [{ ...good, name: 'a//flows.json' }]],
    ['has a path of Windows', [{ ...good, name: 'a\\flows.json' }]],
    ['has a drive', [{ ...good, name: 'C:flows.json' }]],
    ['has a name with NUL', [{ ...good, name: 'flows.json\u0000.txt' }]],
    ['has a name with control characters', [{ ...good, name: 'flows\u001b[2J.json' }]],
    ['has a name without letters', [{ ...good, name: '' }]],
    ['has a name in no known encoding', [{ ...good, name: Uint8Array.of(0x66, 0xff, 0xfe) }]],
    ['has a symbolic link', [{ ...good, attributes: 0xa1ff_0000 }]],
    ['has a device', [{ ...good, attributes: 0x61a4_0000 }]],
    ['is encrypted', [{ ...good, flags: 0x0801 }]],
    ['is packed by another method', [{ ...good, method: 12 }]],
    ['has a file twice', [good, good]],
    ['has a file twice but for capitals', [good, { ...good, name: 'Flows.JSON' }]],
    [
      'has a file twice but for the composition of letters',
      [
        { ...good, name: 'é' },
        { ...good, name: 'e\u0301' },
      ],
    ],
    [
      'has a file that is a folder, too',
      [
        { ...good, name: 'a' },
        { ...good, name: 'A/b' },
      ],
    ],
    ['has a stored file of two sizes', [{ ...good, method: 0, bytes: 1 }]],
    ['has an entry with two sizes', [{ ...good, localPackedBytes: 1 }]],
    ['has a folder with content', [{ ...good, name: 'a/' }]],
    ['has an entry with two names', [{ ...good, localName: 'other.json' }]],
    ['has an entry with two methods', [{ ...good, localMethod: 0 }]],
    ['has entries at one place', [good, { ...good, name: 'b.json', localName: 'flows.json', headerStart: 0 }]],
    ['has an entry that points at itself', [{ ...good, headerStart: 7 }]],
    ['has an entry beyond the end', [{ ...good, headerStart: 0xffff_fff0 }]],
    ['has an entry that reaches into the directory', [{ ...good, method: 0, packedBytes: 60, bytes: 60 }]],
    ['has fields of zip64', [{ ...good, extra: Uint8Array.of(1, 0, 0, 0) }]],
    ['has more entries than it says', [good, { ...good, name: 'b' }], { count: 1 }],
    ['has fewer entries than it says', [good], { count: 2 }],
    ['says that it is zip64', [good], { count: 0xffff }],
    ['is one of several parts', [good], { disk: 1 }],
    ['has a directory elsewhere', [good], { start: 1 }],
    ['has something behind its end', [good], { trailing: text('x') }],
  ])('when an archive %s, it is refused before anything is unpacked', (_, entries, end) => {
    expect(() => readZip(craftZip(entries, end), () => false)).toThrow(refusal('ARCHIVE_MALFORMED'));
  });

  it('when an entry lies inside of the data of another, it is refused: bytes would count twice', () => {
    const inner = craftZip([{ ...good, name: 'inner.json' }]);
    const archive = craftZip([
      { name: 'outer', content: inner, method: 0 },
      { ...good, name: 'inner.json', headerStart: 30 + 'outer'.length },
    ]);
    expect(() => readZip(archive, () => false)).toThrow(refusal('ARCHIVE_MALFORMED'));
  });

  it.each<[string, CraftedEntry[]]>([
    ['has a wrong checksum', [{ ...good, checksum: 1 }]],
    ['has more data than it says', [{ ...good, bytes: 1, checksum: 0 }]],
    ['has fewer data than it says', [{ ...good, bytes: 3 }]],
    ['has data that cannot be unpacked', [{ ...good, packed: Uint8Array.of(0xff, 0xff, 0xff), bytes: 3 }]],
    ['has something behind packed data', [{ ...good, packed: Uint8Array.of(1, 0, 0, 0xff, 0xff, 1, 2, 3), bytes: 0, checksum: 0 }]],
  ])('when an archive %s, it is refused', (_, entries) => {
    const archive = craftZip(entries);
    expect(() => readZip(archive)).toThrow(refusal('ARCHIVE_MALFORMED'));
    expect(readZip(archive, () => false).size).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['no archive', 'PK\u0003\u0004'.padEnd(100, 'x')],
    ['only an end that is cut off', 'PK\u0005\u0006\u0000'],
  ])('when it is %s, it is refused', (_, content) => {
    expect(() => readZip(Buffer.from(content, 'latin1'))).toThrow(refusal('ARCHIVE_MALFORMED'));
  });

  it.each<[string, CraftedEntry[], object]>([
    [
      'a file that says it is huge',
      [{ ...good, packed: packedZeros(1), bytes: 0xffff_0000 }],
      { ratioMax: 0xffff_ffff, totalBytesMax: 0xffff_ffff },
    ],
    ['a file that grows too much', [{ ...good, packed: packedZeros(2), bytes: 2 * mebibyte }], {}],
    [
      'files that are huge together',
      [1, 2, 3].map((index) => ({ ...good, name: `f${index}`, packed: packedZeros(1), bytes: mebibyte })),
      { totalBytesMax: 2 * mebibyte },
    ],
    ['too many files', [1, 2, 3].map((index) => ({ ...good, name: `f${index}` })), { entriesMax: 2 }],
    ['folders that are too deep', [{ ...good, name: `${'a/'.repeat(20)}b` }], {}],
    ['a name that is too long', [{ ...good, name: 'a'.repeat(600) }], {}],
  ])('when there are %s, the limit is said before anything is unpacked', (_, entries, limits) => {
    expect(() => readZip(craftZip(entries), () => true, { ...defaultZipLimits, ...limits })).toThrow(refusal('ARCHIVE_TOO_LARGE'));
  });

  it('when a small file unpacks to a gibibyte, it stops at the size that was said, and memory stays as it was', () => {
    const bomb = craftZip([{ name: 'flows.json', packed: packedZeros(1024), bytes: 1000, checksum: 0 }]);
    expect(bomb.length).toBeLessThan(2 * mebibyte);
    const before = process.resourceUsage().maxRSS;
    expect(() => readZip(bomb)).toThrow(refusal('ARCHIVE_MALFORMED'));
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
  });

  it('when entries are not wanted, they are checked but not unpacked', () => {
    const files = [good, { name: 'node_modules/x.js', packed: packedZeros(20), bytes: 1, checksum: 0 }];
    expect([...readZip(craftZip(files), (path) => path === 'flows.json').keys()]).toEqual(['flows.json']);
    expect(() => readZip(craftZip([good, { ...good, name: '../x' }]), (path) => path === 'flows.json')).toThrow(
      refusal('ARCHIVE_MALFORMED'),
    );
  });
});

import type { ModuleList, ReleaseModule } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { encodeModuleList, moduleListFile, parseModuleList, readModuleList, tarballBytesMax } from './module-list.ts';
import { moduleList } from './testing/fixtures.ts';

const [first, second] = moduleList.modules as [ReleaseModule, ReleaseModule];
const refusal = (code: string) => expect.objectContaining({ code });

describe('a list of modules', () => {
  it('when it was encoded, it is read back, and the same list gives the same bytes', () => {
    const bytes = encodeModuleList(moduleList);
    expect(readModuleList(bytes, moduleList.lockDigest)).toEqual(moduleList);
    expect(encodeModuleList(structuredClone(moduleList))).toEqual(bytes);
  });

  it('when it belongs to another lock, it is mix and match', () => {
    expect(() => readModuleList(encodeModuleList(moduleList), 'f'.repeat(64))).toThrow(refusal('MIX_AND_MATCH'));
  });

  it('when it does not end, it is not even parsed', () => {
    expect(() => readModuleList(new Uint8Array(33 * 1024 * 1024), moduleList.lockDigest)).toThrow(refusal('ENDLESS_DATA'));
  });

  it('when a release is asked for it, it has it, and of a size that makes sense', () => {
    const file = { path: 'modules.json', sha256: 'a'.repeat(64), length: 5 };
    expect(moduleListFile({ files: [{ ...file, path: 'flows.json' }, file] })).toBe(file);
    expect(() => moduleListFile({ files: [] })).toThrow(refusal('MIX_AND_MATCH'));
    expect(() => moduleListFile({ files: [{ ...file, length: 2 ** 40 }] })).toThrow(refusal('ENDLESS_DATA'));
  });

  it('when its bytes are not canonical, it is refused', () => {
    const bytes = Buffer.concat([canonicalJson(moduleList), Buffer.from('\n')]);
    expect(() => readModuleList(bytes, moduleList.lockDigest)).toThrow(refusal('MALFORMED'));
  });

  it.each([
    'node_modules/../evil',
    '/node_modules/a',
    'node_modules/a/lib',
    'node_modules/.bin',
    'node_modules/@scope',
    'node_modules',
    'node_modules/a/../../b',
    'node_modules/a\\b',
    'elsewhere/a',
    '',
  ])('when a package stands at "%s", it is refused', (path) => {
    expect(() => parseModuleList({ ...moduleList, modules: [{ ...first, path }] })).toThrow(refusal('MALFORMED'));
  });

  it.each<[string, ReleaseModule[]]>([
    ['twice the same place', [first, first]],
    ['no order', [second, first]],
    [
      'places that are one where case does not count',
      [
        { ...first, path: 'node_modules/Line' },
        { ...first, path: 'node_modules/line' },
      ],
    ],
    ['a tarball without an end', [{ ...first, length: tarballBytesMax + 1 }]],
    ['an archive without an end', [{ ...first, unpackedLength: 2 ** 40 }]],
    ['a negative length', [{ ...first, length: -1 }]],
  ])('when it has %s, it is refused', (_, modules) => {
    expect(() => parseModuleList({ ...moduleList, modules } satisfies ModuleList)).toThrow(refusal('MALFORMED'));
  });
});

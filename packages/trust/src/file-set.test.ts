import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from './digest.ts';
import { checkFile, checkFileSet, createFileVerifier } from './file-set.ts';
import { manifest, refusal } from './testing/fixtures.ts';

describe('checkFileSet', () => {
  const paths = manifest.files.map((file) => file.path);

  it('when exactly the listed files are there, in any order, it is complete', () => {
    expect(() => checkFileSet(manifest, [...paths].reverse())).not.toThrow();
  });

  it('when a file is missing, it is mix-and-match', () => {
    expect(() => checkFileSet(manifest, paths.slice(1))).toThrow(refusal('MIX_AND_MATCH'));
  });

  it.each(['settings.js', '../flows.json', '/flows.json', 'FLOWS.json', 'flows.json'])(
    'when "%s" is there as well, it is unlisted',
    (extra) => {
      expect(() => checkFileSet(manifest, [...paths, extra])).toThrow(refusal('UNLISTED_FILE'));
    },
  );
});

describe('createFileVerifier', () => {
  const bytes = new TextEncoder().encode('some bytes of a file');
  const file = { path: 'a', sha256: sha256Hex(bytes), length: bytes.length };

  it('when the bytes come in any pieces, they are accepted', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const ends = [...cuts, bytes.length].sort((left, right) => left - right);
        const verifier = createFileVerifier(file);
        let start = 0;
        for (const end of ends) {
          verifier.update(bytes.subarray(start, end));
          start = end;
        }
        expect(() => verifier.finish()).not.toThrow();
      }),
    );
  });

  it('when there is one byte too many, it is refused at that byte', () => {
    const verifier = createFileVerifier(file);
    verifier.update(bytes);
    expect(() => verifier.update(Uint8Array.of(0))).toThrow(refusal('ENDLESS_DATA'));
  });

  it('when a byte is missing or differs, it is refused at the end', () => {
    expect(() => checkFile(file, bytes.subarray(1))).toThrow(refusal('HASH_MISMATCH'));
    expect(() => checkFile(file, bytes.with(3, 0))).toThrow(refusal('HASH_MISMATCH'));
    expect(() => checkFile(file, bytes)).not.toThrow();
  });
});

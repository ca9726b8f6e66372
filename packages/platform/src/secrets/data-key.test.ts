import { expect, it } from 'vitest';
import { dataKeyIdOf, openWithDataKey, SecretIntegrityError, sealSecret, sealWithDataKey } from './index.ts';

const one = { id: '01a203ee-9d1f-7d7f-9e16-39285716021f', key: new Uint8Array(32).fill(1) };
const other = { id: '01a203ee-9d1f-7d7f-9e16-39285716021e', key: one.key };

it('when something is sealed with a data key, its bytes name the key, and it opens with that key, id and row alone', () => {
  const sealed = sealWithDataKey(one, 'hunter2', 'variable/1');
  expect(dataKeyIdOf(sealed)).toBe(one.id);
  expect(openWithDataKey(one, sealed, 'variable/1').toString()).toBe('hunter2');
  expect(() => openWithDataKey(one, sealed, 'variable/2')).toThrow(SecretIntegrityError);
  // The same key under another id: somebody changed the bytes that name it.
  const renamed = Buffer.from(sealed);
  renamed.writeUInt8(0x1e, 16);
  expect(dataKeyIdOf(renamed)).toBe(other.id);
  expect(() => openWithDataKey(other, renamed, 'variable/1')).toThrow(SecretIntegrityError);
  for (const length of [0, 1, 17, 44, sealed.length - 1]) {
    expect(() => openWithDataKey(one, sealed.subarray(0, length), 'variable/1'), `${length} bytes`).toThrow(SecretIntegrityError);
  }
});

it('when something was sealed without a data key, none is named', () => {
  expect(dataKeyIdOf(sealSecret(one.key, 'x', 'a'))).toBeNull();
  expect(dataKeyIdOf(new Uint8Array(0))).toBeNull();
});

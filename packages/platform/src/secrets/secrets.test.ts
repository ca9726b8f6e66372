import { writeFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { seededRandom } from '../testing/index.ts';
import { deriveKey, KEY_BYTES, loadOrCreateMasterKey, MasterKeyError, openSecret, SecretIntegrityError, sealSecret } from './index.ts';

describe('sealSecret and openSecret', () => {
  const key = deriveKey(new Uint8Array(KEY_BYTES), 'secret-encryption');

  it('when key and identity match, the secret comes back', () => {
    expect(openSecret(key, sealSecret(key, 'hunter2', 'signing_key/1'), 'signing_key/1').toString()).toBe('hunter2');
    expect(openSecret(key, sealSecret(key, new Uint8Array(0), 'a'), 'a')).toHaveLength(0);
  });

  it('when the same secret is sealed twice, the bytes differ', () => {
    expect(sealSecret(key, 'x', 'a')).not.toEqual(sealSecret(key, 'x', 'a'));
  });

  it('when any single byte is changed, it does not open', () => {
    const sealed = sealSecret(key, 'hunter2', 'a', seededRandom(1));
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8((changed[index] ?? 0) ^ 1, index);
      expect(() => openSecret(key, changed, 'a'), `byte ${index}`).toThrow(SecretIntegrityError);
    }
  });

  it('when it is cut short, moved to another row or opened with another key, it does not open', () => {
    const sealed = sealSecret(key, 'hunter2', 'signing_key/1');
    for (const length of [0, 1, 28, sealed.length - 1])
      expect(() => openSecret(key, sealed.subarray(0, length), 'signing_key/1')).toThrow(SecretIntegrityError);
    expect(() => openSecret(key, sealed, 'signing_key/2')).toThrow(SecretIntegrityError);
    expect(() => openSecret(deriveKey(new Uint8Array(KEY_BYTES), 'nonce'), sealed, 'signing_key/1')).toThrow(SecretIntegrityError);
  });
});

describe('deriveKey', () => {
  it('when master key and purpose are the same, the key stays the same for ever', () => {
    // Fixed: a change here would make every sealed secret and every token of an existing installation unreadable.
    expect(deriveKey(new Uint8Array(KEY_BYTES).fill(7), 'jwt-device').toString('hex')).toBe(
      'cb5c6a449a1c9d257490fd59ff66ea2b711d5ce5d3ee0b407c953825f92e89ac',
    );
  });

  it('when the purpose differs, the key differs', () => {
    const keys = (['jwt-device', 'jwt-api', 'secret-encryption', 'nonce', 'configuration-salt'] as const).map((purpose) =>
      deriveKey(new Uint8Array(KEY_BYTES), purpose).toString('hex'),
    );
    expect(new Set(keys).size).toBe(5);
  });
});

describe('loadOrCreateMasterKey', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-master-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('when there is no file, it makes one that only the owner may read, and reads the same key next time', async () => {
    const path = join(folder, 'data', 'master.key');
    const first = await loadOrCreateMasterKey({ path });
    expect(first).toHaveLength(KEY_BYTES);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateMasterKey({ path })).toEqual(first);
    expect(await readdir(join(folder, 'data'))).toEqual(['master.key']);
  });

  it('when another process makes the file at the same moment, both have the key of the one who was first', async () => {
    const path = join(folder, 'master.key');
    const theirs = Buffer.alloc(KEY_BYTES, 9);
    const random = {
      randomBytes: (size: number) => {
        if (size === KEY_BYTES) writeFileSync(path, theirs.toString('base64'), { mode: 0o600 });
        return new Uint8Array(size);
      },
    };
    expect(await loadOrCreateMasterKey({ path, random })).toEqual(theirs);
    expect(await readdir(folder)).toEqual(['master.key']);
  });

  it('when others may read the file, it refuses', async () => {
    const path = join(folder, 'master.key');
    await loadOrCreateMasterKey({ path });
    await chmod(path, 0o644);
    await expect(loadOrCreateMasterKey({ path })).rejects.toThrow(MasterKeyError);
  });

  it.each(['', 'c2hvcnQ=', 'not base64 at all!'])('when the file holds %j, it refuses and leaves the file alone', async (content) => {
    const path = join(folder, 'master.key');
    await writeFile(path, content, { mode: 0o600 });
    await expect(loadOrCreateMasterKey({ path })).rejects.toThrow(MasterKeyError);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('when the environment holds a key, it is taken and no file is made; a bad one is refused', async () => {
    const path = join(folder, 'master.key');
    const key = Buffer.alloc(KEY_BYTES, 5);
    expect(await loadOrCreateMasterKey({ path, environmentValue: key.toString('base64') })).toEqual(key);
    expect(await readdir(folder)).toEqual([]);
    await expect(loadOrCreateMasterKey({ path, environmentValue: 'c2hvcnQ=' })).rejects.toThrow(MasterKeyError);
  });
});

import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { type Random, systemRandom } from '../random.ts';

export const KEY_BYTES = 32;

/** The master key is missing where it must be, unreadable, too short or readable by others. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
  readonly code = 'MASTER_KEY_INVALID';
}

function decode(base64: string, source: string): Buffer {
  const text = base64.trim();
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new MasterKeyError(`${source} must hold ${KEY_BYTES} bytes in base64`);
  }
  return key;
}

/**
 * The master key that was used until now, from `SLUICE_MASTER_KEY_PREVIOUS` (base64); null: none.
 * @throws MasterKeyError when it is not a 32-byte key
 */
export function readPreviousMasterKey(environmentValue: string | undefined): Buffer | null {
  return environmentValue === undefined || environmentValue === '' ? null : decode(environmentValue, 'SLUICE_MASTER_KEY_PREVIOUS');
}

async function readKeyFile(path: string): Promise<Buffer | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw new MasterKeyError(`${path} is readable by others: run chmod 600 on it`);
    return decode(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes a new key so that a crash leaves none or all of it, and so that of two processes starting at once only one wins. */
async function createKeyFile(path: string, random: Pick<Random, 'randomBytes'>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${Buffer.from(random.randomBytes(6)).toString('hex')}.new`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${Buffer.from(random.randomBytes(KEY_BYTES)).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

/**
 * The master key of this control plane: from `environmentValue` (base64) when given, else from the file, which is made at first start.
 * @returns 32 bytes; derive purpose keys from them with `deriveKey` and use them for nothing else
 * @throws MasterKeyError when the value or the file is not a 32-byte key, or others may read the file
 */
export async function loadOrCreateMasterKey(options: {
  path: string;
  environmentValue?: string | undefined;
  random?: Pick<Random, 'randomBytes'>;
}): Promise<Buffer> {
  if (options.environmentValue !== undefined && options.environmentValue !== '') {
    return decode(options.environmentValue, 'SLUICE_MASTER_KEY');
  }
  const existing = await readKeyFile(options.path);
  if (existing !== undefined) return existing;
  await createKeyFile(options.path, options.random ?? systemRandom);
  const created = await readKeyFile(options.path);
  if (created === undefined) throw new MasterKeyError(`${options.path} vanished while it was made`);
  return created;
}

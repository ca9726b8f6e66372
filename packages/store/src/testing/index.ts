import { createHash } from 'node:crypto';

import { readMigrations } from '../migrations/files.ts';

/** Changes with any migration's name or text: names template databases. */
export async function migrationsDigest(): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, checksum } of await readMigrations()) hash.update(`${name} ${checksum}\n`);
  return hash.digest('hex');
}

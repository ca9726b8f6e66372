import { createHash } from 'node:crypto';
import { glob, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `prisma` of the repository: the schema and its migrations. */
export const PRISMA_FOLDER = fileURLToPath(new URL('../../../../prisma', import.meta.url));

/** One step of the schema. `checksum` is the SHA-256 of its text, as Prisma keeps it. */
export type Migration = { name: string; sql: string; checksum: string };

/** All migrations in their order. */
export async function readMigrations(folder: string = join(PRISMA_FOLDER, 'migrations')): Promise<Migration[]> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * The Prisma schema that the migrations lead to. Each migration that changes it keeps the schema beside its SQL, so that the next one
 * is the difference from there, whatever a developer's database looks like.
 */
export async function newestSchema(folder: string = join(PRISMA_FOLDER, 'migrations')): Promise<string | undefined> {
  const kept = await Array.fromAsync(glob('*/schema.prisma', { cwd: folder }));
  const newest = kept.sort().at(-1);
  return newest === undefined ? undefined : readFile(join(folder, newest), 'utf8');
}

import { joinBytes } from '../base/join-bytes.ts';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';

export type GitObjectType = 'commit' | 'tree' | 'blob';

/** An object of an application's repository as it is stored: its content compressed with zlib, which is also its form in a pack. */
export type StoredGitObject = {
  /** SHA-1, 40 hexadecimal digits. */
  oid: string;
  type: GitObjectType;
  /** Length of the content before compression, in bytes. */
  size: number;
  deflated: Buffer;
};

/** Which repository: the application's, and whose the application is. */
export type GitRepository = { organizationId: string; applicationId: string };

const FIND_OBJECTS = prepared('select oid from git_object where organization_id = $1 and application_id = $2 and oid = any($3)');

/** Which of these objects the repository has. */
export async function findGitObjects(reader: Reader, repository: GitRepository, oids: readonly string[]): Promise<Set<string>> {
  const rows = await reader.query<{ oid: string }>(FIND_OBJECTS, [repository.organizationId, repository.applicationId, oids]);
  return new Set(rows.map((row) => row.oid));
}

const PUT_OBJECTS = prepared(
  `insert into git_object (organization_id, application_id, oid, type, size, generation, deflated)
     select $1, $2, oid, type, size, $3, substring($7::bytea from at + 1 for length)
     from unnest($4::text[], $5::text[], $6::int[], $8::int[], $9::int[]) as new (oid, type, size, at, length)
     on conflict do nothing`,
);

/**
 * Keeps objects that a commit of this generation brings; those that are there already stay as they are. Who calls this holds the
 * application's row (`takeNumber`), so that no other commit writes the same objects meanwhile.
 */
export async function putGitObjects(
  tx: Transaction,
  repository: GitRepository,
  generation: number,
  objects: readonly StoredGitObject[],
): Promise<void> {
  if (objects.length === 0) return;
  const joined = joinBytes(objects.map((each) => each.deflated));
  await tx.execute(PUT_OBJECTS, [
    repository.organizationId,
    repository.applicationId,
    generation,
    objects.map((each) => each.oid),
    objects.map((each) => each.type),
    objects.map((each) => each.size),
    joined.bytes,
    joined.starts,
    objects.map((each) => each.deflated.length),
  ]);
}

const COLUMNS = 'oid, type, size, deflated';

/** These objects, in no order; absent ones are left out. */
export async function readGitObjects(reader: Reader, repository: GitRepository, oids: readonly string[]): Promise<StoredGitObject[]> {
  return reader.query<StoredGitObject>(
    `select ${COLUMNS} from git_object where organization_id = $1 and application_id = $2 and oid = any($3)`,
    [repository.organizationId, repository.applicationId, oids],
  );
}

/** Commits by their oids, with their generations; what is absent or no commit is left out. */
export async function findGitCommits(reader: Reader, repository: GitRepository, oids: readonly string[]): Promise<Map<string, number>> {
  const rows = await reader.query<{ oid: string; generation: number }>(
    `select oid, generation from git_object
     where organization_id = $1 and application_id = $2 and oid = any($3) and type = 'commit'`,
    [repository.organizationId, repository.applicationId, oids],
  );
  return new Map(rows.map((row) => [row.oid, row.generation]));
}

/** Generations of a line of history: after `after`, up to and with `upTo`. */
export type GenerationRange = { after: number; upTo: number };

/** The commits of these generations. */
export async function readGitCommits(reader: Reader, repository: GitRepository, range: GenerationRange): Promise<StoredGitObject[]> {
  return reader.query<StoredGitObject>(
    `select ${COLUMNS} from git_object
     where organization_id = $1 and application_id = $2 and type = 'commit' and generation > $3 and generation <= $4
     order by generation`,
    [repository.organizationId, repository.applicationId, range.after, range.upTo],
  );
}

/** How many objects the commits of these generations brought. The number never changes once the last of these commits exists. */
export async function countGitObjects(reader: Reader, repository: GitRepository, range: GenerationRange): Promise<number> {
  const [row] = await reader.query<{ count: number }>(
    `select count(*)::int as count from git_object
     where organization_id = $1 and application_id = $2 and generation > $3 and generation <= $4`,
    [repository.organizationId, repository.applicationId, range.after, range.upTo],
  );
  return row?.count ?? 0;
}

/** Bytes of one page of `streamGitObjects`, roughly: what one reader holds in memory. */
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * All objects that the commits of these generations brought, page by page, so that a large repository is never in memory at once.
 * Nothing is locked between the pages.
 */
export async function* streamGitObjects(
  reader: Reader,
  repository: GitRepository,
  range: GenerationRange,
): AsyncGenerator<StoredGitObject[], void, undefined> {
  const { organizationId, applicationId } = repository;
  let after = { generation: range.after, oid: 'z' };
  for (;;) {
    // The page ends where its bytes do, with one object at least; the limit inside bounds what Postgres looks at.
    const page = await reader.query<StoredGitObject & { generation: number }>(
      `select ${COLUMNS}, generation from (
         select o.*, sum(length(deflated)) over (order by generation, oid) - length(deflated) as bytes_before
         from (select * from git_object
               where organization_id = $1 and application_id = $2 and (generation, oid) > ($3, $4) and generation <= $5
               order by generation, oid limit 2000) o
       ) page where bytes_before < $6 order by generation, oid`,
      [organizationId, applicationId, after.generation, after.oid, range.upTo, PAGE_BYTES],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    after = { generation: last.generation, oid: last.oid };
    yield page;
  }
}

/** How many bytes each of these generations brought, compressed; in their order. */
export async function weighGenerations(
  reader: Reader,
  repository: GitRepository,
  range: GenerationRange,
): Promise<{ generation: number; bytes: number }[]> {
  return reader.query<{ generation: number; bytes: number }>(
    `select generation, sum(length(deflated))::int8 as bytes from git_object
     where organization_id = $1 and application_id = $2 and generation > $3 and generation <= $4
     group by generation order by generation`,
    [repository.organizationId, repository.applicationId, range.after, range.upTo],
  );
}

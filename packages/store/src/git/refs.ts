import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { stateConflict } from '../errors.ts';
import type { GitRepository } from './objects.ts';

/** A branch or tag: where it points, and the generation of that commit. */
export type GitRef = { name: string; oid: string; generation: number };

const GET_REF = prepared('select name, oid, generation from git_ref where organization_id = $1 and application_id = $2 and name = $3');

/** A reference by its full name (`refs/heads/main`); undefined when there is none. */
export async function getGitRef(reader: Reader, repository: GitRepository, name: string): Promise<GitRef | undefined> {
  const [row] = await reader.query<GitRef>(GET_REF, [repository.organizationId, repository.applicationId, name]);
  return row;
}

/**
 * Everything that has a name in the repository, by name: its branches, and a tag `refs/tags/v<number>` for each snapshot that has a commit.
 * Tags are not stored: they say nothing that the snapshots do not.
 */
export async function listGitRefs(reader: Reader, repository: GitRepository): Promise<GitRef[]> {
  return reader.query<GitRef>(
    `select name, oid, generation from (
       select name, oid, generation from git_ref where organization_id = $1 and application_id = $2
       union all
       select 'refs/tags/v' || s.number, o.oid, o.generation
       from snapshot s join git_object o on o.application_id = s.application_id and o.oid = s.commit_oid
       where s.organization_id = $1 and s.application_id = $2
     ) ref order by name collate "C"`,
    [repository.organizationId, repository.applicationId],
  );
}

const MOVE_REF = prepared(
  `update git_ref set oid = $4, generation = $5, updated_at = $6
           where organization_id = $1 and application_id = $2 and name = $3 and oid = $7`,
);

/**
 * Moves a reference, if it still points where the caller saw it.
 * @param expected undefined: it must not exist yet
 * @throws StoreError STATE_CONFLICT when somebody else moved it
 */
export async function setGitRef(tx: Transaction, repository: GitRepository, ref: GitRef, expected: string | undefined): Promise<void> {
  const { organizationId, applicationId } = repository;
  const changed =
    expected === undefined
      ? await tx.execute(
          `insert into git_ref (organization_id, application_id, name, oid, generation, updated_at)
           values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
          [organizationId, applicationId, ref.name, ref.oid, ref.generation, tx.now],
        )
      : await tx.execute(MOVE_REF, [organizationId, applicationId, ref.name, ref.oid, ref.generation, tx.now, expected]);
  if (changed !== 1) throw stateConflict(`${ref.name} was moved by somebody else meanwhile: read it again.`);
}

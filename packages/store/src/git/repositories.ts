import type { Reader } from '../base/reader.ts';
import type { GitRepository } from './objects.ts';

/** The repository of an application, given by its id or its name; undefined when the organization has no such application. */
export async function findGitRepository(reader: Reader, organizationId: string, application: string): Promise<GitRepository | undefined> {
  const [row] = await reader.query<{ id: string }>(
    `select id from application where organization_id = $1 and (id::text = $2 or name = $2) order by id::text = $2 desc limit 1`,
    [organizationId, application],
  );
  return row === undefined ? undefined : { organizationId, applicationId: row.id };
}

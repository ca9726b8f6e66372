import type { DiffSide, VariableDeclaration } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';
import { notFound } from '../errors.ts';

/** A side of a comparison as people see it, with the variables that it declares. */
export type ComparedSide = DiffSide & { declarations: VariableDeclaration[] };

type Row = Omit<ComparedSide, 'createdAt' | 'release'> & { createdAt: Date; releaseId: string | null; releaseName: string | null };

const COLUMNS = `
  a.id as "applicationId", a.name as "applicationName", s.id as "snapshotId", s.number, s.digest, s.message, s.created_by as "createdBy",
  s.created_at as "createdAt", s.variables as declarations`;

function toSide({ createdAt, releaseId, releaseName, ...row }: Row): ComparedSide {
  const release = releaseId === null ? null : { id: releaseId, name: releaseName ?? '' };
  return { ...row, createdAt: iso(createdAt), release };
}

async function findSide(reader: Reader, source: string, parameters: readonly unknown[]): Promise<ComparedSide | undefined> {
  const [row] = await reader.query<Row>(`select ${COLUMNS}, ${source}`, parameters);
  return row === undefined ? undefined : toSide(row);
}

const ofSnapshot = `null as "releaseId", null as "releaseName" from snapshot s join application a on a.id = s.application_id`;
const ofRelease = `r.id as "releaseId", r.name as "releaseName"
  from release r join snapshot s on s.id = r.snapshot_id join application a on a.id = r.application_id`;

/** @throws StoreError NOT_FOUND */
export async function getSnapshotSide(reader: Reader, organizationId: string, snapshotId: string): Promise<ComparedSide> {
  const side = await findSide(reader, `${ofSnapshot} where s.organization_id = $1 and s.id = $2`, [organizationId, snapshotId]);
  if (side === undefined) throw notFound('snapshot', snapshotId);
  return side;
}

/** The snapshot that another was made from; where that is unknown or gone, the one before it. Undefined: there is none. */
export function findSnapshotBefore(reader: Reader, organizationId: string, snapshotId: string): Promise<ComparedSide | undefined> {
  return findSide(
    reader,
    `${ofSnapshot} join snapshot n on n.application_id = s.application_id and s.number < n.number
     where s.organization_id = $1 and n.organization_id = $1 and n.id = $2
     order by s.number = n.parent_number desc nulls last, s.number desc limit 1`,
    [organizationId, snapshotId],
  );
}

/** @throws StoreError NOT_FOUND */
export async function getReleaseSide(reader: Reader, organizationId: string, releaseId: string): Promise<ComparedSide> {
  const side = await findSide(reader, `${ofRelease} where r.organization_id = $1 and r.id = $2`, [organizationId, releaseId]);
  if (side === undefined) throw notFound('release', releaseId);
  return side;
}

/** The release of the application that came before. Undefined: there is none. */
export function findReleaseBefore(reader: Reader, organizationId: string, releaseId: string): Promise<ComparedSide | undefined> {
  return findSide(
    reader,
    `${ofRelease} join release n on n.application_id = r.application_id and r.counter < n.counter
     where r.organization_id = $1 and n.organization_id = $1 and n.id = $2 order by r.counter desc limit 1`,
    [organizationId, releaseId],
  );
}

/** What a device says that it runs. Undefined: nothing that is known here. */
export function findRunningSide(reader: Reader, organizationId: string, deviceId: string): Promise<ComparedSide | undefined> {
  return findSide(
    reader,
    `${ofRelease} join device_observed o on o.organization_id = r.organization_id and o.running_digest = r.digest
     where r.organization_id = $1 and o.device_id = $2`,
    [organizationId, deviceId],
  );
}

import type { DeviceApproval, Envelope, MaintenanceWindow, VariableDeclaration } from '@sluice/contracts';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import { groupsOfSql } from '../groups/membership.ts';
import { waitsByItself, zoneOfDevice } from '../rollouts/offerable.ts';
import { inForce } from '../variables/in-force.ts';

/** The assignment that was made for a revision before. */
export type StoredAssignment = { envelope: Envelope; epoch: number; configurationDigest: string | null; expiresAt: Date };

/** What a device's assignment is made from. Release members are null when it shall run nothing. */
export type AssignmentInput = {
  deviceId: string;
  organizationId: string;
  approval: DeviceApproval;
  epoch: number;
  revision: number;
  stageId: string | null;
  rolloutId: string | null;
  deploymentId: string | null;
  attempt: number;
  releaseId: string | null;
  applicationId: string | null;
  releaseDigest: string | null;
  releaseCounter: number;
  snapshotId: string | null;
  declarations: VariableDeclaration[];
  /** As of which its variables are looked up. */
  variablesRevision: number;
  /** The maintenance window of the rollout behind it; null also when the agent does not wait for windows by itself. */
  window: MaintenanceWindow | null;
  /** The rollout behind it is paused: an agent that waits by itself waits on, whatever its window. */
  isHeld: boolean;
  /** IANA name. */
  timeZone: string;
  stored: StoredAssignment | null;
};

type InputRow = Omit<AssignmentInput, 'stored'> & {
  envelope: Envelope | null;
  storedEpoch: number | null;
  configurationDigest: string | null;
  expiresAt: Date | null;
};

const inputQuery = `
  SELECT v.id AS "deviceId", v.organization_id AS "organizationId", v.approval, v.epoch,
         s.revision AS revision, s.variables_revision AS "variablesRevision", s.stage_id AS "stageId", s.rollout_id AS "rolloutId", s.deployment_id AS "deploymentId", s.attempt,
         r.id AS "releaseId", r.application_id AS "applicationId", r.digest AS "releaseDigest", coalesce(r.counter, 0) AS "releaseCounter",
         CASE WHEN ${waitsByItself} THEN p.policy -> 'window' END AS "window", coalesce(o.state = 'paused', false) AS "isHeld", ${zoneOfDevice} AS "timeZone",
         r.snapshot_id AS "snapshotId", coalesce(r.manifest -> 'variables', '[]') AS declarations,
         a.envelope, a.epoch AS "storedEpoch", a.configuration_digest AS "configurationDigest", a.expires_at AS "expiresAt"
    FROM device v
    JOIN device_desired s ON s.device_id = v.id
    LEFT JOIN release r ON r.id = s.release_id
    LEFT JOIN rollout o ON o.id = s.rollout_id AND s.deployment_id IS NOT NULL
    LEFT JOIN rollout_policy p ON p.id = o.policy_id
    LEFT JOIN device_assignment a ON a.device_id = v.id AND a.revision = s.revision
   WHERE v.id = ANY($1::uuid[]) AND s.revision > 0`;

/** Reads the inputs of many devices at once; devices that were never given anything are left out. */
export async function loadAssignmentInputs(reader: Reader, deviceIds: readonly string[]): Promise<AssignmentInput[]> {
  const rows = await reader.query<InputRow>(inputQuery, [deviceIds]);
  return rows.map(({ envelope, storedEpoch, configurationDigest, expiresAt, ...input }) => ({
    ...input,
    stored:
      envelope === null || storedEpoch === null || expiresAt === null
        ? null
        : { envelope, epoch: storedEpoch, configurationDigest, expiresAt },
  }));
}

/** Where a device's variables are looked up, and as of which revision; null: as they are now. */
export type VariableScope = Pick<AssignmentInput, 'deviceId' | 'organizationId' | 'applicationId' | 'stageId'> & {
  variablesRevision: number | null;
};

/** A variable that reaches a device. Of several with one name the last in the list counts. */
export type LayeredVariable = { deviceId: string; variableId: string; versionId: string; name: string; secret: boolean };

/** The value of a version of a variable as it is stored. */
export type SealedVariable = { id: string; sealedValue: Buffer };

// Of two groups of one device the one later in the alphabet wins: any order would do, as long as it is always the same.
const layerQuery = prepared(`
  WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[])
                    AS u (device_id, organization_id, application_id, stage_id, revision)
  ), layer AS (
    SELECT device_id, organization_id, revision, 'organization' AS scope, organization_id AS scope_id, 1 AS rank, '' AS group_name FROM asked
    UNION ALL SELECT device_id, organization_id, revision, 'application', application_id, 2, '' FROM asked WHERE application_id IS NOT NULL
    UNION ALL SELECT device_id, organization_id, revision, 'stage', stage_id, 3, '' FROM asked WHERE stage_id IS NOT NULL
    UNION ALL SELECT a.device_id, a.organization_id, a.revision, 'group', m.group_id, 4, g.name
                FROM asked a CROSS JOIN LATERAL ${groupsOfSql('a.device_id')} m JOIN device_group g ON g.id = m.group_id
    UNION ALL SELECT device_id, organization_id, revision, 'device', device_id, 5, '' FROM asked
  )
  SELECT l.device_id AS "deviceId", v.variable_id AS "variableId", v.id AS "versionId", v.name, v.secret
    FROM layer l
    JOIN variable_version v ON v.organization_id = l.organization_id AND v.scope = l.scope AND v.scope_id = l.scope_id
     AND ${inForce('v', 'l.revision')}
   ORDER BY l.device_id, l.rank, l.group_name COLLATE "C", l.scope_id`);

/** Finds the variables of many devices: organization, then application, stage, groups, and the device's own; later ones win. */
export function loadLayeredVariables(reader: Reader, scopes: readonly VariableScope[]): Promise<LayeredVariable[]> {
  return reader.query<LayeredVariable>(layerQuery, [
    scopes.map((scope) => scope.deviceId),
    scopes.map((scope) => scope.organizationId),
    scopes.map((scope) => scope.applicationId),
    scopes.map((scope) => scope.stageId),
    scopes.map((scope) => scope.variablesRevision),
  ]);
}

/** Reads stored values once each, however many devices they reach. */
export function loadSealedVariables(reader: Reader, ids: readonly string[]): Promise<SealedVariable[]> {
  return reader.query<SealedVariable>('SELECT id, sealed_value AS "sealedValue" FROM variable_version WHERE id = ANY($1::uuid[])', [ids]);
}

/** The credentials of snapshots as they are stored; snapshots without any are left out. */
export function loadSealedCredentials(reader: Reader, snapshotIds: readonly string[]): Promise<{ id: string; sealed: Buffer }[]> {
  return reader.query<{ id: string; sealed: Buffer }>(
    'SELECT id, sealed_credentials AS sealed FROM snapshot WHERE id = ANY($1::uuid[]) AND sealed_credentials IS NOT NULL',
    [snapshotIds],
  );
}

/** A configuration that a device was given for a release. `isExact`: for the same stage, with variables as of the same revision. */
export type EarlierConfiguration = {
  deviceId: string;
  configurationDigest: string;
  sealedConfiguration: Buffer;
  variablesDigest: string | null;
  isExact: boolean;
};

/** What a device is to run again. */
export type WantedAgain = { deviceId: string; releaseDigest: string; stageId: string | null; variablesRevision: number };

/** Finds the configuration that each device was given together with a release (by its digest): the last exact one, else the last one. */
export function loadEarlierConfigurations(reader: Reader, wanted: readonly WantedAgain[]): Promise<EarlierConfiguration[]> {
  return reader.query<EarlierConfiguration>(
    `SELECT DISTINCT ON (a.device_id) a.device_id AS "deviceId", a.configuration_digest AS "configurationDigest",
            a.sealed_configuration AS "sealedConfiguration", a.variables_digest AS "variablesDigest", e.exact AS "isExact"
       FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[]) AS u (device_id, release_digest, stage_id, variables_revision)
       JOIN device_assignment a ON a.device_id = u.device_id AND a.release_digest = u.release_digest AND a.sealed_configuration IS NOT NULL
      CROSS JOIN LATERAL (
        SELECT a.stage_id IS NOT DISTINCT FROM u.stage_id AND a.variables_revision IS NOT DISTINCT FROM u.variables_revision AS exact) e
      ORDER BY a.device_id, e.exact DESC, a.revision DESC`,
    [
      wanted.map((each) => each.deviceId),
      wanted.map((each) => each.releaseDigest),
      wanted.map((each) => each.stageId),
      wanted.map((each) => each.variablesRevision),
    ],
  );
}

/**
 * What a person decides about a device that knows more than a restored database. INVARIANTS
 * - Afterwards the device accepts what it is told: a new epoch (revisions are counted anew in it, so that no revision of before is in the way), a
 *   revision above all that was ever named, and a release counter above the one it has committed.
 * - Nothing is decided on what the device ran before it was noticed: it has to have said since what it runs.
 */
import type { DeviceDetail } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { releaseToGoBackTo } from '../rollouts/republish.ts';
import type { ReleaseSigner } from '../rollouts/run.ts';
import { getDevice } from './read-device.ts';

/** `rolloutIds`: enqueue `rollout.advance` for each after the commit. */
export type DecidedDevice = { device: DeviceDetail; rolloutIds: string[] };

type AheadRow = {
  name: string;
  epoch: number;
  noticedAt: Date;
  deviceRevision: number;
  deviceEpoch: number;
  knownRevision: number;
  observedRevision: number;
  reportedAt: Date | null;
  runningDigest: string | null;
  runningCounter: number;
  runningReleaseId: string | null;
  runningApplicationId: string | null;
  desiredReleaseId: string | null;
  desiredDigest: string | null;
  desiredApplicationId: string | null;
};

const aheadQuery = `
  SELECT d.name, d.epoch, h.noticed_at AS "noticedAt", h.device_revision AS "deviceRevision", h.device_epoch AS "deviceEpoch",
         coalesce(x.revision, 0) AS "knownRevision", coalesce(o.revision, 0) AS "observedRevision", o.reported_at AS "reportedAt",
         o.running_digest AS "runningDigest", greatest(h.device_counter, o.running_counter, 0) AS "runningCounter",
         k.id AS "runningReleaseId", k.application_id AS "runningApplicationId", x.release_id AS "desiredReleaseId",
         r.digest AS "desiredDigest", r.application_id AS "desiredApplicationId"
    FROM device d
    JOIN device_ahead h ON h.device_id = d.id
    LEFT JOIN device_desired x ON x.device_id = d.id
    LEFT JOIN device_observed o ON o.device_id = d.id
    LEFT JOIN release k ON k.organization_id = d.organization_id AND k.digest = o.running_digest
    LEFT JOIN release r ON r.id = x.release_id
   WHERE d.organization_id = $1 AND d.id = $2 FOR NO KEY UPDATE OF d, h`;

async function lockAhead(tx: Transaction, organizationId: string, deviceId: string): Promise<AheadRow> {
  const [row] = await tx.query<AheadRow>(aheadQuery, [organizationId, deviceId]);
  if (row === undefined) {
    const known = await tx.query('SELECT 1 FROM device WHERE organization_id = $1 AND id = $2', [organizationId, deviceId]);
    if (known.length === 0) throw notFound('device', deviceId);
    throw stateConflict('The device does not know more than the control plane: there is nothing to decide.');
  }
  // What it reported of the very revision that it names is what it runs, whenever it was.
  const isOfNamed = row.deviceRevision > 0 && row.observedRevision >= row.deviceRevision;
  if (row.reportedAt === null || (row.reportedAt < row.noticedAt && !isOfNamed)) {
    throw stateConflict('The device has not said yet what it runs now. Wait for its next report, then decide.');
  }
  return row;
}

/**
 * Takes what the device runs as what it shall run. Its variables are those that are known here.
 * @throws StoreError NOT_FOUND; STATE_CONFLICT: it is not ahead, has not reported since, or runs a release that is not known here
 */
export async function adoptDevice(
  tx: Transaction,
  organizationId: string,
  deviceId: string,
  context: ChangeContext,
): Promise<DecidedDevice> {
  const ahead = await lockAhead(tx, organizationId, deviceId);
  if (ahead.runningDigest !== null && ahead.runningReleaseId === null) {
    throw stateConflict(
      `The release that the device runs (${ahead.runningDigest}) is not known here: it was published after the backup. Import its bundle and roll that out, or reassert what is known here.`,
    );
  }
  await passCounter(tx, ahead.runningApplicationId, ahead.runningCounter);
  const isSame = ahead.runningReleaseId === ahead.desiredReleaseId;
  await assign(tx, { organizationId, deviceId, ahead, releaseId: ahead.runningReleaseId, keepsRollout: isSame, keepsVariables: isSame });
  const told = {
    action: 'device.adopted' as const,
    code: 'ADOPTED',
    message: 'What it runs was adopted',
    releaseId: ahead.runningReleaseId,
  };
  return settle(tx, { organizationId, deviceId, ahead, told }, context);
}

/**
 * Tells the device again what it shall run as far as is known here, so that it accepts it: signed under a higher counter if it runs a newer release.
 * @throws StoreError NOT_FOUND; STATE_CONFLICT: it is not ahead, has not reported since, or the release key is offline
 */
export async function reassertDevice(
  tx: Transaction,
  organizationId: string,
  { deviceId, signer }: { deviceId: string; signer: ReleaseSigner },
  context: ChangeContext,
): Promise<DecidedDevice> {
  const ahead = await lockAhead(tx, organizationId, deviceId);
  const { desiredReleaseId, desiredApplicationId, runningCounter } = ahead;
  let releaseId = desiredReleaseId;
  if (desiredReleaseId !== null && desiredApplicationId !== null && ahead.desiredDigest !== ahead.runningDigest) {
    await passCounter(tx, desiredApplicationId, runningCounter);
    const wanted = { organizationId, releaseId: desiredReleaseId, applicationId: desiredApplicationId, aboveCounter: runningCounter };
    releaseId = await releaseToGoBackTo(tx, wanted, { signer: await signer(tx, organizationId), actor: context.actor });
    if (releaseId === null) {
      throw stateConflict('The release key is offline: publish the release again by hand with the offline key, then reassert.');
    }
  }
  await assign(tx, { organizationId, deviceId, ahead, releaseId, keepsRollout: releaseId === desiredReleaseId, keepsVariables: true });
  const told = { action: 'device.reasserted' as const, code: 'REASSERTED', message: 'What it shall run was told again', releaseId };
  return settle(tx, { organizationId, deviceId, ahead, told }, context);
}

/** Releases to come get counters that the device accepts. */
async function passCounter(tx: Transaction, applicationId: string | null, counter: number): Promise<void> {
  if (applicationId === null) return;
  await tx.execute('UPDATE application SET last_release_counter = greatest(last_release_counter, $2) WHERE id = $1', [
    applicationId,
    counter,
  ]);
}

type Assigned = {
  organizationId: string;
  deviceId: string;
  ahead: AheadRow;
  releaseId: string | null;
  keepsRollout: boolean;
  keepsVariables: boolean;
};

async function assign(tx: Transaction, assigned: Assigned): Promise<void> {
  const { organizationId, deviceId, ahead, releaseId, keepsRollout, keepsVariables } = assigned;
  const revision = Math.max(ahead.deviceRevision, ahead.knownRevision, ahead.observedRevision) + 1;
  await tx.execute('UPDATE device SET epoch = $2, version = version + 1 WHERE id = $1', [
    deviceId,
    Math.max(ahead.deviceEpoch, ahead.epoch) + 1,
  ]);
  await tx.execute(
    `INSERT INTO device_desired AS x (device_id, organization_id, revision, release_id, changed_at, variables_revision)
     SELECT $1, o.id, $3, $4, $5, o.variables_revision FROM organization o WHERE o.id = $2
     ON CONFLICT (device_id) DO UPDATE
        SET revision = excluded.revision, release_id = excluded.release_id, changed_at = excluded.changed_at,
            variables_revision = CASE WHEN $7 THEN x.variables_revision ELSE excluded.variables_revision END,
            rollout_id = CASE WHEN $6 THEN x.rollout_id END, deployment_id = CASE WHEN $6 THEN x.deployment_id END,
            attempt = CASE WHEN $6 THEN x.attempt ELSE 0 END`,
    [deviceId, organizationId, revision, releaseId, tx.now, keepsRollout, keepsVariables],
  );
}

type Settled = {
  organizationId: string;
  deviceId: string;
  ahead: AheadRow;
  told: { action: 'device.adopted' | 'device.reasserted'; code: string; message: string; releaseId: string | null };
};

/** Lets the device be told again, writes down who decided what, and lets its rollouts look again. */
async function settle(tx: Transaction, { organizationId, deviceId, ahead, told }: Settled, context: ChangeContext): Promise<DecidedDevice> {
  await tx.execute('DELETE FROM device_ahead WHERE device_id = $1', [deviceId]);
  const { action, code, message, releaseId } = told;
  const { name, deviceRevision, knownRevision, runningDigest, desiredReleaseId } = ahead;
  const before = { deviceRevision, knownRevision, runningDigest, desiredReleaseId };
  await tx.record(
    entryOf(organizationId, context, { action, target: { kind: 'device', id: deviceId, name }, before, after: { releaseId } }),
  );
  await tx.execute(
    `INSERT INTO device_event (id, organization_id, device_id, at, kind, level, code, message)
     VALUES ($1, $2, $3, $4, 'person', 'info', $5, $6)`,
    [tx.uuid(), organizationId, deviceId, tx.now, code, `${message} by ${context.actor.name}.`],
  );
  await tx.changed(organizationId, 'device', [deviceId]);
  await tx.desiredChanged();
  const rollouts = await tx.query<{ id: string }>(
    `SELECT DISTINCT d.rollout_id AS id FROM deployment d WHERE d.device_id = $1 AND d.finished_at IS NULL ORDER BY 1`,
    [deviceId],
  );
  return { device: await getDevice(tx, organizationId, deviceId, { now: tx.now }), rolloutIds: rollouts.map(({ id }) => id) };
}

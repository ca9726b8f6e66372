import { systemActor } from '@sluice/ledger';
import type { Transaction } from '../base/transaction.ts';
import type { ReportingDevice } from './report-batch.ts';

/** A device of which two seem to exist, and the report that shows it. */
export type CloneSuspicion = { device: ReportingDevice; organizationId: string; sequence: number };

/** Takes the devices' tokens away until a person decides; what runs on them goes on running. */
export async function quarantineDevices(tx: Transaction, suspicions: readonly CloneSuspicion[]): Promise<void> {
  if (suspicions.length === 0) return;
  const deviceIds = suspicions.map(({ device }) => device.deviceId);
  await tx.execute(`UPDATE device SET approval = 'quarantined', epoch = epoch + 1, version = version + 1 WHERE id = ANY($1::uuid[])`, [
    deviceIds,
  ]);
  await tx.execute(
    `INSERT INTO device_event (id, organization_id, device_id, at, kind, level, code, message)
     SELECT u.*, $4, 'event', 'error', 'QUARANTINED', 'A report came twice with different content: two devices seem to share this identity.'
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u`,
    [suspicions.map(() => tx.uuid()), suspicions.map((each) => each.organizationId), deviceIds, tx.now],
  );
  await tx.recordMany(
    suspicions.map(({ device, organizationId, sequence }) => ({
      organizationId,
      actor: systemActor,
      action: 'device.quarantined' as const,
      target: { kind: 'device' as const, id: device.deviceId, name: device.name },
      before: { approval: device.approval, epoch: device.epoch },
      after: { approval: 'quarantined', epoch: device.epoch + 1 },
      reason: `Report ${sequence} came twice with different content.`,
    })),
  );
  for (const [organizationId, ofOrganization] of Map.groupBy(suspicions, (each) => each.organizationId)) {
    await tx.changed(
      organizationId,
      'device',
      ofOrganization.map(({ device }) => device.deviceId),
    );
  }
  await tx.desiredChanged();
}

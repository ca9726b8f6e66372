import type { Inventory } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';
import type { FreshReports } from './ingest-reports.ts';
import { renewWindows } from './renew-windows.ts';

type Changed = { deviceId: string; organizationId: string; clockChanged: boolean };

/** What the newest health report of a device says about its host; undefined when it says nothing. */
function inventoryOf({ device, fresh }: FreshReports): Inventory | undefined {
  return fresh.reduce<Inventory | undefined>(
    (newest, { report }) => (report.kind === 'health' && report.sequence > device.lastSequence ? (report.inventory ?? newest) : newest),
    undefined,
  );
}

/** Keeps what is known of the hosts current. A device whose time zone or agent is another one now gets its windows signed anew. */
export async function writeInventories(tx: Transaction, accepted: readonly FreshReports[]): Promise<void> {
  const told = accepted.flatMap((each) => {
    const inventory = inventoryOf(each);
    return inventory === undefined ? [] : [{ deviceId: each.device.deviceId, inventory: JSON.stringify(inventory) }];
  });
  if (told.length === 0) return;
  const changed = await tx.query<Changed>(
    `WITH told AS (SELECT u.id, u.inventory FROM unnest($1::uuid[], $2::jsonb[]) AS u (id, inventory)),
     before AS (SELECT d.id, d.inventory FROM device d JOIN told t ON t.id = d.id WHERE d.inventory IS DISTINCT FROM t.inventory)
     UPDATE device d SET inventory = t.inventory
       FROM told t JOIN before b ON b.id = t.id WHERE d.id = t.id
     RETURNING d.id AS "deviceId", d.organization_id AS "organizationId",
               (b.inventory ->> 'timeZone' IS DISTINCT FROM t.inventory ->> 'timeZone' AND d.time_zone IS NULL)
               OR b.inventory -> 'features' IS DISTINCT FROM t.inventory -> 'features' AS "clockChanged"`,
    [told.map(({ deviceId }) => deviceId), told.map(({ inventory }) => inventory)],
  );
  const clocks = changed.filter(({ clockChanged }) => clockChanged).map(({ deviceId }) => deviceId);
  if (clocks.length > 0) await renewWindows(tx, clocks);
  for (const [organizationId, devices] of Map.groupBy(changed, (each) => each.organizationId)) {
    await tx.changed(
      organizationId,
      'device',
      devices.map(({ deviceId }) => deviceId),
    );
  }
}

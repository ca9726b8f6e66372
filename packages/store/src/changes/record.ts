import type { ChangeKind } from '@sluice/contracts';
import { prepared } from '../base/prepared.ts';

/** Announces that rows were added to `change_event`. */
export const CHANGE_CHANNEL = 'sluice_change';
/** Announces that rows of `device_desired` changed. */
export const DESIRED_CHANNEL = 'sluice_desired';

type Writer = { execute(text: string, parameters?: readonly unknown[]): Promise<number>; now: Date };

const INSERT_CHANGES = prepared(
  `insert into change_event (organization_id, kind, resource_id, at)
   select $1, $2, id, $3 from unnest($4::uuid[]) as id`,
);

/** Adds one change event per thing, with one statement. */
export async function insertChanges(
  writer: Writer,
  organizationId: string,
  change: { kind: ChangeKind; ids: readonly string[] },
): Promise<void> {
  await writer.execute(INSERT_CHANGES, [organizationId, change.kind, writer.now, [...new Set(change.ids)]]);
}

import type { LedgerEntryView, Page, PageQuery } from '@sluice/contracts';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';

/** `targetId` alone is ignored without `targetKind`; `actorId` is the id of a person, token or device. */
export type LedgerQuery = PageQuery & { action?: string; targetKind?: string; targetId?: string; actorId?: string };

type Row = {
  id: string;
  at: Date;
  actor: string;
  action: string;
  targetKind: string;
  targetId: string;
  reason: string | null;
  leaf: Buffer;
  entry: Buffer;
};

/** Who did what to what, when and why; newest first. */
export async function listLedgerEntries(reader: Reader, organizationId: string, query: LedgerQuery): Promise<Page<LedgerEntryView>> {
  const { action = null, targetKind = null, targetId = null, actorId = null } = query;
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `select id, at, actor, action, target_kind as "targetKind", target_id as "targetId", reason, leaf, entry
       from ledger_entry
       where organization_id = $1 and ($2::uuid is null or id < $2)
         and ($4::text is null or action = $4)
         and ($5::text is null or (target_kind = $5 and ($6::text is null or target_id = $6)))
         and ($7::text is null or search -> 'actor' ->> 'id' = $7)
       order by id desc limit $3`,
      [organizationId, before, limit, action, targetKind, targetId, actorId],
    ),
  );
  return { ...page, items: page.items.map(view) };
}

function view({ targetKind, targetId, at, leaf, entry, ...rest }: Row): LedgerEntryView {
  return {
    ...rest,
    at: iso(at),
    target: { kind: targetKind, id: targetId },
    leaf: leaf.toString('hex'),
    entry: entry.toString('base64'),
  };
}

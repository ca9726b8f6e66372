import { type Page, type Rollout, type RolloutQuery, terminalRolloutStates } from '@sluice/contracts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { selectRollouts } from './read-rollout.ts';

/**
 * One page of rollouts, newest first.
 * @throws StoreError CURSOR_INVALID
 */
export function listRollouts(reader: Reader, organizationId: string, query: RolloutQuery): Promise<Page<Rollout>> {
  return pageById(query, ({ before, limit }) =>
    selectRollouts(
      reader,
      `r.organization_id = $1
         AND ($2::uuid IS NULL OR r.id < $2::uuid)
         AND ($3::text IS NULL OR r.state = $3)
         AND ($4::uuid IS NULL OR r.application_id = $4)
         AND ($5::uuid IS NULL OR r.stage_id = $5)
         AND ($6::boolean IS NULL OR (r.state <> ALL($7::text[])) = $6)
       AND ($8::uuid IS NULL OR r.release_id = $8)
       ORDER BY r.id DESC LIMIT $9`,
      [
        organizationId,
        before,
        query.state ?? null,
        query.applicationId ?? null,
        query.stageId ?? null,
        query.active ?? null,
        terminalRolloutStates,
        query.releaseId ?? null,
        limit,
      ],
    ),
  );
}

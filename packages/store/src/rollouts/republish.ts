import type { LedgerActor } from '@sluice/ledger';
import { type Signer, signRelease } from '@sluice/trust';
import { only } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { republishRelease } from '../releases/publish.ts';
import { rootOf } from './going-back.ts';

/** A release whose files are wanted back, on devices that have committed `aboveCounter` of the application since. */
export type WantedBack = { organizationId: string; releaseId: string; applicationId: string; aboveCounter: number };

/**
 * A release with the files of an older one that devices accept after a newer one: they refuse a counter lower than the highest they committed.
 * One that was already signed for that, by us or by a person with an offline key, is used again; of another application the old one itself.
 * @returns its id, or null when a signature is needed and there is no signer
 */
export async function releaseToGoBackTo(
  tx: Transaction,
  wanted: WantedBack,
  signing: { signer: Signer | null; actor: LedgerActor },
): Promise<string | null> {
  const { organizationId, releaseId } = wanted;
  const old = only(
    await tx.query<{ applicationId: string; counter: number; rootId: string }>(
      `SELECT l.application_id AS "applicationId", l.counter, ${rootOf('l')} AS "rootId" FROM release l WHERE l.organization_id = $1 AND l.id = $2`,
      [organizationId, releaseId],
    ),
  );
  if (old.applicationId !== wanted.applicationId || old.counter > wanted.aboveCounter) return releaseId;
  const usable = await findRepublication(tx, { ...wanted, releaseId: old.rootId });
  if (usable !== undefined) return usable;
  const { signer, actor } = signing;
  if (signer === null) return null;
  const release = await republishRelease(
    tx,
    organizationId,
    {
      // Of the release that was first published: all that have its files name that one.
      releaseId: old.rootId,
      sign: ({ counter, createdAt }, origin) => {
        const manifest = { ...origin, releaseCounter: counter, createdAt };
        return { manifest, ...signRelease(manifest, [signer]) };
      },
    },
    { actor },
  );
  return release.id;
}

async function findRepublication(tx: Transaction, wanted: WantedBack): Promise<string | undefined> {
  const [found] = await tx.query<{ id: string }>(
    `SELECT id FROM release WHERE organization_id = $1 AND republished_from = $2 AND application_id = $3 AND counter > $4
      ORDER BY counter LIMIT 1`,
    [wanted.organizationId, wanted.releaseId, wanted.applicationId, wanted.aboveCounter],
  );
  return found?.id;
}

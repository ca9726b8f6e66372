import { createHmac } from 'node:crypto';
import type { LedgerActor } from '@sluice/ledger';
import { findAnswer, type Store, saveAnswer, type Transaction } from '@sluice/store';
import type { PurposeKeys } from '../dependencies.ts';

/** A request that may be repeated. `key` undefined: the client does not want that. */
export type RepeatableRequest = { organizationId: string; actor: LedgerActor; key: string | undefined; request: readonly unknown[] };

/**
 * Does the work in a transaction; when the same actor sends the same request with the same key again, gives the first answer instead.
 * @throws StoreError IDEMPOTENCY_KEY_REUSED when the key came with another request
 */
export type Idempotently = <T>(repeatable: RepeatableRequest, work: (tx: Transaction) => Promise<T>) => Promise<T>;

const status = 200;

/** Makes `idempotently`. Digests are keyed: requests may hold credentials, which nobody shall guess from a stored digest. */
export function createIdempotency(deps: { store: Store; keys: PurposeKeys }): Idempotently {
  const key = createHmac('sha256', deps.keys['configuration-salt']).update('idempotency').digest();
  return <T>(repeatable: RepeatableRequest, work: (tx: Transaction) => Promise<T>) =>
    deps.store.transaction(async (tx) => {
      if (repeatable.key === undefined) return work(tx);
      const { organizationId, actor } = repeatable;
      const requestDigest = createHmac('sha256', key).update(JSON.stringify(repeatable.request)).digest('hex');
      const repeated = { actor: `${actor.kind}/${actor.id}`, key: repeatable.key, requestDigest };
      const earlier = await findAnswer(tx, organizationId, repeated);
      // What was saved under this digest is the answer of this very operation.
      if (earlier !== undefined) return earlier.body as T;
      const answer = await work(tx);
      await saveAnswer(tx, organizationId, repeated, { status, body: answer });
      return answer;
    });
}

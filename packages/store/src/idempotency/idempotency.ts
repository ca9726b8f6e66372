import type { Transaction } from '../base/transaction.ts';
import { StoreError } from '../errors.ts';

/** Who repeats what. `requestDigest`: SHA-256 over method, path and body, hexadecimal. */
export type IdempotentRequest = { actor: string; key: string; requestDigest: string };

/** The answer that the first request with a key got. */
export type IdempotentAnswer = { status: number; body: unknown };

/**
 * Looks whether a request with this key was answered before. Call it first in the transaction that does the work, and `saveAnswer` at its end:
 * of two requests with one key at the same time the second waits for the first and then gets its answer.
 * @throws StoreError IDEMPOTENCY_KEY_REUSED when the key came with another request
 */
export async function findAnswer(
  tx: Transaction,
  organizationId: string,
  { actor, key, requestDigest }: IdempotentRequest,
): Promise<IdempotentAnswer | undefined> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 2))', [`${organizationId}/${actor}/${key}`]);
  const [row] = await tx.query<IdempotentAnswer & { requestDigest: string }>(
    `select request_digest as "requestDigest", status, body from idempotency_key
     where organization_id = $1 and actor = $2 and key = $3`,
    [organizationId, actor, key],
  );
  if (row === undefined) return undefined;
  if (row.requestDigest !== requestDigest) {
    throw new StoreError('IDEMPOTENCY_KEY_REUSED', 'The Idempotency-Key was used for another request: send a new one.');
  }
  return { status: row.status, body: row.body };
}

/** Keeps the answer for repetitions, in the transaction of the work. */
export async function saveAnswer(
  tx: Transaction,
  organizationId: string,
  { actor, key, requestDigest }: IdempotentRequest,
  answer: IdempotentAnswer,
): Promise<void> {
  await tx.execute(
    `insert into idempotency_key (organization_id, actor, key, request_digest, status, body, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [organizationId, actor, key, requestDigest, answer.status, JSON.stringify(answer.body), tx.now],
  );
}

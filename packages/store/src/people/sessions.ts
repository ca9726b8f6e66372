import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { findPerson, PERSON_COLUMNS, type Person, recordAboutPerson } from './people.ts';

/** A session that counts, with the person behind it. */
export type Session = { id: string; expiresAt: Date; lastUsedAt: Date; person: Omit<Person, 'passwordHash'> };

/** Uses closer together than this are not written: reading must not become writing. */
const USE_WRITTEN_AFTER_MS = 60_000;

/**
 * Begins a session; the count of failed sign-ins starts again.
 * @param input.tokenHash SHA-256 of the cookie's token, hexadecimal
 * @returns the session's id
 * @throws StoreError NOT_FOUND
 */
export async function createSession(
  tx: Transaction,
  input: { personId: string; tokenHash: string; expiresAt: Date },
  context: ChangeContext,
): Promise<string> {
  const id = tx.uuid();
  const { personId, tokenHash, expiresAt } = input;
  const person = await findPerson(tx, personId);
  if (person === undefined) throw notFound('person', personId);
  await tx.execute(
    'insert into session (id, person_id, token_hash, created_at, expires_at, last_used_at) values ($1, $2, $3, $4, $5, $4)',
    [id, personId, tokenHash, tx.now, expiresAt],
  );
  await tx.execute('update person set failed_sign_ins = 0, locked_until = null where id = $1', [personId]);
  await recordAboutPerson(tx, person, 'person.signed_in', { ...context, actor: { ...context.actor, session: id } });
  return id;
}

type SessionRow = Person & { sessionId: string; expiresAt: Date; lastUsedAt: Date };

/** The session of a cookie's token; undefined when there is none, it was ended, or it has expired by `now`. */
export async function findSession(reader: Reader, tokenHash: string, now: Date): Promise<Session | undefined> {
  const [row] = await reader.query<SessionRow>(
    `select s.id as "sessionId", s.expires_at as "expiresAt", s.last_used_at as "lastUsedAt", ${PERSON_COLUMNS}
     from session s join person p on p.id = s.person_id
     where s.token_hash = $1 and s.revoked_at is null and s.expires_at > $2`,
    [tokenHash, now],
  );
  if (row === undefined) return undefined;
  const { sessionId, expiresAt, lastUsedAt, passwordHash: _, ...person } = row;
  return { id: sessionId, expiresAt, lastUsedAt, person };
}

/** Notes that a session was used, at most once a minute. Needs no ledger entry: nothing changed for anybody. */
export async function touchSession(reader: Reader, session: Pick<Session, 'id' | 'lastUsedAt'>, now: Date): Promise<void> {
  if (now.getTime() - session.lastUsedAt.getTime() < USE_WRITTEN_AFTER_MS) return;
  await reader.query('update session set last_used_at = greatest(last_used_at, $2) where id = $1', [session.id, now]);
}

/** Ends a session; ending it again does nothing. */
export async function endSession(tx: Transaction, sessionId: string, context: ChangeContext): Promise<void> {
  const [ended] = await tx.query<{ personId: string }>(
    'update session set revoked_at = $2 where id = $1 and revoked_at is null returning person_id as "personId"',
    [sessionId, tx.now],
  );
  const person = ended === undefined ? undefined : await findPerson(tx, ended.personId);
  if (person !== undefined) await recordAboutPerson(tx, person, 'person.signed_out', context);
}

/** Makes a one-time sign-in link. `tokenHash`: SHA-256 of the link's token, hexadecimal. */
export async function createSignInLink(tx: Transaction, input: { personId: string; tokenHash: string; expiresAt: Date }): Promise<void> {
  await tx.execute('insert into sign_in_link (id, person_id, token_hash, expires_at) values ($1, $2, $3, $4)', [
    tx.uuid(),
    input.personId,
    input.tokenHash,
    input.expiresAt,
  ]);
}

/** Uses a link up. Of several uses at once one gets the person; undefined when it is unknown, used or expired. */
export async function useSignInLink(tx: Transaction, tokenHash: string): Promise<Person | undefined> {
  const [used] = await tx.query<{ personId: string }>(
    `update sign_in_link set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
     returning person_id as "personId"`,
    [tokenHash, tx.now],
  );
  return used === undefined ? undefined : findPerson(tx, used.personId);
}

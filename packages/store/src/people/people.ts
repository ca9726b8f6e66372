import type { Role } from '@sluice/contracts';

import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { StoreError } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { addMember } from '../organizations/organizations.ts';

export type PersonMembership = { organizationId: string; organizationName: string; role: Role };

/** A person with what signing in needs. `passwordHash` is null until a sign-in link was used. */
export type Person = {
  id: string;
  email: string;
  name: string;
  passwordHash: string | null;
  failedSignIns: number;
  lockedUntil: Date | null;
  memberships: PersonMembership[];
};

export const PERSON_COLUMNS = `
  p.id, p.email, p.name, p.password_hash as "passwordHash", p.failed_sign_ins as "failedSignIns", p.locked_until as "lockedUntil",
  coalesce((select jsonb_agg(jsonb_build_object('organizationId', o.id, 'organizationName', o.name, 'role', m.role) order by o.id)
            from membership m join organization o on o.id = m.organization_id where m.person_id = p.id), '[]') as memberships`;

/** Addresses are compared without case: they are stored in lower case. */
function normalized(email: string): string {
  return email.trim().toLowerCase();
}

/**
 * Makes an account and its membership of an organization.
 * @throws StoreError NAME_TAKEN when the address has an account
 */
export async function createPerson(
  tx: Transaction,
  organizationId: string,
  input: { email: string; name: string; passwordHash: string | null; role: Role },
  context: ChangeContext,
): Promise<Person> {
  const id = tx.uuid();
  const email = normalized(input.email);
  await tx.execute('insert into person (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5)', [
    id,
    email,
    input.name,
    input.passwordHash,
    tx.now,
  ]);
  const target = { kind: 'person', id, name: input.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'person.created', target, after: { name: input.name } }));
  await addMember(tx, organizationId, { personId: id, role: input.role }, context);
  const person = await findPerson(tx, id);
  if (person === undefined) throw new Error('a person vanished in the transaction that made them');
  return person;
}

/** The account of an address; undefined when there is none. */
export async function findPersonByEmail(reader: Reader, email: string): Promise<Person | undefined> {
  const [person] = await reader.query<Person>(`select ${PERSON_COLUMNS} from person p where p.email = $1`, [normalized(email)]);
  return person;
}

/** The account with this id; undefined when there is none. */
export async function findPerson(reader: Reader, personId: string): Promise<Person | undefined> {
  const [person] = await reader.query<Person>(`select ${PERSON_COLUMNS} from person p where p.id = $1`, [personId]);
  return person;
}

/** Writes one entry about a person into the ledger of each of their organizations. */
export async function recordAboutPerson(
  tx: Transaction,
  person: Pick<Person, 'id' | 'name' | 'memberships'>,
  action: 'person.signed_in' | 'person.sign_in_failed' | 'person.signed_out' | 'person.password_changed',
  context: ChangeContext,
): Promise<void> {
  const target = { kind: 'person', id: person.id, name: person.name } as const;
  await tx.recordMany(person.memberships.map(({ organizationId }) => entryOf(organizationId, context, { action, target })));
}

/**
 * Counts a wrong password and locks the account for as long as `lockMs` says about the new count. Guesses at the same time are all counted.
 * @returns when the account may be tried again; null when it is not locked
 */
export async function countFailedSignIn(
  tx: Transaction,
  personId: string,
  input: { lockMs: (failures: number) => number },
  context: ChangeContext,
): Promise<Date | null> {
  const [counted] = await tx.query<{ failures: number }>(
    'update person set failed_sign_ins = failed_sign_ins + 1 where id = $1 returning failed_sign_ins as failures',
    [personId],
  );
  const person = await findPerson(tx, personId);
  if (counted === undefined || person === undefined) return null;
  const lockMs = input.lockMs(counted.failures);
  const lockedUntil = lockMs > 0 ? new Date(tx.now.getTime() + lockMs) : null;
  await tx.execute('update person set locked_until = $2 where id = $1', [personId, lockedUntil]);
  await recordAboutPerson(tx, person, 'person.sign_in_failed', context);
  return lockedUntil;
}

/**
 * Sets a new password (argon2id, PHC string), unlocks the account and ends all its sessions.
 * @throws StoreError NOT_FOUND
 */
export async function setPassword(tx: Transaction, personId: string, passwordHash: string, context: ChangeContext): Promise<void> {
  await tx.execute('update person set password_hash = $2, failed_sign_ins = 0, locked_until = null where id = $1', [
    personId,
    passwordHash,
  ]);
  await tx.execute('update session set revoked_at = $2 where person_id = $1 and revoked_at is null', [personId, tx.now]);
  const person = await findPerson(tx, personId);
  if (person === undefined) throw new StoreError('NOT_FOUND', `There is no person ${personId}.`);
  await recordAboutPerson(tx, person, 'person.password_changed', context);
}

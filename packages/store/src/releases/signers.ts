/** Keys that others sign releases with. What is signed stands in the envelope of the release, where every device and every bundle has it. */
import { type Envelope, type ReleaseSigner, releaseSignaturesMax } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

type Row = Omit<ReleaseSigner, 'createdAt'> & { createdAt: Date };

const signers = `select id, name, key_id as "keyId", public_key as "publicKey", created_by as "createdBy", created_at as "createdAt"
  from release_signer where organization_id = $1 and removed_at is null`;
const signersMax = 100;

/** The keys that may sign releases of the organization, oldest first. */
export async function listReleaseSigners(reader: Reader, organizationId: string): Promise<ReleaseSigner[]> {
  const rows = await reader.query<Row>(`${signers} order by id`, [organizationId]);
  return rows.map((row) => ({ ...row, createdAt: iso(row.createdAt) }));
}

/**
 * Lets a key sign releases from now on.
 * @throws StoreError NAME_TAKEN, CONFLICT when the key is registered already, or there are too many
 */
export async function createReleaseSigner(
  tx: Transaction,
  organizationId: string,
  input: { name: string; publicKey: string; keyId: string },
  context: ChangeContext,
): Promise<ReleaseSigner> {
  const { name, publicKey, keyId } = input;
  await tx.execute('select 1 from organization where id = $1 for no key update', [organizationId]);
  const others = await listReleaseSigners(tx, organizationId);
  if (others.some((each) => each.name === name)) throw new StoreError('NAME_TAKEN', `There is a signer named ${name} already.`);
  const same = others.find((each) => each.keyId === keyId);
  if (same !== undefined) throw new StoreError('CONFLICT', `This key is registered already, as ${same.name}.`);
  if (others.length >= signersMax) throw new StoreError('CONFLICT', `There are ${signersMax} signers already: remove one first.`);
  const id = tx.uuid();
  await tx.execute(
    `insert into release_signer (id, organization_id, name, key_id, public_key, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, organizationId, name, keyId, publicKey, context.actor.name, tx.now],
  );
  const target = { kind: 'release_signer', id, name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'release_signer.created', target, after: { name, keyId, publicKey } }));
  return { id, name, keyId, publicKey, createdBy: context.actor.name, createdAt: iso(tx.now) };
}

/** Takes the right to sign from a key. What it signed stays signed. @throws StoreError NOT_FOUND */
export async function removeReleaseSigner(tx: Transaction, organizationId: string, id: string, context: ChangeContext): Promise<void> {
  const [row] = await tx.query<{ name: string; keyId: string }>(
    `update release_signer set removed_at = $3 where organization_id = $1 and id = $2 and removed_at is null returning name, key_id as "keyId"`,
    [organizationId, id, tx.now],
  );
  if (row === undefined) throw notFound('signer', id);
  const target = { kind: 'release_signer', id, name: row.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'release_signer.removed', target, before: row }));
}

/**
 * Adds a signature to a release. The same again changes nothing.
 * @param input.verify whether the signature is that of this public key over the envelope's payload
 * @throws StoreError NOT_FOUND for the release; STATE_CONFLICT when the key is not registered, or too many have signed; SIGNATURE_INVALID
 */
export async function addReleaseSignature(
  tx: Transaction,
  organizationId: string,
  input: { releaseId: string; keyId: string; signature: string; verify: (envelope: Envelope, publicKey: string) => boolean },
  context: ChangeContext,
): Promise<void> {
  const { releaseId, keyId, signature, verify } = input;
  const [release] = await tx.query<{ name: string; digest: string; envelope: Envelope }>(
    'select name, digest, envelope from release where organization_id = $1 and id = $2 for no key update',
    [organizationId, releaseId],
  );
  if (release === undefined) throw notFound('release', releaseId);
  const { envelope, name, digest } = release;
  const signer = (await listReleaseSigners(tx, organizationId)).find((each) => each.keyId === keyId);
  if (signer === undefined) throw stateConflict(`The key ${keyId} is not registered here: an owner registers it first.`);
  if (!verify(envelope, signer.publicKey)) {
    throw new StoreError('SIGNATURE_INVALID', `This is not the signature of ${signer.name} over the manifest of ${name}.`);
  }
  if (envelope.signatures.some((each) => each.keyid === keyId)) return;
  if (envelope.signatures.length > releaseSignaturesMax)
    throw stateConflict(`The release has ${releaseSignaturesMax} signatures of others already.`);
  const signed: Envelope = { ...envelope, signatures: [...envelope.signatures, { keyid: keyId, sig: signature }] };
  await tx.execute('update release set envelope = $2 where id = $1', [releaseId, JSON.stringify(signed)]);
  const target = { kind: 'release', id: releaseId, name } as const;
  await tx.record(
    entryOf(organizationId, context, { action: 'release.signed', target, after: { signer: signer.name, keyId, digest, signature } }),
  );
  await tx.changed(organizationId, 'release', [releaseId]);
}

import { createHmac } from 'node:crypto';
import { type Credentials, credentialsDigest } from '@sluice/snapshot';
import type { Keyring, Reader } from '@sluice/store';

/** What may be told of a snapshot's credentials: their keyed digest, and which fields each node has. */
export type CredentialsFacts = { digest: string; fields: Map<string, string[]> };

/** A key of its own for one use: digests of credentials must tell nothing to whoever learns another key. */
export function credentialsKeyOf(saltKey: Uint8Array): Buffer {
  return createHmac('sha256', saltKey).update('snapshot credentials').digest();
}

/** What the credentials of a snapshot are sealed to. */
export function sealedCredentialsIdentity(snapshotId: string): string {
  return `snapshot/${snapshotId}`;
}

/** Tells what may be told of credentials that a snapshot keeps; null when it has none. No value leaves. */
export async function describeCredentials(
  reader: Reader,
  snapshot: { id: string; sealedCredentials: Uint8Array | null },
  keys: { keyring: Pick<Keyring, 'open'>; saltKey: Uint8Array },
): Promise<CredentialsFacts | null> {
  const { id, sealedCredentials: sealed } = snapshot;
  if (sealed === null) return null;
  const opened = await keys.keyring.open(reader, { sealed, identity: sealedCredentialsIdentity(id) });
  const credentials = JSON.parse(opened.toString('utf8')) as Credentials;
  const fields = Object.entries(credentials).map(([nodeId, values]) => [nodeId, Object.keys(values).sort()] as const);
  return { digest: credentialsDigest(credentials, credentialsKeyOf(keys.saltKey)), fields: new Map(fields) };
}

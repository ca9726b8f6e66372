import { createHmac } from 'node:crypto';
import { openSecret } from '@sluice/platform';
import { type Credentials, credentialsDigest } from '@sluice/snapshot';

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
export function describeCredentials(
  snapshot: { id: string; sealedCredentials: Uint8Array | null },
  keys: { secretKey: Uint8Array; saltKey: Uint8Array },
): CredentialsFacts | null {
  if (snapshot.sealedCredentials === null) return null;
  const opened = openSecret(keys.secretKey, snapshot.sealedCredentials, sealedCredentialsIdentity(snapshot.id));
  const credentials = JSON.parse(opened.toString('utf8')) as Credentials;
  const fields = Object.entries(credentials).map(([nodeId, values]) => [nodeId, Object.keys(values).sort()] as const);
  return { digest: credentialsDigest(credentials, credentialsKeyOf(keys.saltKey)), fields: new Map(fields) };
}

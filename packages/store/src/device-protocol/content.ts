import type { Envelope } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';

/** The signed manifest of a release, by its digest; undefined when the organization has none. */
export async function findReleaseEnvelope(reader: Reader, organizationId: string, digest: string): Promise<Envelope | undefined> {
  const rows = await reader.query<{ envelope: Envelope }>('SELECT envelope FROM release WHERE organization_id = $1 AND digest = $2', [
    organizationId,
    digest,
  ]);
  return rows[0]?.envelope;
}

/** Bytes and their number, as far as asked for. */
export type BlobPart = { length: number; bytes: Buffer };

/**
 * Reads a part of a blob. `length` is that of the whole blob.
 * @param range `offset` from 0 and at most `size` bytes; an offset behind the end gives no bytes
 */
export async function readBlob(
  reader: Reader,
  blob: { organizationId: string; sha256: string },
  range: { offset: number; size: number },
): Promise<BlobPart | undefined> {
  const rows = await reader.query<BlobPart>(
    'SELECT length, substring(content FROM $3::int + 1 FOR $4::int) AS bytes FROM blob WHERE organization_id = $1 AND sha256 = $2',
    [blob.organizationId, blob.sha256, range.offset, range.size],
  );
  return rows[0];
}

/** The stored (sealed at rest) configuration that was assigned to the device, with the key to seal it to. */
export type StoredConfiguration = { sealedConfiguration: Buffer; sealingKey: string };

/** A configuration by its digest, only if it was assigned to this very device. */
export async function findConfiguration(reader: Reader, deviceId: string, digest: string): Promise<StoredConfiguration | undefined> {
  const rows = await reader.query<StoredConfiguration>(
    `SELECT a.sealed_configuration AS "sealedConfiguration", d.sealing_key AS "sealingKey"
       FROM device_assignment a JOIN device d ON d.id = a.device_id
      WHERE a.device_id = $1 AND a.configuration_digest = $2 AND a.sealed_configuration IS NOT NULL
      ORDER BY a.revision DESC LIMIT 1`,
    [deviceId, digest],
  );
  return rows[0];
}

/** The current root document of an organization, exact text. */
export async function findRootDocument(reader: Reader, organizationId: string): Promise<string | undefined> {
  const rows = await reader.query<{ root: string }>('SELECT root_document AS root FROM organization WHERE id = $1', [organizationId]);
  return rows[0]?.root;
}

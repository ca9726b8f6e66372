import type { Release } from '@sluice/contracts';
import { openSecret } from '@sluice/platform';
import { type ChangeContext, getSigningKey, type ImportEvidence, publishRelease, putBlobs, type Transaction } from '@sluice/store';
import { canonicalJson, type Signer, signRelease } from '@sluice/trust';
import type { PurposeKeys } from '../../dependencies.ts';
import { signingKeyIdentity } from '../organizations/signing-keys.ts';
import { buildManifest, releaseFiles } from './manifest.ts';
import type { PreparedRelease } from './prepare.ts';

async function releaseSigner(tx: Transaction, organizationId: string, secretKey: Uint8Array): Promise<Signer> {
  const key = await getSigningKey(tx, organizationId, 'release');
  const privateKey = openSecret(secretKey, key.sealedPrivateKey, signingKeyIdentity(key.id)).toString('utf8');
  return { keyId: key.keyId, privateKey };
}

/** `created` is false when the snapshot was published before: it is the same release. */
export type PublishedRelease = { release: Release; created: boolean };

export type PublishTarget = { snapshotId: string; name: string | undefined; importedFrom?: ImportEvidence };

/** Signs what was prepared and publishes it, in the caller's transaction. @throws StoreError NOT_FOUND, CONFLICT */
export async function publishPrepared(
  tx: Transaction,
  { keys, prepared, target }: { keys: PurposeKeys; prepared: PreparedRelease; target: PublishTarget },
  context: ChangeContext,
): Promise<PublishedRelease> {
  const { input, sbom, report } = prepared;
  const signer = await releaseSigner(tx, input.organizationId, keys['secret-encryption']);
  const files = releaseFiles(input).map((file) => file.bytes);
  const blobs = await putBlobs(tx, input.organizationId, [...files, sbom, canonicalJson(report)]);
  const [sbomSha256, policyReportSha256] = blobs.slice(-2).map(({ sha256 }) => sha256);
  return publishRelease(
    tx,
    input.organizationId,
    {
      snapshotId: target.snapshotId,
      healthPolicy: input.healthPolicy,
      ...(sbomSha256 === undefined ? {} : { sbomSha256 }),
      ...(policyReportSha256 === undefined ? {} : { policyReportSha256 }),
      ...(target.name === undefined ? {} : { name: target.name }),
      ...(target.importedFrom === undefined ? {} : { importedFrom: target.importedFrom }),
      sign: ({ counter, name, createdAt }) => {
        const manifest = buildManifest(input, { counter, name, createdAt: new Date(createdAt) });
        return { manifest, ...signRelease(manifest, [signer]) };
      },
    },
    context,
  );
}

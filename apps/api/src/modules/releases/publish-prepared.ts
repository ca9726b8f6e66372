import type { Release } from '@sluice/contracts';
import {
  type ChangeContext,
  getSigningKey,
  type ImportEvidence,
  type Keyring,
  listSigningKeys,
  publishRelease,
  putBlobs,
  type ReleaseSigner,
  type Transaction,
} from '@sluice/store';
import { canonicalJson, type Signer, signRelease } from '@sluice/trust';
import { signingKeyIdentity } from '../organizations/signing-keys.ts';
import { buildManifest, releaseFiles } from './manifest.ts';
import type { PreparedRelease } from './prepare.ts';

async function releaseSigner(tx: Transaction, organizationId: string, keyring: Pick<Keyring, 'open'>): Promise<Signer> {
  const key = await getSigningKey(tx, organizationId, 'release');
  const privateKey = await keyring.open(tx, { sealed: key.sealedPrivateKey, identity: signingKeyIdentity(key.id) });
  return { keyId: key.keyId, privateKey: privateKey.toString('utf8') };
}

/** The newest release key, for whoever can do without: null when its private half is kept offline. */
export function releaseSignerOrNone(keyring: Pick<Keyring, 'open'>): ReleaseSigner {
  return async (tx, organizationId) => {
    const keys = await listSigningKeys(tx, organizationId);
    return keys.some(({ role, sealedPrivateKey }) => role === 'release' && sealedPrivateKey !== null)
      ? releaseSigner(tx, organizationId, keyring)
      : null;
  };
}

/** `created` is false when the snapshot was published before: it is the same release. */
export type PublishedRelease = { release: Release; created: boolean };

export type PublishTarget = { snapshotId: string; name: string | undefined; importedFrom?: ImportEvidence };

/** Signs what was prepared and publishes it, in the caller's transaction. @throws StoreError NOT_FOUND, CONFLICT */
export async function publishPrepared(
  tx: Transaction,
  { keyring, prepared, target }: { keyring: Keyring; prepared: PreparedRelease; target: PublishTarget },
  context: ChangeContext,
): Promise<PublishedRelease> {
  const { input, sbom, report } = prepared;
  const signer = await releaseSigner(tx, input.organizationId, keyring);
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
      findings: report.findings.map(({ rule, subject, severity }) => ({ rule, subject, severity })),
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

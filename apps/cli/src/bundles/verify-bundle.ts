import { type BundledRelease, BundleError, type NeededCredentials, readBundle } from '@sluice/bundle';
import { decodeBase64, keyIdOf, pae, verifyBytes } from '@sluice/trust';
import { CliError } from '../errors.ts';

/** What a bundle holds, once all of it was verified. */
export type VerifiedBundle = {
  application: string;
  release: { name: string; counter: number; digest: string };
  snapshot: { number: number; digest: string; message: string };
  runtimeVersion: string;
  /** SHA-256 of the root of trust that it was signed under, and whether that is the one that was named. */
  root: { digest: string; version: number; expires: string; trusted: boolean };
  files: number;
  modules: number;
  variables: string[];
  credentialsNeeded: NeededCredentials[];
  /** Ids of the keys that say they signed the manifest: the control plane's, and others. */
  signedBy: string[];
};

/** Whether the manifest has a signature of this key (base64 of its raw 32 bytes) that holds. */
function isSignedBy({ envelope }: BundledRelease, publicKey: string): boolean {
  const message = pae(envelope.payloadType, decodeBase64(envelope.payload, 'payload'));
  const keyId = keyIdOf(publicKey);
  return envelope.signatures.some(({ keyid, sig }) => keyid === keyId && verifyBytes(message, decodeBase64(sig, 'signature'), publicKey));
}

/** A bundle holds what fits onto the control planes' disks; this only ends what never ends. */
const bundleBytesMax = 64 * 1024 * 1024 * 1024;

/**
 * Reads a bundle to its end and verifies all of it, without asking anybody.
 * @param options.trustedRoot SHA-256 of the root that counts; undefined: any, and the result says which it was
 * @param options.publicKey whose signature there has to be besides, as base64; undefined: nobody's
 * @throws CliError BUNDLE_MALFORMED, BUNDLE_UNTRUSTED, INTEGRITY_MISMATCH, BUNDLE_TOO_LARGE
 */
export async function verifyBundle(
  chunks: AsyncIterable<Uint8Array>,
  { trustedRoot, publicKey }: { trustedRoot: string | undefined; publicKey?: string | undefined },
): Promise<VerifiedBundle> {
  let release: BundledRelease | undefined;
  let modules = 0;
  try {
    const trusts = (digest: string): boolean => trustedRoot === undefined || digest === trustedRoot;
    for await (const part of readBundle(chunks, { bytesMax: bundleBytesMax, trusts })) {
      if (part.kind === 'release') release = part;
      if (part.kind === 'modules') modules = part.list.modules.length;
    }
  } catch (error) {
    if (error instanceof BundleError) throw new CliError(error.code, error.message, { cause: error });
    throw error;
  }
  if (release === undefined) throw new CliError('BUNDLE_MALFORMED', 'This is no bundle of a release.');
  if (publicKey !== undefined && !isSignedBy(release, publicKey)) {
    throw new CliError('BUNDLE_UNTRUSTED', `The release is not signed by the key ${publicKey}.`, {
      hint: 'Ask who has the private key to sign it: sluice release sign. A bundle that was made before does not have the signature.',
    });
  }
  const { facts, manifest, root, rootDigest, digest } = release;
  return {
    application: facts.applicationName,
    release: { name: manifest.releaseName, counter: manifest.releaseCounter, digest },
    snapshot: { number: facts.snapshot.number, digest: manifest.snapshotDigest, message: facts.snapshot.message },
    runtimeVersion: manifest.runtime.version,
    root: { digest: rootDigest, version: root.version, expires: root.document.signed.expires, trusted: trustedRoot !== undefined },
    files: manifest.files.length,
    modules,
    variables: manifest.variables.map((variable) => variable.name),
    credentialsNeeded: facts.credentials?.nodes ?? [],
    signedBy: release.envelope.signatures.map(({ keyid }) => keyid),
  };
}

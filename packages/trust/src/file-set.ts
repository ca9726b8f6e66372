import { createHash } from 'node:crypto';
import type { ReleaseFile, ReleaseManifest } from '@sluice/contracts';
import { TrustError } from './errors.ts';

/**
 * Set equality: the paths found are exactly those the manifest lists. List every entry below the release's folder, links included.
 * @throws {TrustError} UNLISTED_FILE for one too many (or twice), MIX_AND_MATCH for one that is missing
 */
export function checkFileSet(manifest: Pick<ReleaseManifest, 'files'>, paths: readonly string[]): void {
  const missing = new Set(manifest.files.map((file) => file.path));
  for (const path of paths) {
    if (!missing.delete(path)) throw new TrustError('UNLISTED_FILE', `The release does not list "${path}".`);
  }
  const [first] = missing;
  if (first !== undefined) throw new TrustError('MIX_AND_MATCH', `The release is incomplete: "${first}" is missing.`);
}

/** Checks a file's bytes while they arrive. */
export type FileVerifier = { update: (chunk: Uint8Array) => void; finish: () => void };

/**
 * Checks a file as it streams in: call `update` for each chunk *before* it is written, `finish` at the end.
 * `update` throws ENDLESS_DATA as soon as there is one byte too many, `finish` HASH_MISMATCH.
 */
export function createFileVerifier(file: ReleaseFile): FileVerifier {
  const hash = createHash('sha256');
  let length = 0;
  return {
    update: (chunk) => {
      length += chunk.length;
      if (length > file.length) throw new TrustError('ENDLESS_DATA', `"${file.path}" is longer than ${file.length} bytes.`);
      hash.update(chunk);
    },
    finish: () => {
      const digest = hash.digest('hex');
      if (length !== file.length || digest !== file.sha256) {
        throw new TrustError(
          'HASH_MISMATCH',
          `"${file.path}" has ${length} bytes with digest ${digest}, not ${file.length} with ${file.sha256}.`,
        );
      }
    },
  };
}

/** As `createFileVerifier`, for a file that is in memory. */
export function checkFile(file: ReleaseFile, bytes: Uint8Array): void {
  const verifier = createFileVerifier(file);
  verifier.update(bytes);
  verifier.finish();
}

import type { ReleaseManifest } from '@sluice/contracts';
import { AgentError, systemErrorCode } from '../errors.ts';
import type { FileSystem } from '../ports/index.ts';

const mebibyte = 1024 * 1024;
/** Folders and links of a tree; its files are those of the store. */
const treeBytes = 16 * mebibyte;
/** Left to everything else on the device: logs, context, the agent's own files. */
const marginBytes = 64 * mebibyte;

/** How many bytes an update may take on its way, above what is kept. Pure. */
export function bytesNeeded(manifest: Pick<ReleaseManifest, 'files'>): number {
  return manifest.files.reduce((sum, file) => sum + file.length, 0) * 2 + marginBytes;
}

/** How many bytes the modules take that are not there yet: tarballs and what is in them, for a moment both. Pure. */
export function moduleBytesNeeded(missing: { packages: readonly unknown[]; tarballBytes: number; unpackedBytes: number }): number {
  if (missing.packages.length === 0) return 0;
  return missing.tarballBytes + missing.unpackedBytes + treeBytes + marginBytes;
}

/** @throws AgentError DISK_FULL when there is less room than needed */
export async function requireSpace(fileSystem: FileSystem, path: string, needed: number): Promise<void> {
  const free = await fileSystem.freeBytes(path);
  if (free >= needed) return;
  const [have, want] = [free, needed].map((bytes) => Math.floor(bytes / mebibyte));
  throw new AgentError('DISK_FULL', `The update needs ${want} MiB free, there are ${have} MiB.`);
}

/** DISK_FULL for an error that says so; any other error is returned as it is. */
export function withDiskFull(error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AgentError('DISK_FULL', 'The disk became full during the update.', { cause: error });
}

import type { ReleaseManifest } from '@sluice/contracts';
import { AgentError, systemErrorCode } from '../errors.ts';
import type { FileSystem } from '../ports/index.ts';

const mebibyte = 1024 * 1024;
/** A module tree of Node-RED with the usual nodes takes about half of this. */
const moduleTreeBytes = 300 * mebibyte;
/** Left to everything else on the device: logs, context, the agent's own files. */
const marginBytes = 64 * mebibyte;

/** How many bytes an update may take on its way, above what is kept. Pure. */
export function bytesNeeded(manifest: Pick<ReleaseManifest, 'files'>, hasModuleTree: boolean): number {
  const files = manifest.files.reduce((sum, file) => sum + file.length, 0);
  return files * 2 + (hasModuleTree ? 0 : moduleTreeBytes) + marginBytes;
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

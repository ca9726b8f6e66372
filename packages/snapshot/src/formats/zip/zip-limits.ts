import { SnapshotError } from '../../errors.ts';

/** What an archive may hold at most. Sizes in bytes, of what is unpacked. */
export type ZipLimits = {
  entriesMax: number;
  entryBytesMax: number;
  totalBytesMax: number;
  /** How many bytes may come out of one, for entries of more than `ratioFreeBytes`. */
  ratioMax: number;
  ratioFreeBytes: number;
  /** Folders in folders. */
  depthMax: number;
  nameBytesMax: number;
};

/** Room for every real project without its node_modules; flows alone may have 25 MiB. */
export const defaultZipLimits: ZipLimits = {
  entriesMax: 5_000,
  entryBytesMax: 32 * 1024 * 1024,
  totalBytesMax: 96 * 1024 * 1024,
  ratioMax: 200,
  ratioFreeBytes: 1024 * 1024,
  depthMax: 16,
  nameBytesMax: 512,
};

export function malformedZip(why: string): SnapshotError {
  return new SnapshotError(
    'ARCHIVE_MALFORMED',
    `The archive cannot be used: ${why}. Pack the project's folder again as a plain zip file, without encryption.`,
  );
}

export function zipTooLarge(why: string): SnapshotError {
  return new SnapshotError(
    'ARCHIVE_TOO_LARGE',
    `The archive is too large: ${why}. Pack only flows, credentials, package.json, package-lock.json and settings.json, without node_modules.`,
  );
}

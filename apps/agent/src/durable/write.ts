import { dirname } from 'node:path';
import type { FileSystem } from '../ports/index.ts';

const temporarySuffix = '.new';

/** Replaces a file so that after a crash it is either the old or the new one, whole. */
export async function writeDurably(fileSystem: FileSystem, path: string, content: Uint8Array | string, mode = 0o600): Promise<void> {
  const temporary = path + temporarySuffix;
  await fileSystem.remove(temporary);
  await fileSystem.write(temporary, typeof content === 'string' ? Buffer.from(content) : content, mode);
  await fileSystem.syncFile(temporary);
  await fileSystem.rename(temporary, path);
  await fileSystem.syncFolder(dirname(path));
}

/** Points a symbolic link somewhere else so that after a crash it points to the old or to the new place. */
export async function pointLink(fileSystem: FileSystem, path: string, target: string): Promise<void> {
  const temporary = path + temporarySuffix;
  await fileSystem.remove(temporary);
  await fileSystem.makeLink(target, temporary);
  await fileSystem.rename(temporary, path);
  await fileSystem.syncFolder(dirname(path));
}

/** Removes a file or link and makes that durable. */
export async function removeDurably(fileSystem: FileSystem, path: string): Promise<void> {
  await fileSystem.remove(path);
  await fileSystem.syncFolder(dirname(path));
}

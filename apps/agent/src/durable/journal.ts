// INVARIANTS
// 1. `append` resolves only when the record is on disk; until then the agent is still in the state before.
// 2. A torn or damaged end is cut off before anything is added, so that it never hides a later record.
// 3. Compaction keeps the last record, whatever happens in the middle of it.
import { join } from 'node:path';
import type { FileSystem } from '../ports/index.ts';
import { decodeCheckedLines, encodeCheckedLine } from './checked-line.ts';
import { writeDurably } from './write.ts';

export type Journal<R> = {
  /** The last whole record; undefined when there is none. */
  last(): R | undefined;
  /** True when the end of the file was damaged, or a record was not readable, when it was opened. */
  readonly damaged: boolean;
  append(record: R): Promise<void>;
};

const bytesMax = 64 * 1024;
const fileName = 'journal';

/** Reads the last record without opening the journal; for looking on while the owner may be writing. */
export async function readJournal<R>(fileSystem: FileSystem, folder: string, parse: (value: unknown) => R): Promise<R | undefined> {
  const bytes = await fileSystem.read(join(folder, fileName));
  const last = bytes === undefined ? undefined : decodeCheckedLines(bytes).values.at(-1);
  return last === undefined ? undefined : parse(last);
}

/** Opens the journal in `folder`, repairing its end. @param parse reads a record; throws for what is none */
export async function openJournal<R>(fileSystem: FileSystem, folder: string, parse: (value: unknown) => R): Promise<Journal<R>> {
  await fileSystem.makeFolder(folder, 0o700);
  const path = join(folder, fileName);
  const bytes = (await fileSystem.read(path)) ?? new Uint8Array();
  const { values, validBytes } = decodeCheckedLines(bytes);
  let damaged = validBytes < bytes.length;
  if (damaged) {
    await fileSystem.truncate(path, validBytes);
    await fileSystem.syncFile(path);
  }
  let size = validBytes;
  let last: R | undefined;
  const lastValue = values.at(-1);
  if (lastValue !== undefined) {
    try {
      last = parse(lastValue);
    } catch {
      damaged = true;
    }
  }

  const append = async (record: R): Promise<void> => {
    const line = Buffer.from(encodeCheckedLine(record));
    if (size === 0 || size + line.length > bytesMax) {
      await writeDurably(fileSystem, path, line);
      size = line.length;
    } else {
      await fileSystem.append(path, line);
      await fileSystem.syncFile(path);
      size += line.length;
    }
    last = record;
  };
  return { last: () => last, damaged, append };
}

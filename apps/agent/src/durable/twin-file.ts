// INVARIANTS
// 1. At any moment at least one of the two files is whole, so a crash in the middle of a write loses that write and nothing else.
// 2. A write goes to the older (or damaged) of the two, with a generation higher than any read before.
// 3. What `read` returned or `write` was given last is what the next process reads, once `write` has resolved.
import { join } from 'node:path';
import type { FileSystem } from '../ports/index.ts';
import { decodeCheckedLines, encodeCheckedLine } from './checked-line.ts';

type Slot = { generation: number; value: unknown };

/** A small value on disk, in two files that are written in turn. */
export type TwinFile<T> = {
  read(): T | undefined;
  write(value: T): Promise<void>;
};

const names = ['a', 'b'] as const;

async function readSlot(fileSystem: FileSystem, path: string): Promise<Slot | undefined> {
  const bytes = await fileSystem.read(path);
  const [slot] = bytes === undefined ? [] : decodeCheckedLines(bytes).values;
  return typeof slot === 'object' && slot !== null && 'generation' in slot && 'value' in slot ? (slot as Slot) : undefined;
}

type Current<T> = { generation: number; value: T; name: (typeof names)[number] };

async function readNewest<T>(fileSystem: FileSystem, folder: string, parse: (value: unknown) => T): Promise<Current<T> | undefined> {
  const slots = await Promise.all(names.map((name) => readSlot(fileSystem, join(folder, name))));
  let current: Current<T> | undefined;
  for (const [index, name] of names.entries()) {
    const slot = slots[index];
    if (slot === undefined || (current !== undefined && slot.generation <= current.generation)) continue;
    try {
      current = { generation: slot.generation, value: parse(slot.value), name };
    } catch {
      // Written by another version or damaged beyond the checksum: the other slot decides.
    }
  }
  return current;
}

/** Reads the value of a pair without opening it; for looking on while the owner may be writing. */
export async function readTwinFile<T>(fileSystem: FileSystem, folder: string, parse: (value: unknown) => T): Promise<T | undefined> {
  return (await readNewest(fileSystem, folder, parse))?.value;
}

/**
 * Opens the pair `folder/a`, `folder/b`, making the folder when needed.
 * @param parse reads a stored value; what it refuses by throwing counts as damaged
 */
export async function openTwinFile<T>(fileSystem: FileSystem, folder: string, parse: (value: unknown) => T): Promise<TwinFile<T>> {
  await fileSystem.makeFolder(folder, 0o700);
  let current = await readNewest(fileSystem, folder, parse);
  let lastWrite: Promise<void> = Promise.resolve();

  const write = async (value: T): Promise<void> => {
    const name = current?.name === 'a' ? 'b' : 'a';
    const generation = (current?.generation ?? 0) + 1;
    const path = join(folder, name);
    await fileSystem.write(path, Buffer.from(encodeCheckedLine({ generation, value })), 0o600);
    await fileSystem.syncFile(path);
    await fileSystem.syncFolder(folder);
    current = { generation, value, name };
  };
  return {
    read: () => current?.value,
    write: (value) => {
      lastWrite = lastWrite.catch(() => undefined).then(() => write(value));
      return lastWrite;
    },
  };
}

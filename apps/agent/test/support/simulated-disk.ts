import { basename, dirname, join } from 'node:path';
import type { Random } from '@sluice/platform/random';
import type { FileSystem } from '../../src/ports/index.ts';

type File = { kind: 'file'; live: Buffer; synced: Buffer };
type Link = { kind: 'link'; target: string };
/** A folder is an object of its own, whatever its name: moving it moves what is in it, and a name that is removed later does not reach into it. */
type Folder = { kind: 'folder'; live: Map<string, Entry>; durable: Map<string, Entry> };
type Entry = File | Link | Folder;
/** Names that reach the disk together or not at all: one of a creation or a removal, two of a rename. */
type Change = readonly { folder: Folder; name: string; entry: Entry | undefined }[];

const newFolder = (): Folder => ({ kind: 'folder', live: new Map(), durable: new Map() });

/** Thrown by the operation in whose middle the power fails. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

function set(names: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) names.delete(name);
  else names.set(name, entry);
}

/**
 * A disk in memory that may lose whatever was not synced: of each folder's changes of names any number from the end, of each file's bytes
 * any number from the end, the lost ones of an appended part possibly replaced by zeros. Removing a folder is as many steps as it holds entries.
 */
export class SimulatedDisk {
  readonly #root = newFolder();
  #pending: Change[] = [];
  #operationsLeft = Number.POSITIVE_INFINITY;
  readonly #random: Random;
  readonly fileSystem: FileSystem;

  constructor(random: Random) {
    this.#random = random;
    this.fileSystem = this.#createFileSystem();
  }

  /** Lets the power fail in the middle of one of the next operations. */
  cutPowerAfter(operations: number): void {
    this.#operationsLeft = operations;
  }

  /** Starts the machine again after the power failed: only what survived is there. */
  restart(): void {
    this.#operationsLeft = Number.POSITIVE_INFINITY;
    const survivors = new Map<Folder, number>();
    for (const { folder } of this.#pending.flat()) {
      const count = this.#pending.filter((change) => change.some((part) => part.folder === folder)).length;
      if (!survivors.has(folder)) survivors.set(folder, Math.floor(this.#random.fraction() * (count + 1)));
    }
    for (const change of this.#pending) {
      // What one folder lost, the other of a rename loses as well, and both everything after it.
      const survives = change.every(({ folder }) => (survivors.get(folder) ?? 0) > 0);
      for (const { folder } of change) survivors.set(folder, survives ? (survivors.get(folder) ?? 0) - 1 : 0);
      if (survives) for (const { folder, name, entry } of change) set(folder.durable, name, entry);
    }
    this.#pending = [];
    this.#settle(this.#root, new Set());
  }

  #settle(entry: Entry, seen: Set<Entry>): void {
    if (seen.has(entry)) return;
    seen.add(entry);
    if (entry.kind === 'file') entry.live = entry.synced = this.#tear(entry);
    if (entry.kind !== 'folder') return;
    entry.live = new Map(entry.durable);
    for (const child of entry.live.values()) this.#settle(child, seen);
  }

  #tear({ live, synced }: File): Buffer {
    if (live.equals(synced)) return synced;
    const choice = this.#random.fraction();
    if (choice < 0.3) return synced;
    // A truncation happens or does not.
    if (choice < 0.5 || (live.length > 0 && synced.subarray(0, live.length).equals(live))) return live;
    // What was appended can be torn; what was synced before the append cannot.
    const kept = live.subarray(0, synced.length).equals(synced) ? synced.length : 0;
    const length = kept + Math.floor(this.#random.fraction() * (live.length - kept));
    if (choice < 0.8) return Buffer.from(live.subarray(0, length));
    // The size reached the disk, the bytes did not.
    return Buffer.concat([live.subarray(0, length), Buffer.alloc(live.length - length)]);
  }

  #change(...change: Change): void {
    for (const { folder, name, entry } of change) set(folder.live, name, entry);
    this.#pending.push(change);
  }

  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      entry = entry?.kind === 'folder' ? entry.live.get(name) : undefined;
    }
    return entry;
  }

  #folder(path: string): Folder {
    const entry = this.#find(path);
    if (entry?.kind !== 'folder') throw new Error(`no folder ${path}`);
    return entry;
  }

  #file(path: string): File | undefined {
    const entry = this.#find(path);
    return entry?.kind === 'file' ? entry : undefined;
  }

  #name(path: string, entry: Entry | undefined): void {
    this.#change({ folder: this.#folder(dirname(path)), name: basename(path), entry });
  }

  #put(path: string, bytes: Buffer): void {
    const known = this.#file(path);
    if (known !== undefined) known.live = bytes;
    else this.#name(path, { kind: 'file', live: bytes, synced: Buffer.alloc(0) });
  }

  #makeFolder(path: string): void {
    if (this.#find(path) !== undefined) return;
    this.#makeFolder(dirname(path));
    this.#name(path, newFolder());
  }

  #rename(from: string, to: string): void {
    const entry = this.#find(from);
    const replaced = this.#find(to);
    if (entry === undefined) throw new Error(`nothing at ${from}`);
    if (replaced?.kind === 'folder' && replaced.live.size > 0) throw new Error(`${to} is not empty`);
    this.#change(
      { folder: this.#folder(dirname(from)), name: basename(from), entry: undefined },
      { folder: this.#folder(dirname(to)), name: basename(to), entry },
    );
  }

  /** As fsync(2) of a folder: its names are on the disk, and whatever changed together with them or before. */
  #syncFolder(folder: Folder): void {
    const folders = new Set([folder]);
    const isWanted = (change: Change): boolean => change.some((part) => folders.has(part.folder));
    const kept: Change[] = [];
    const applied: Change[] = [];
    for (const change of this.#pending.toReversed()) {
      if (!isWanted(change)) kept.push(change);
      else {
        applied.push(change);
        for (const part of change) folders.add(part.folder);
      }
    }
    for (const { folder: changed, name, entry } of applied.toReversed().flat()) set(changed.durable, name, entry);
    this.#pending = kept.reverse();
  }

  #syncTree(entry: Entry): void {
    if (entry.kind === 'file') entry.synced = entry.live;
    if (entry.kind !== 'folder') return;
    for (const child of entry.live.values()) this.#syncTree(child);
    this.#syncFolder(entry);
  }

  /** One operation, in whose middle the power may fail. Half of the cuts come after it took effect, as far as memory is concerned. */
  #step<T>(work: () => T): Promise<T> {
    return Promise.resolve().then(() => {
      const after = this.#operationsLeft === 0 && this.#random.fraction() < 0.5;
      if (after) work();
      this.#operationsLeft -= 1;
      if (this.#operationsLeft < 0) throw new PowerCut('the power failed');
      return work();
    });
  }

  async #remove(path: string): Promise<void> {
    const entry = this.#find(path);
    // In no order that anybody may rely on.
    const names = entry?.kind === 'folder' ? [...entry.live.keys()].sort() : [];
    if (this.#random.fraction() < 0.5) names.reverse();
    for (const name of names) await this.#remove(join(path, name));
    await this.#step(() => {
      if (this.#find(path) !== undefined) this.#name(path, undefined);
    });
  }

  #createFileSystem(): FileSystem {
    const step = <T>(work: () => T): Promise<T> => this.#step(work);
    return {
      read: (path) => Promise.resolve(this.#file(path)?.live),
      write: (path, bytes) => step(() => this.#put(path, Buffer.from(bytes))),
      append: (path, bytes) => step(() => this.#put(path, Buffer.concat([this.#file(path)?.live ?? Buffer.alloc(0), bytes]))),
      truncate: (path, size) => step(() => this.#put(path, Buffer.from((this.#file(path)?.live ?? Buffer.alloc(0)).subarray(0, size)))),
      syncFile: (path) =>
        step(() => {
          const file = this.#file(path);
          if (file === undefined) throw new Error(`no file ${path}`);
          file.synced = file.live;
        }),
      syncFolder: (path) => step(() => this.#syncFolder(this.#folder(path))),
      syncTree: (path) => step(() => this.#syncTree(this.#folder(path))),
      rename: (from, to) => step(() => this.#rename(from, to)),
      remove: (path) => this.#remove(path),
      makeFolder: (path) => step(() => this.#makeFolder(path)),
      claimFolder: (path) =>
        step(() => {
          if (this.#find(path) !== undefined) return false;
          this.#makeFolder(path);
          return true;
        }),
      linkFile: (from, to) =>
        step(() => {
          const file = this.#file(from);
          if (file === undefined) throw new Error(`no file ${from}`);
          if (this.#find(to) !== undefined) throw new Error(`${to} is there already`);
          // Both names lead to the same content, as they do on a real disk.
          this.#name(to, file);
        }),
      makeLink: (target, path) => step(() => this.#name(path, { kind: 'link', target })),
      readLink: (path) => {
        const entry = this.#find(path);
        return Promise.resolve(entry?.kind === 'link' ? entry.target : undefined);
      },
      list: (path) => {
        const entry = this.#find(path);
        return Promise.resolve(entry?.kind === 'folder' ? [...entry.live.keys()].sort() : []);
      },
      stat: (path) => {
        const entry = this.#find(path);
        return Promise.resolve(entry && { kind: entry.kind, size: entry.kind === 'file' ? entry.live.length : 0 });
      },
      freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
    };
  }
}

import { dirname } from 'node:path';
import type { Random } from '@sluice/platform/random';
import type { FileSystem } from '../../src/ports/index.ts';

type Entry = { kind: 'file'; content: { live: Buffer; synced: Buffer } } | { kind: 'folder' } | { kind: 'link'; target: string };
type Names = Map<string, Entry>;
/** A change of names that reaches the disk whole or not at all. */
type Change = { folder: string; apply: (names: Names) => void };

/** Thrown by the operation in whose middle the power fails. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

function moveTree(names: Names, from: string, to: string): void {
  for (const [path, entry] of [...names]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue;
    names.delete(path);
    names.set(to + path.slice(from.length), entry);
  }
}

function removeTree(names: Names, path: string): void {
  for (const known of [...names.keys()]) if (known === path || known.startsWith(`${path}/`)) names.delete(known);
}

/**
 * A disk in memory that may lose whatever was not synced: of each folder's changes of names any number from the end, of each file's bytes
 * any number from the end, the lost ones of an appended part possibly replaced by zeros.
 */
export class SimulatedDisk {
  #live: Names = new Map([['/', { kind: 'folder' }]]);
  #durable: Names = new Map([['/', { kind: 'folder' }]]);
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
    const folders = new Set(this.#pending.map((change) => change.folder));
    for (const folder of folders) {
      const changes = this.#pending.filter((change) => change.folder === folder);
      const survive = Math.floor(this.#random.fraction() * (changes.length + 1));
      for (const change of changes.slice(0, survive)) change.apply(this.#durable);
    }
    this.#pending = [];
    for (const entry of this.#durable.values()) {
      if (entry.kind !== 'file') continue;
      const survived = this.#tear(entry.content);
      entry.content.live = survived;
      entry.content.synced = survived;
    }
    this.#live = new Map(this.#durable);
  }

  #tear({ live, synced }: { live: Buffer; synced: Buffer }): Buffer {
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

  #step(): void {
    this.#operationsLeft -= 1;
    if (this.#operationsLeft < 0) throw new PowerCut('the power failed');
  }

  #change(path: string, apply: (names: Names) => void): void {
    apply(this.#live);
    this.#pending.push({ folder: dirname(path), apply });
  }

  #file(path: string) {
    const entry = this.#live.get(path);
    return entry?.kind === 'file' ? entry.content : undefined;
  }

  #put(path: string, bytes: Buffer): void {
    const known = this.#file(path);
    if (known !== undefined) {
      known.live = bytes;
      return;
    }
    if (this.#live.get(dirname(path))?.kind !== 'folder') throw new Error(`no folder for ${path}`);
    const entry: Entry = { kind: 'file', content: { live: bytes, synced: Buffer.alloc(0) } };
    this.#change(path, (names) => void names.set(path, entry));
  }

  #createFileSystem(): FileSystem {
    const step = <T>(work: () => T): Promise<T> =>
      Promise.resolve().then(() => {
        // Half of the cuts come after the operation took effect, as far as memory is concerned.
        const after = this.#operationsLeft === 0 && this.#random.fraction() < 0.5;
        if (after) work();
        this.#step();
        return work();
      });
    const makeFolder = (path: string): void => {
      if (path === '/' || this.#live.has(path)) return;
      makeFolder(dirname(path));
      this.#change(path, (names) => void names.set(path, { kind: 'folder' }));
    };
    const syncFolder = (folder: string): void => {
      for (const change of this.#pending) if (change.folder === folder) change.apply(this.#durable);
      this.#pending = this.#pending.filter((change) => change.folder !== folder);
    };
    const syncTree = (path: string): void => {
      const isBelow = (known: string): boolean => path === '/' || known === path || known.startsWith(`${path}/`);
      for (const change of this.#pending) if (isBelow(change.folder)) change.apply(this.#durable);
      this.#pending = this.#pending.filter((change) => !isBelow(change.folder));
      for (const [known, entry] of this.#live) if (isBelow(known) && entry.kind === 'file') entry.content.synced = entry.content.live;
    };
    return {
      read: (path) => Promise.resolve(this.#file(path)?.live),
      write: (path, bytes) => step(() => this.#put(path, Buffer.from(bytes))),
      append: (path, bytes) => step(() => this.#put(path, Buffer.concat([this.#file(path)?.live ?? Buffer.alloc(0), bytes]))),
      truncate: (path, size) => step(() => this.#put(path, Buffer.from((this.#file(path)?.live ?? Buffer.alloc(0)).subarray(0, size)))),
      syncFile: (path) =>
        step(() => {
          const content = this.#file(path);
          if (content === undefined) throw new Error(`no file ${path}`);
          content.synced = content.live;
        }),
      syncFolder: (path) => step(() => syncFolder(path)),
      syncTree: (path) => step(() => syncTree(path)),
      rename: (from, to) =>
        step(() => {
          const entry = this.#live.get(from);
          if (entry === undefined) throw new Error(`nothing at ${from}`);
          this.#change(to, (names) => {
            removeTree(names, to);
            // The names may have been lost while the content was kept; a rename carries what it found.
            if (entry.kind === 'folder') moveTree(names, from, to);
            names.delete(from);
            names.set(to, entry);
          });
        }),
      remove: (path) => step(() => this.#change(path, (names) => removeTree(names, path))),
      makeFolder: (path) => step(() => makeFolder(path)),
      claimFolder: (path) =>
        step(() => {
          if (this.#live.has(path)) return false;
          makeFolder(path);
          return true;
        }),
      linkFile: (from, to) =>
        step(() => {
          const entry = this.#live.get(from);
          if (entry?.kind !== 'file') throw new Error(`no file ${from}`);
          if (this.#live.has(to)) throw new Error(`${to} is there already`);
          // Both names lead to the same content, as they do on a real disk.
          this.#change(to, (names) => void names.set(to, entry));
        }),
      makeLink: (target, path) => step(() => this.#change(path, (names) => void names.set(path, { kind: 'link', target }))),
      readLink: (path) => {
        const entry = this.#live.get(path);
        return Promise.resolve(entry?.kind === 'link' ? entry.target : undefined);
      },
      list: (path) => {
        const names = [...this.#live.keys()].filter((known) => known !== '/' && dirname(known) === path);
        return Promise.resolve(names.map((known) => known.slice(path === '/' ? 1 : path.length + 1)).sort());
      },
      stat: (path) => {
        const entry = this.#live.get(path);
        if (entry === undefined) return Promise.resolve(undefined);
        return Promise.resolve({ kind: entry.kind, size: entry.kind === 'file' ? entry.content.live.length : 0 });
      },
      freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
    };
  }
}

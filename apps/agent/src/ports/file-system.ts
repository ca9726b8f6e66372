/**
 * The disk as the agent sees it. Nothing is durable until it is synced: contents with `syncFile`, names (creation, rename, removal)
 * with `syncFolder` of the folder that holds them. A simulated disk may lose everything else, which is what the recovery is for.
 */
export type FileSystem = {
  /** The whole file; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Creates the file or replaces its contents. `mode` counts only when it is created. */
  write(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
  /** Adds to the end, creating the file (readable by its owner only) when there is none. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  truncate(path: string, size: number): Promise<void>;
  syncFile(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** Makes everything below a folder durable, however many files it has. */
  syncTree(path: string): Promise<void>;
  /** Replaces `to` atomically when it is a file or a link. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, a link or a folder with all it holds; fine when there is none. */
  remove(path: string): Promise<void>;
  /** Makes the folder and those above it; fine when it exists. */
  makeFolder(path: string, mode?: number): Promise<void>;
  /** Makes one folder; false when it exists already. The way to take a lock. */
  claimFolder(path: string): Promise<boolean>;
  /** Lets a file stand at a second place: a hard link where the file system has them, else a copy. The two are never written to. */
  linkFile(from: string, to: string): Promise<void>;
  makeLink(target: string, path: string): Promise<void>;
  /** The target of a symbolic link; undefined when there is none. */
  readLink(path: string): Promise<string | undefined>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<string[]>;
  /** What a path is, links not followed; undefined when there is nothing. */
  stat(path: string): Promise<{ kind: 'file' | 'folder' | 'link' | 'other'; size: number } | undefined>;
  /** Bytes that an ordinary process may still write on the file system that holds the path. */
  freeBytes(path: string): Promise<number>;
};

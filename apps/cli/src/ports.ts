import type { Clock } from '@sluice/platform/clock';
import type { Random } from '@sluice/platform/random';

/** Where text goes. `columns`: the width of the terminal; undefined when it is none. */
export type TextOutput = { write(text: string): void; isTerminal: boolean; columns: number | undefined };

/** Where text comes from. */
export type TextInput = {
  isTerminal: boolean;
  /** Everything until the end. @throws CliError INPUT_TOO_LARGE */
  readAll(): Promise<string>;
  /** One line that a person types; `hidden`: not shown while typing. */
  readLine(prompt: string, options?: { hidden?: boolean }): Promise<string>;
};

export type FileKind = 'file' | 'folder' | 'none';

export type Files = {
  kind(path: string): Promise<FileKind>;
  /** Undefined when there is no such file. @throws CliError FILE_TOO_LARGE, FILE_UNREADABLE */
  read(path: string): Promise<string | undefined>;
  /** As `read`, for what need not be text. */
  readBytes(path: string): Promise<Uint8Array | undefined>;
  /** Names in the folder, sorted. */
  list(folder: string): Promise<string[]>;
  /** Writes the file and the folders above it. @throws CliError FILE_UNWRITABLE */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** The bytes of a file of any size, piece by piece. @throws CliError FILE_UNREADABLE */
  readChunks(path: string): AsyncIterable<Uint8Array>;
  /** Writes what comes beside the place, lets `check` look at it there, and only then gives it its name. @throws CliError FILE_UNWRITABLE; as `check` */
  writeChunks(path: string, chunks: AsyncIterable<Uint8Array>, check: (written: string) => Promise<void>): Promise<void>;
  /** As `write`, for the owner alone, and never seen half-written. */
  writePrivate(path: string, text: string): Promise<void>;
};

/** Everything the command takes from outside, so that tests drive it in process. */
export type Ports = {
  environment: Readonly<Record<string, string | undefined>>;
  homeFolder: string;
  /** IANA name; undefined: that of the machine. */
  timeZone: string | undefined;
  stdin: TextInput;
  stdout: TextOutput;
  stderr: TextOutput;
  files: Files;
  fetch: typeof globalThis.fetch;
  clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>;
  random: Random;
  /** Aborts when the person ends the command. */
  signal: AbortSignal;
};

// INVARIANTS
// 1. Closers run one after another, last registered first: what was opened last depends on what was opened before.
// 2. Every closer runs, even when another failed; a failure only turns the exit code into 1.
// 3. The process exits exactly once, at the latest `timeoutMs` after the shutdown began.
// 4. Ctrl-C reaches a process twice when npm also forwards it, so a repeated signal forces an exit only after `forceAfterMs`.
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

export type Closer = () => void | Promise<void>;

export type Shutdown = {
  /** Aborts when the shutdown begins: pass it to loops and long waits. */
  signal: AbortSignal;
  /** Registers a closer and returns a function that takes it back. */
  onClose(name: string, close: Closer): () => void;
  /** Begins the shutdown; later calls wait for the first one and change nothing. */
  shutdown(reason: string, exitCode?: number): Promise<void>;
};

/** The part of `process` that a shutdown touches. */
export type ShutdownProcess = {
  on(event: string, listener: (argument: unknown) => void): unknown;
  exit(code: number): void;
};

export type ShutdownOptions = {
  clock: Pick<Clock, 'setTimer' | 'monotonic'>;
  log: Pick<Log, 'info' | 'error'>;
  /** Longest time for all closers together (default 15 s). */
  timeoutMs?: number;
  /** How long repeated signals are ignored (default 2 s). */
  forceAfterMs?: number;
  process?: ShutdownProcess;
};

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

async function closeAll(closers: Map<string, Closer>, log: ShutdownOptions['log']): Promise<boolean> {
  let clean = true;
  for (const [name, close] of [...closers].reverse()) {
    try {
      await close();
    } catch (error) {
      clean = false;
      log.error({ err: error, closer: name }, 'could not close');
    }
  }
  return clean;
}

/** Passes on the first exit only. */
function exitOnce(target: ShutdownProcess): (code: number) => void {
  let exited = false;
  return (code) => {
    if (!exited) target.exit(code);
    exited = true;
  };
}

type Handlers = { begin: Shutdown['shutdown']; exit: (code: number) => void };

function installHandlers(target: ShutdownProcess, { begin, exit }: Handlers, options: ShutdownOptions): void {
  const forceAfterMs = options.forceAfterMs ?? 2_000;
  let firstSignalAt: number | undefined;
  for (const name of SIGNALS) {
    target.on(name, () => {
      firstSignalAt ??= options.clock.monotonic();
      if (options.clock.monotonic() - firstSignalAt > forceAfterMs) exit(1);
      void begin(name);
    });
  }
  for (const name of ['uncaughtException', 'unhandledRejection']) {
    target.on(name, (error) => {
      options.log.error({ err: error }, name);
      void begin(name, 1);
    });
  }
}

/** Sets up the graceful end of this process: on SIGTERM, SIGINT, SIGHUP or an uncaught error it closes everything and exits once. */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const target: ShutdownProcess = options.process ?? process;
  const exit = exitOnce(target);
  const closers = new Map<string, Closer>();
  const controller = new AbortController();
  let running: Promise<void> | undefined;

  const run = async (reason: string, exitCode: number): Promise<void> => {
    options.log.info({ reason }, 'shutting down');
    const cancelTimer = options.clock.setTimer(options.timeoutMs ?? 15_000, () => {
      options.log.error({ reason }, 'shutdown took too long');
      exit(1);
    });
    controller.abort(new Error(`shutting down: ${reason}`));
    const clean = await closeAll(closers, options.log);
    cancelTimer();
    exit(clean ? exitCode : 1);
  };
  const shutdown: Shutdown['shutdown'] = (reason, exitCode = 0) => {
    running ??= run(reason, exitCode);
    return running;
  };
  installHandlers(target, { begin: shutdown, exit }, options);
  return {
    signal: controller.signal,
    onClose: (name, close) => {
      if (closers.has(name)) throw new Error(`a closer named ${name} is registered already`);
      closers.set(name, close);
      return () => void closers.delete(name);
    },
    shutdown,
  };
}

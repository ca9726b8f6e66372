import type { RunningFlows, RuntimeHealth } from '@sluice/contracts';
import type { Installation } from '../install/installation.ts';
import type { ProcessIdentity } from '../ports/index.ts';

/** A process that runs an installation. */
export type RunningRuntime = {
  process: ProcessIdentity;
  /** Name of the installation it was started with, or was switched to in place. */
  installation: string;
};

/** What an in-place switch took. */
export type HotApplied = { revision: string; cutOverMs: number };

/**
 * Starts and ends one kind of runtime. Node-RED is the first; another kind needs a driver of its own and nothing else.
 * A driver knows processes, never releases or updates: when to do what is the supervisor's and the updater's business.
 */
export type RuntimeDriver = {
  /** Finds the process that an agent before this one left running. */
  adopt(): Promise<RunningRuntime | undefined>;
  /** Starts a process; resolves when it exists, long before its flows run. The one before must be gone. */
  start(installation: Installation): Promise<RunningRuntime>;
  /** Ends the process: asked first, then forced. Resolves when it is gone. */
  stop(runtime: RunningRuntime): Promise<void>;
  isAlive(runtime: RunningRuntime): Promise<boolean>;
  /** Switches the running process to another installation. Call only when `canApplyHot`. @throws when the runtime refuses */
  applyHot(runtime: RunningRuntime, installation: Installation): Promise<HotApplied>;
  /** The newest health; null when there is none that is recent enough. */
  health(): RuntimeHealth | null;
  /** Asks for new health; it arrives later. */
  askHealth(): void;
  /**
   * Reads the flows that run, changing nothing.
   * @param key base64, keys the fingerprints of the credentials
   * @throws when the runtime cannot be asked
   */
  runningFlows(key: string): Promise<RunningFlows>;
  /** Why the process ended the last time, if it said so; forgotten by asking. */
  takeCrashDetail(): Promise<string | null>;
  /** Keeps the log from growing for ever. */
  rotateLog(): Promise<void>;
  /** Lets go of the process without ending it. */
  detach(): void;
};

import { type Clock, systemClock } from '@sluice/platform/clock';
import { type NodeChild, type NodeChildOptions, startNodeChild } from '@sluice/platform/process';

/** A process that is started again whenever it ends by itself. */
export type SupervisedProcess = {
  readonly name: string;
  /** What the process announced when it was last ready. */
  details(): Record<string, unknown>;
  /** The process id of the present incarnation. */
  pid(): number;
  /** Ends it for good. */
  stop(graceMs?: number): Promise<void>;
};

const firstDelayMs = 250;
const longestDelayMs = 15_000;

/**
 * Starts a process and keeps it running: after an unexpected end it is started again, with growing delays while it keeps failing.
 * Killing api or worker at any moment loses nothing, because all truth is in Postgres; the supervisor makes them come back.
 * @param say receives one sentence for people per event
 * @throws ChildStartError when the very first start fails
 */
export async function superviseProcess(
  options: NodeChildOptions,
  say: (sentence: string) => void,
  clock: Clock = systemClock,
): Promise<SupervisedProcess> {
  let child: NodeChild = await startNodeChild(options);
  const ending = new AbortController();

  const startAgain = async (): Promise<void> => {
    for (let delayMs = firstDelayMs; !ending.signal.aborted; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
      await clock.sleep(delayMs, ending.signal);
      try {
        child = await startNodeChild(options);
        say(`${options.name} is back (process ${child.pid}).`);
        return;
      } catch (error) {
        say(`${options.name} could not be started: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };

  const watch = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const exit = await child.exited;
      if (ending.signal.aborted) return;
      say(`${options.name} ended unexpectedly (${exit.signal ?? `code ${exit.code}`}); starting it again.`);
      await startAgain();
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });

  return {
    name: options.name,
    details: () => child.readyDetails,
    pid: () => child.pid,
    stop: async (graceMs) => {
      ending.abort();
      await child.stop(graceMs);
      await watching;
    },
  };
}

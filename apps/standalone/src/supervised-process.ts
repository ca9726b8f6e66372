import { type Clock, systemClock } from '@sluice/platform/clock';
import { type NodeChild, type NodeChildOptions, startNodeChild } from '@sluice/platform/process';
import { briefReason } from './brief-reason.ts';

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
  const { signal } = ending;

  const startAgain = async (): Promise<void> => {
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
      await clock.sleep(delayMs, signal);
      try {
        child = await startNodeChild(options);
        say(`The ${options.name} is back (process ${child.pid}).`);
        return;
      } catch (error) {
        const failure = `The ${options.name} could not be started: `;
        const reason = briefReason(error).replace(failure, '');
        say(`${failure}${reason} (next try in ${Math.min(delayMs * 2, longestDelayMs) / 1000} s)`);
      }
    }
  };

  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      const exit = await child.exited;
      if (signal.aborted) return;
      say(`The ${options.name} ended unexpectedly (${exit.signal ?? `code ${exit.code}`}); starting it again.`);
      await startAgain();
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });

  return {
    name: options.name,
    details: () => child.readyDetails,
    pid: () => child.pid,
    stop: async (graceMs) => {
      ending.abort(new Error(`the ${options.name} is being stopped`));
      await child.stop(graceMs);
      // A start may have been under way.
      await watching;
      await child.stop(graceMs);
    },
  };
}

import type { Clock, Log } from '@sluice/platform';
import type { GitController } from './git-controller.ts';

export type GitLoopDeps = {
  controller: Pick<GitController, 'sweep' | 'settled'>;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
  intervalMs: number;
  signal: AbortSignal;
};

/** Looks for remotes with something to do until the signal aborts, then waits for those that are being served. */
export async function runGitLoop({ controller, clock, log, intervalMs, signal }: GitLoopDeps): Promise<void> {
  let isFailing = false;
  while (!signal.aborted) {
    try {
      await controller.sweep(signal);
      isFailing = false;
    } catch (error) {
      // Once: a database that is away for an hour shall not fill the log.
      if (!isFailing && !signal.aborted) log.warn({ err: error }, 'could not look for git remotes with something to do; trying again');
      isFailing = true;
    }
    await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
  await controller.settled();
}

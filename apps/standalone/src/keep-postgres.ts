import type { Clock } from '@sluice/platform/clock';
import type { EmbeddedPostgres } from '@sluice/store/embedded';
import { briefReason } from './brief-reason.ts';

export type KeepPostgresDeps = {
  signal: AbortSignal;
  clock: Pick<Clock, 'sleep' | 'monotonic'>;
  /** Sentences for people. */
  say: (sentence: string) => void;
};

const firstDelayMs = 100;
const longestDelayMs = 5_000;
const patienceMs = 120_000;

/** After a kill, processes of the old server may hold its memory for a moment: a start that fails is tried again. */
async function startAgain(postgres: EmbeddedPostgres, { signal, clock, say }: KeepPostgresDeps): Promise<void> {
  const deadline = clock.monotonic() + patienceMs;
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      await postgres.restart();
      say('Postgres is back.');
      return;
    } catch (error) {
      if (signal.aborted || clock.monotonic() >= deadline) throw error;
      say(`Postgres could not be started, trying again: ${briefReason(error)}`);
      await clock.sleep(delayMs, signal);
    }
  }
}

/**
 * Starts our own Postgres again whenever it ends unexpectedly. Resolves when the signal aborts.
 * @throws when it cannot be started for two minutes: without it nothing works
 */
export async function keepPostgres(postgres: EmbeddedPostgres, deps: KeepPostgresDeps): Promise<void> {
  const { signal, say } = deps;
  while (!signal.aborted) {
    await postgres.exited();
    if (signal.aborted) return;
    say('Postgres ended unexpectedly; starting it again. What was committed is safe.');
    try {
      await startAgain(postgres, deps);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

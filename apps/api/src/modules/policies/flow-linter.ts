import type { LintResult } from '@sluice/snapshot';
import type { LintAnswer } from './lint-worker.ts';
import { createThread, type ThreadOptions } from './thread.ts';

/** What nrlint found, or why it found nothing: it took too long, failed, or too many files wait for it. */
export type LintOutcome =
  | { kind: 'done'; results: LintResult[] }
  | { kind: 'timed_out' }
  | { kind: 'failed'; problem: string }
  | { kind: 'busy' };

export type FlowLinter = {
  /** Runs nrlint beside the event loop. No failure of it is one of the caller. @param flows a JSON list of nodes */
  lint(flows: Uint8Array): Promise<LintOutcome>;
  close(): Promise<void>;
};

export const lintTimeoutMs = 20_000;

/** nrlint in a thread with a deadline. */
export function createFlowLinter(options: Omit<ThreadOptions, 'timeoutMs'> & { timeoutMs?: number }): FlowLinter {
  const thread = createThread<Uint8Array, LintAnswer>(new URL('./lint-worker.ts', import.meta.url), {
    timeoutMs: lintTimeoutMs,
    ...options,
  });
  return {
    lint: async (flows) => {
      const outcome = await thread.ask(flows);
      if (outcome.kind !== 'done') return outcome;
      const { answer } = outcome;
      return 'results' in answer ? { kind: 'done', results: answer.results } : { kind: 'failed', problem: answer.problem };
    },
    close: () => thread.close(),
  };
}

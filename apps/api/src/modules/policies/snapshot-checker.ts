import type { Finding } from '@sluice/snapshot';
import { ApiError } from '../../problems/api-error.ts';
import { type FindTask, find } from './find.ts';
import type { FindAnswer } from './find-worker.ts';
import { createThread, type ThreadOptions } from './thread.ts';

export type SnapshotChecker = {
  /** What breaks the rules. @throws ApiError UNAVAILABLE when it takes too long or too many wait */
  find(task: FindTask): Promise<Finding[]>;
  close(): Promise<void>;
};

const timeoutMs = 60_000;
/** A check takes about a tenth of a second for a megabyte of flows: what is smaller is done at once, instead of starting a thread for it. */
const flowsBytesInline = 256 * 1024;
const lockBytesInline = 2 * 1024 * 1024;

const tooBusy = (): ApiError =>
  new ApiError('UNAVAILABLE', 'The check of the flows took too long, or too many are waiting: try again in a moment.', {
    headers: { 'retry-after': '10' },
  });

/** Checks snapshots; large ones beside the event loop. */
export function createSnapshotChecker(options: Pick<ThreadOptions, 'clock'>): SnapshotChecker {
  const thread = createThread<FindTask, FindAnswer>(new URL('./find-worker.ts', import.meta.url), { timeoutMs, ...options });
  return {
    find: async (task) => {
      const isSmall = task.flows.length <= flowsBytesInline && (task.snapshot.lock?.bytes.length ?? 0) <= lockBytesInline;
      if (isSmall) return find(task);
      const outcome = await thread.ask(task);
      if (outcome.kind === 'failed') throw new Error(`the check of the policies failed: ${outcome.problem}`);
      if (outcome.kind !== 'done') throw tooBusy();
      if ('findings' in outcome.answer) return outcome.answer.findings;
      throw new Error(`the check of the policies failed: ${outcome.answer.problem}`);
    },
    close: () => thread.close(),
  };
}

// INVARIANTS
// 1. Flows are parsed and compared in a thread of their own: nobody's request waits for the analysis of another's flows.
// 2. Every request ends: with an answer, a refusal, or UNAVAILABLE when the thread died, took too long or has too much to do.
// 3. Whoever asks has checked that the snapshots of the task are the organization's: the thread remembers those of all.
import { createHash } from 'node:crypto';
import type { Clock } from '@sluice/platform';
import { getSnapshotSource, type Store } from '@sluice/store';
import { LRUCache } from 'lru-cache';
import { createThread } from '../modules/policies/thread.ts';
import { ApiError } from '../problems/api-error.ts';
import { type FlowTask, type Refusal, type StoredSnapshot, snapshotsOf, type WorkerReply, type WorkerRequest } from './tasks.ts';

/** JSON as UTF-8, ready to be sent. */
export type JsonBytes = Uint8Array;

export type FlowAnalyst = {
  /**
   * Does a task on snapshots of an organization.
   * @throws StoreError NOT_FOUND; ApiError with the code of a refusal; ApiError UNAVAILABLE
   */
  ask(organizationId: string, task: FlowTask): Promise<JsonBytes>;
  close(): Promise<void>;
};

export type FlowAnalystDependencies = { store: Store; clock: Pick<Clock, 'setTimer'> };

const waitingMax = 64;
const timeoutMs = 30_000;
/** What the thread remembers is worth its memory for a while. */
const idleMs = 10 * 60_000;
const answersBytesMax = 32 * 1024 * 1024;

function unavailable(why: string): ApiError {
  return new ApiError('UNAVAILABLE', `The flows cannot be analysed now: ${why}. Try again in a moment.`, {
    headers: { 'retry-after': '2' },
  });
}

function refused({ code, detail, pointer }: Refusal): ApiError {
  return new ApiError(code, detail, pointer === null ? {} : { errors: [{ pointer, detail }] });
}

/** What a thread with a deadline told, or the refusal that its silence means. @throws ApiError UNAVAILABLE */
function createReader(clock: FlowAnalystDependencies['clock']) {
  const thread = createThread<WorkerRequest, WorkerReply>(new URL('./worker.ts', import.meta.url), {
    ...{ clock, timeoutMs, waitingMax, idleMs },
  });
  const send = async (task: FlowTask, snapshots: StoredSnapshot[]): Promise<WorkerReply> => {
    const outcome = await thread.ask({ task, snapshots });
    if (outcome.kind === 'done') return outcome.answer;
    if (outcome.kind === 'busy') throw unavailable('too many requests wait for it already');
    throw unavailable(outcome.kind === 'timed_out' ? 'it takes too long' : `it failed (${outcome.problem})`);
  };
  return { send, close: thread.close };
}

/** Starts nothing yet: the thread comes with the first task. */
export function createFlowAnalyst({ store, clock }: FlowAnalystDependencies): FlowAnalyst {
  const { send, close } = createReader(clock);
  const answers = new LRUCache<string, JsonBytes>({ maxSize: answersBytesMax, sizeCalculation: ({ length }) => length + 1 });

  const load = async (organizationId: string, snapshotIds: readonly string[]): Promise<StoredSnapshot[]> => {
    const loaded: StoredSnapshot[] = [];
    for (const snapshotId of snapshotIds) {
      const source = await getSnapshotSource(store, organizationId, snapshotId);
      const { id, flows, packageJson, lock, settings, variables, runtimeVersion } = source;
      loaded.push({ id, flows, packageJson, lock, settings, variables, runtimeVersion });
    }
    return loaded;
  };

  return {
    ask: async (organizationId, task) => {
      // Snapshots never change, and everything else that an answer is made of stands in the task.
      const key = createHash('sha256')
        .update(`${organizationId} ${JSON.stringify(task)}`)
        .digest('base64url');
      const known = answers.get(key);
      if (known !== undefined) return known;
      let reply = await send(task, []);
      if (reply.kind === 'missing') reply = await send(task, await load(organizationId, reply.snapshotIds));
      // Others made it forget one that it had before: it is given all of them.
      if (reply.kind === 'missing') reply = await send(task, await load(organizationId, snapshotsOf(task)));
      if (reply.kind === 'refused') throw refused(reply.refusal);
      if (reply.kind === 'failed') throw new Error(`the analysis of flows failed: ${reply.message}`);
      if (reply.kind === 'missing') throw new Error('the analysis of flows lacks what it was given');
      answers.set(key, reply.answer);
      return reply.answer;
    },
    close,
  };
}

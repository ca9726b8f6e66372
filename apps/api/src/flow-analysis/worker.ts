import { parentPort } from 'node:worker_threads';
import { createPerformer } from './perform.ts';
import { RefusalError } from './refusal-error.ts';
import type { WorkerReply, WorkerRequest } from './tasks.ts';

// The thread in which flows are read and compared, away from everybody else's requests. Started by flow-analyst.ts.
const perform = createPerformer();

function replyTo({ task, snapshots }: WorkerRequest): WorkerReply {
  try {
    const outcome = perform(task, snapshots);
    if ('missing' in outcome) return { kind: 'missing', snapshotIds: outcome.missing };
    return { kind: 'answer', answer: new TextEncoder().encode(JSON.stringify(outcome.answer)) };
  } catch (error) {
    if (error instanceof RefusalError) return { kind: 'refused', refusal: error.refusal };
    return { kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (request: WorkerRequest) => {
  const reply = replyTo(request);
  parentPort?.postMessage(reply, reply.kind === 'answer' ? [reply.answer.buffer as ArrayBuffer] : []);
});

// Checks large snapshots in a thread of its own (snapshot-checker.ts), away from everybody else's requests.
import { parentPort } from 'node:worker_threads';
import type { Finding } from '@sluice/snapshot';
import { type FindTask, find } from './find.ts';

export type FindAnswer = { findings: Finding[] } | { problem: string };

function answerTo(task: FindTask): FindAnswer {
  try {
    return { findings: find(task) };
  } catch (error) {
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (task: FindTask) => parentPort?.postMessage(answerTo(task)));

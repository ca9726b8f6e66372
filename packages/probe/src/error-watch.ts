import { EventEmitter } from 'node:events';
import type { LogRecord, NodeRedApi } from './node-red.ts';

export type ErrorFacts = { uncaughtErrors: number; nodeErrors: number; lastError: string | null };

const textMax = 1000;

function describe(value: unknown): string {
  if (value instanceof Error) return value.message;
  if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message);
  return String(value);
}

/**
 * Counts errors: of nodes that no catch node took (Node-RED logs only those), and uncaught ones of the process.
 * An uncaught error ends Node-RED right after; `onUncaught` is the last chance to say why.
 */
export function watchErrors(RED: NodeRedApi, process: NodeJS.EventEmitter, onUncaught: (facts: ErrorFacts) => void): () => ErrorFacts {
  const facts: ErrorFacts = { uncaughtErrors: 0, nodeErrors: 0, lastError: null };
  const handler = new EventEmitter();
  handler.on('log', (record: LogRecord) => {
    if (record.id === undefined || (record.level !== RED.log.ERROR && record.level !== RED.log.FATAL)) return;
    facts.nodeErrors += 1;
    facts.lastError = `${record.type ?? 'node'} ${record.id}: ${describe(record.msg)}`.slice(0, textMax);
  });
  RED.log.addHandler(handler);
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    facts.uncaughtErrors += 1;
    facts.lastError = `uncaught: ${describe(error)}`.slice(0, textMax);
    onUncaught(facts);
  });
  return () => ({ ...facts });
}

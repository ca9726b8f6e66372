import type { EventEmitter } from 'node:events';
import type { RuntimeEvent } from '../node-red.ts';

/**
 * Follows whether Node-RED could decrypt the credentials of its flows: it tells so only in an event, and goes on running without them. A snapshot
 * of that would have lost them all without a word.
 * @returns whether they are readable now
 */
export function watchCredentials(events: EventEmitter): () => boolean {
  let failure: string | undefined;
  events.on('runtime-event', ({ id, payload }: RuntimeEvent) => {
    if (id === 'runtime-state' && payload?.error === 'credentials_load_failed') failure = payload.text ?? '';
  });
  events.on('flows:started', ({ diff }: { diff?: unknown } = {}) => {
    // Without projects the flows start all the same, with no credentials, until somebody deploys new ones.
    const startedWithout = diff === undefined && failure?.endsWith('_reset') === true;
    if (!startedWithout) failure = undefined;
  });
  return () => failure === undefined;
}

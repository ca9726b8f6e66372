import type { ServerResponse } from 'node:http';
import type { Clock, Log } from '@sluice/platform';
import { type ChangeBatch, openChangeFeed, readChangesSince, type Store } from '@sluice/store';
import type { Metrics } from '../../http/metrics.ts';
import { ApiError } from '../../problems/api-error.ts';
import { createChangeHub } from './change-hub.ts';
import { createEventStream, type EventStream } from './event-stream.ts';

export type EventsDependencies = { store: Store; clock: Clock; logger: Log; metrics: Metrics };

/** A stream that is ready to be written: everything that can fail has happened. */
export type PreparedStream = { start(output: ServerResponse): void };

export type Events = {
  /** @throws ApiError UNAVAILABLE, StoreUnavailableError */
  prepare(organizationId: string, lastEventId: string | undefined): Promise<PreparedStream>;
  /** Ends all streams. */
  close(): void;
};

const streamsMax = 2_000;

/** Makes the module of event streams. */
export function createEvents(deps: EventsDependencies): Events {
  const hub = createChangeHub({ openFeed: (options) => openChangeFeed(deps.store.pool, options), clock: deps.clock, log: deps.logger });
  const streams = new Set<EventStream>();
  const gauge = deps.metrics.gauge('sluice_event_streams', 'Event streams that are open now.');

  const start = (output: ServerResponse, onEnd: () => void): EventStream => {
    const stream = createEventStream(output, deps.clock, () => {
      streams.delete(stream);
      gauge.set(streams.size);
      onEnd();
    });
    streams.add(stream);
    gauge.set(streams.size);
    return stream;
  };

  return {
    prepare: async (organizationId, lastEventId) => {
      if (streams.size >= streamsMax) {
        throw new ApiError('UNAVAILABLE', 'This process serves as many event streams as it can.', { headers: { 'retry-after': '5' } });
      }
      // Live batches wait until the past is written, so that a position never runs ahead of what was told.
      let waiting: ChangeBatch[] | undefined = [];
      let stream: EventStream | undefined;
      const subscription = await hub.subscribe(organizationId, (batch) => {
        if (waiting === undefined) stream?.changes(batch);
        else waiting.push(batch);
      });
      try {
        const past = lastEventId === undefined ? null : await readChangesSince(deps.store, organizationId, lastEventId);
        return {
          start: (output) => {
            stream = start(output, subscription.cancel);
            if (past === null) stream.reset(subscription.position);
            else stream.changes(past);
            for (const batch of waiting ?? []) stream.changes(batch);
            waiting = undefined;
          },
        };
      } catch (error) {
        subscription.cancel();
        throw error;
      }
    },
    close: () => {
      for (const stream of streams) stream.end();
      hub.close();
    },
  };
}

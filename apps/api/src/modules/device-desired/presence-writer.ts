import type { CancelTimer, Clock, Log } from '@sluice/platform';
import type { DeviceEntry } from './device-entry.ts';

export type PresenceWriterOptions = {
  /** Writes when devices were last seen (epoch milliseconds), in one statement. */
  write: (seen: ReadonlyMap<string, number>) => Promise<void>;
  clock: Pick<Clock, 'setTimer'>;
  log: Pick<Log, 'warn'>;
  flushEveryMs: number;
  /** Devices in one statement. */
  batchSizeMax: number;
  /** Devices that may be due; more are forgotten until they are seen again. */
  queueSizeMax: number;
};

export type PresenceWriter = {
  /** Notes that a device was here. Costs two assignments when it was noted already. */
  touch(entry: DeviceEntry, nowMs: number): void;
  /** Writes what is due now and from then on nothing. */
  close(): Promise<void>;
};

/** Writes presence behind the requests: coalesced per device, in bulk, and only while there is something to write. */
export function createPresenceWriter(options: PresenceWriterOptions): PresenceWriter {
  let due: DeviceEntry[] = [];
  let cancelTimer: CancelTimer | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let closed = false;

  const flush = async (): Promise<void> => {
    const taken = due;
    due = [];
    // A device may have two entries at once: the older one left the cache meanwhile.
    const seen = new Map<string, number>();
    for (const entry of taken) {
      entry.presenceQueued = false;
      seen.set(entry.deviceId, Math.max(entry.lastSeenMs, seen.get(entry.deviceId) ?? 0));
    }
    const rows = [...seen];
    for (let from = 0; from < rows.length; from += options.batchSizeMax) {
      try {
        await options.write(new Map(rows.slice(from, from + options.batchSizeMax)));
      } catch (error) {
        // Presence is a hint that the next check-in repeats; what else fails with the database is answered elsewhere.
        options.log.warn({ err: error, devices: rows.length - from }, 'presence could not be written');
        return;
      }
    }
  };
  const arm = (): void => {
    if (cancelTimer !== undefined || closed) return;
    cancelTimer = options.clock.setTimer(options.flushEveryMs, () => {
      flushing = flush().finally(() => {
        cancelTimer = undefined;
        if (due.length > 0) arm();
      });
    });
  };
  return {
    touch: (entry, nowMs) => {
      entry.lastSeenMs = nowMs;
      if (entry.presenceQueued || due.length >= options.queueSizeMax) return;
      entry.presenceQueued = true;
      due.push(entry);
      arm();
    },
    close: async () => {
      closed = true;
      cancelTimer?.();
      await flushing;
      await flush();
    },
  };
}

import type { Log } from '@sluice/platform/log';
import type pg from 'pg';

/** Sends hints to the listeners of all processes. */
export type Notifier = { notify(channel: string): void; close(): Promise<void> };

/**
 * NOTIFY takes a lock of the whole database until the end of its transaction, which would make all writers wait for each other's disk.
 * So hints are sent after the commit, on a connection of their own, and those that pile up while one is sent become one.
 * A hint that is lost with its process is repaired by the listeners' own polling.
 */
export function createNotifier(pool: pg.Pool, log: Log): Notifier {
  const waiting = new Set<string>();
  let sending: Promise<void> | undefined;

  const send = async (): Promise<void> => {
    while (waiting.size > 0) {
      const channels = [...waiting];
      waiting.clear();
      try {
        await pool.query("select pg_notify(channel, '') from unnest($1::text[]) as channel", [channels]);
      } catch (error) {
        log.warn({ err: error, channels }, 'a change could not be announced; listeners find it when they poll');
      }
    }
    sending = undefined;
  };

  return {
    notify: (channel) => {
      waiting.add(channel);
      sending ??= send();
    },
    close: async () => sending,
  };
}

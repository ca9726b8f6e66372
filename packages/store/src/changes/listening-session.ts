import type { Notification, Pool, PoolClient } from 'pg';

export type ListeningSessionOptions = {
  onNotification: (notification: Notification) => void;
  /** The connection broke; nothing more will be heard. */
  onLost: (error: Error) => void;
};

/** A connection of its own for LISTEN. `end` may be called again without effect. */
export type ListeningSession = { client: PoolClient; end: (error?: Error) => void };

/** Takes a connection out of the pool to listen on. It never goes back: what the session listens to belongs to nobody else. */
export async function openListeningSession(pool: Pool, options: ListeningSessionOptions): Promise<ListeningSession> {
  const client = await pool.connect();
  let open = true;
  const end = (error?: Error): void => {
    if (!open) return;
    open = false;
    client.removeListener('notification', options.onNotification);
    client.release(error ?? true);
  };
  client.on('error', (error) => {
    end(error);
    options.onLost(error);
  });
  client.on('notification', options.onNotification);
  return { client, end };
}

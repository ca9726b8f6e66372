import type { Reader } from '../base/reader.ts';

/**
 * Writes when devices were last seen, in one statement: times never go back, unknown devices are left out.
 * Rows are written in the order of their ids, so that two replicas never wait for each other in a circle.
 */
export async function recordPresence(reader: Reader, seen: ReadonlyMap<string, number>): Promise<void> {
  const sorted = [...seen].sort(([left], [right]) => (left < right ? -1 : 1));
  await reader.query(
    `INSERT INTO device_presence AS p (device_id, last_seen_at)
     SELECT u.device_id, to_timestamp(u.seen_ms / 1000.0)
       FROM unnest($1::uuid[], $2::float8[]) WITH ORDINALITY AS u (device_id, seen_ms, position)
      WHERE EXISTS (SELECT FROM device d WHERE d.id = u.device_id)
      ORDER BY u.position
     ON CONFLICT (device_id) DO UPDATE SET last_seen_at = excluded.last_seen_at WHERE p.last_seen_at < excluded.last_seen_at`,
    [sorted.map(([deviceId]) => deviceId), sorted.map(([, seenMs]) => seenMs)],
  );
}

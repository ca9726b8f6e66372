import type { Reader } from '../base/reader.ts';

/** An array in Postgres' own text form: building it here costs a tenth of what the driver takes to quote each of thousands of elements. */
function arrayLiteral(values: Iterable<string | number>): string {
  return `{${[...values].join()}}`;
}

// Agents ask all the time: who was not heard of for so long was offline. Counted in the row that is written anyway.
const silence = `excluded.last_seen_at - p.last_seen_at > interval '10 minutes'`;
const silenceMs = '(extract(epoch FROM excluded.last_seen_at - p.last_seen_at) * 1000)::bigint';

/**
 * Writes when devices (ids as the database gave them) were last seen, in one statement: times never go back, unknown devices are left out.
 * Rows are written in the order of their ids, so that two replicas never wait for each other in a circle.
 */
export async function recordPresence(reader: Reader, seen: ReadonlyMap<string, number>): Promise<void> {
  await reader.query(
    `INSERT INTO device_presence AS p (device_id, last_seen_at, since)
     SELECT u.device_id, to_timestamp(u.seen_ms / 1000.0), to_timestamp(u.seen_ms / 1000.0)
       FROM unnest($1::uuid[], $2::bigint[]) AS u (device_id, seen_ms)
      WHERE EXISTS (SELECT FROM device d WHERE d.id = u.device_id)
      ORDER BY u.device_id
     ON CONFLICT (device_id) DO UPDATE
        SET last_seen_at = excluded.last_seen_at,
            offline_count = p.offline_count + CASE WHEN ${silence} THEN 1 ELSE 0 END,
            offline_ms = p.offline_ms + CASE WHEN ${silence} THEN ${silenceMs} ELSE 0 END,
            offline_longest_ms = greatest(p.offline_longest_ms, CASE WHEN ${silence} THEN ${silenceMs} ELSE 0 END),
            silence_ended_at = CASE WHEN ${silence} THEN excluded.last_seen_at ELSE p.silence_ended_at END
      WHERE p.last_seen_at < excluded.last_seen_at`,
    [arrayLiteral(seen.keys()), arrayLiteral(seen.values())],
  );
}

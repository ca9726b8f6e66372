/**
 * SQL for the id of something that has a place in a rollout: a UUID of version 7 whose counter (rand_a and the start of rand_b, RFC 9562
 * section 6.2 method 1) is that place, so that sorting by id sorts deployments by wave and decisions as they were made.
 */
export function placedId(sql: { place: string; time: string }): string {
  // A query of its own: done once, not for every row.
  const beginning = `(SELECT substr(t.ms, 1, 8) || '-' || substr(t.ms, 9) || '-7'
             FROM (SELECT lpad(to_hex((extract(epoch FROM ${sql.time}) * 1000)::bigint), 12, '0') AS ms) t)`;
  return `(${beginning} || lpad(to_hex(${sql.place} >> 14), 3, '0') || '-'
            || to_hex(32768 | (${sql.place} & 16383)) || '-' || right(gen_random_uuid()::text, 12))::uuid`;
}

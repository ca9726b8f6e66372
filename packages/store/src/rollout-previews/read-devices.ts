import type { Reader } from '../base/reader.ts';
import { waitsByItself, zoneOfDevice } from '../rollouts/offerable.ts';
import type { Placement } from '../rollouts/plan.ts';

/** A device as it would be planned, with what is recorded of it. */
export type DeviceRow = {
  id: string;
  name: string;
  wave: number;
  current: boolean;
  offline: boolean;
  isNamed: boolean;
  isSimulated: boolean;
  /** Empty unless they were asked for. */
  labels: Record<string, string>;
  zone: string;
  waitsByItself: boolean;
  lastSeenAt: Date | null;
  watchedSince: Date | null;
  offlineCount: number;
  offlineMs: number;
  offlineLongestMs: number;
  unhealthy: boolean;
  lastUnhealthyAt: Date | null;
};

/** The devices that are named or simulated, in the order of the plan. */
export async function readDevices(
  reader: Reader,
  placement: Placement,
  options: { devicesNamedMax: number; devicesSimulatedMax: number; withLabels: boolean },
): Promise<DeviceRow[]> {
  // Each wave has the same share, so that a small one, where a single device decides, is simulated as it is.
  const share = Math.max(1, Math.floor(options.devicesSimulatedMax / placement.waves.length));
  const everyNth = placement.waves.map(({ size }) => Math.max(1, Math.ceil(size / share)));
  const [named, nth, labels] = [1, 2, 3].map((next) => `$${placement.parameters.length + next}`);
  return reader.query<DeviceRow>(
    `WITH ${placement.sql},
     counted AS (SELECT a.*, row_number() OVER (PARTITION BY a.current, a.offline, a.wave ORDER BY a.overall) - 1 AS place FROM assigned a),
     picked AS (
       SELECT c.*, c.place < ${named}::int AS is_named, NOT c.current AND c.place % (${nth}::int[])[c.wave + 1] = 0 AS is_simulated FROM counted c)
     SELECT v.id, v.name, k.wave, k.current, k.offline, k.is_named AS "isNamed", k.is_simulated AS "isSimulated",
            CASE WHEN ${labels}::boolean THEN v.labels ELSE '{}' END AS labels, ${zoneOfDevice} AS zone, ${waitsByItself} AS "waitsByItself",
            p.last_seen_at AS "lastSeenAt", p.since AS "watchedSince", coalesce(p.offline_count, 0) AS "offlineCount",
            coalesce(p.offline_ms, 0)::float8 AS "offlineMs", coalesce(p.offline_longest_ms, 0)::float8 AS "offlineLongestMs",
            coalesce(o.health = 'unhealthy', false) AS unhealthy, o.last_unhealthy_at AS "lastUnhealthyAt"
       FROM picked k
       JOIN device v ON v.id = k.id
       LEFT JOIN device_presence p ON p.device_id = v.id
       LEFT JOIN device_observed o ON o.device_id = v.id
      WHERE k.is_named OR k.is_simulated
      ORDER BY k.overall`,
    [...placement.parameters, options.devicesNamedMax, everyNth, options.withLabels],
  );
}

import type { DeviceRecord, RoomRecord } from '@sluice/rollout/forecast';
import type { Reader } from '../base/reader.ts';
import { budgetLimit, budgetUse } from '../disruption-budgets/within-budgets.ts';
import type { DeviceRow } from './read-devices.ts';

type Budget = { id: string; name: string; matchLabels: Record<string, string>; perLabel: string | null };
type Use = { budgetId: string; value: string; limit: number; taken: number };

/** The disruption budgets of an organization as rooms: one for each value of a budget's label. */
export type Rooms = {
  budgets: readonly Budget[];
  /** Filled while devices are put into their rooms. */
  records: readonly RoomRecord[];
  recordOf(row: DeviceRow): DeviceRecord;
};

/** Reads the budgets, and what of them is used now. Without a budget, one statement. */
export async function readRooms(reader: Reader, organizationId: string): Promise<Rooms> {
  const budgets = await reader.query<Budget & { count: number; unit: string }>(
    `SELECT id, name, match_labels AS "matchLabels", per_label AS "perLabel", maximum_unavailable AS count, unit
       FROM disruption_budget WHERE organization_id = $1 ORDER BY id`,
    [organizationId],
  );
  const uses = budgets.length === 0 ? [] : await readUses(reader, organizationId);
  const known = new Map(uses.map((use) => [`${use.budgetId} ${use.value}`, use]));
  const places = new Map<string, number>();
  const records: RoomRecord[] = [];
  const placeOf = (budget: (typeof budgets)[number], value: string): number => {
    const key = `${budget.id} ${value}`;
    const place = places.get(key) ?? records.length;
    if (place === records.length) {
      places.set(key, place);
      const use = known.get(key);
      // Of a budget in percent the database counted every value that has a device.
      const limit = use?.limit ?? (budget.unit === 'percent' ? 1 : budget.count);
      records.push({ name: budget.perLabel === null ? budget.name : `${budget.name} ${value}`, limit, taken: use?.taken ?? 0 });
    }
    return place;
  };
  return {
    budgets,
    records,
    recordOf: (row) => ({
      ...pick(row),
      rooms: budgets.flatMap((budget) => {
        const matches = Object.entries(budget.matchLabels).every(([label, value]) => row.labels[label] === value);
        return matches ? [placeOf(budget, budget.perLabel === null ? '' : (row.labels[budget.perLabel] ?? ''))] : [];
      }),
    }),
  };
}

function pick(row: DeviceRow): Omit<DeviceRecord, 'rooms'> {
  const { id, name, wave, zone, waitsByItself, offlineCount, offlineMs, offlineLongestMs, unhealthy } = row;
  return {
    ...{ id, name, wave, zone, waitsByItself, offlineCount, offlineMs, offlineLongestMs, unhealthy },
    lastSeenAt: row.lastSeenAt?.getTime() ?? null,
    watchedSince: row.watchedSince?.getTime() ?? null,
    lastUnhealthyAt: row.lastUnhealthyAt?.getTime() ?? null,
  };
}

function readUses(reader: Reader, organizationId: string): Promise<Use[]> {
  return reader.query<Use>(
    `WITH ${budgetUse('$1')}
     SELECT b.id AS "budgetId", coalesce(s.value, z.value) AS value, ${budgetLimit} AS "limit", coalesce(s.unavailable, 0) AS taken
       FROM disruption_budget b
       JOIN (budget_use s FULL JOIN budget_size z ON z.budget_id = s.budget_id AND z.value = s.value)
         ON coalesce(s.budget_id, z.budget_id) = b.id
      WHERE b.organization_id = $1`,
    [organizationId],
  );
}

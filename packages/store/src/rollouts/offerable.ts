/**
 * Which devices of a wave may move on now: counted for the engine, and looked at once more by the statement that offers. INVARIANTS
 * - Both use the same conditions, under the same locks: nothing is offered that was not counted (10, 13).
 * - A fleet on which nothing holds costs no query: the counts of the wave say it all.
 */
import { activeDeploymentStates, type OfferableInput, type OfferWait, offersOpen, type WaveInput } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { heldByBudgets } from '../disruption-budgets/within-budgets.ts';
import type { RolloutRecord } from './load.ts';
import { type Batch, batchSql } from './move-deployments.ts';

const activeStates = activeDeploymentStates.map((state) => `'${state}'`).join(', ');

/**
 * SQL: whether a device of a deployment `d` of the rollout `r` is being changed by a rollout of higher priority; it is left to that one until it has ended.
 * OFFSET 0: asked device by device. As a join it may be planned as all pairs, because the statistics never know what was offered just now.
 */
const isHeldByHigher = `(
  SELECT count(*) > 0 FROM (
    SELECT 1 FROM deployment n JOIN rollout o ON o.id = n.rollout_id
     WHERE n.device_id = d.device_id AND n.state IN (${activeStates}) AND o.priority > r.priority OFFSET 0) h)`;

/** The next scheduled devices of a wave that may be queued, in their order. */
export async function nextToQueue(reader: Reader, record: RolloutRecord, wave: number, limit: number): Promise<Batch> {
  const isOutranked = (await higherRollouts(reader, record)).length > 0;
  const [batch] = await reader.query<Batch>(
    batchSql(`(
      SELECT d.id, d.device_id FROM deployment d JOIN rollout r ON r.id = d.rollout_id
       WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = 'scheduled' ${isOutranked ? `AND NOT ${isHeldByHigher}` : ''}
       ORDER BY d.wave_index, d.state, d.id LIMIT $3)`),
    [record.id, wave, limit],
  );
  return batch ?? { deploymentIds: [], deviceIds: [] };
}

/** Places of parameters: the time, and the clocks (see `clockOfDevice`) whose maintenance window lets offers through (null: whatever the clock). */
type Places = { now: string; zones: string };

/** SQL: the zone of a device `v`: what a person set, else what the device says, else that of the control plane. */
export const zoneOfDevice = `coalesce(v.time_zone, v.inventory ->> 'timeZone', 'UTC')`;
/** SQL: whether the agent of a device `v` waits for its window by itself. */
export const waitsByItself = `coalesce(v.inventory -> 'features' @> '["windows"]', false)`;

// Agents that wait by themselves may be told ahead of the window, others may not: they make a clock of their own.
const aheadMark = ' ahead';
const clockOfDevice = `(SELECT ${zoneOfDevice} || CASE WHEN ${waitsByItself} THEN '${aheadMark}' ELSE '' END FROM device v WHERE v.id = d.device_id)`;

function readClock(clock: string): { zone: string; waitsByItself: boolean } {
  const isAhead = clock.endsWith(aheadMark);
  return { zone: isAhead ? clock.slice(0, -aheadMark.length) : clock, waitsByItself: isAhead };
}

const inWindow = (zones: string): string => `(${zones}::text[] IS NULL OR ${clockOfDevice} = ANY(${zones}::text[]))`;
// A device that knows more than a restored database is told nothing until a person decides.
const notAhead = 'NOT EXISTS (SELECT 1 FROM device_ahead h WHERE h.device_id = d.device_id)';
const retryIsDue = (now: string): string => `(d.retry_at IS NULL OR d.retry_at <= ${now}::timestamptz)`;

/** SQL: whether a queued deployment `d` may be offered the release, budgets apart. */
export function mayBeOffered({ now, zones }: Places): string {
  return `(${retryIsDue(now)} AND ${inWindow(zones)} AND ${notAhead})`;
}

/** The clocks of a wave's queued devices: by which of them the release may be offered, and who waits for the window elsewhere. */
export type WaveWindow = { openZones: string[] | null; waits: OfferWait[] };

/** `openZones` null: the policy has no window. */
export async function windowOf(reader: Reader, record: RolloutRecord, wave: number, now: Date): Promise<WaveWindow> {
  const { window } = record.policy;
  if (window === undefined) return { openZones: null, waits: [] };
  const rows = await reader.query<{ clock: string; devices: number }>(
    `SELECT ${clockOfDevice} AS clock, count(*)::int AS devices FROM deployment d
      WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = 'queued' AND ${retryIsDue('$3')} AND ${notAhead} GROUP BY 1 ORDER BY 1`,
    [record.id, wave, now],
  );
  const openZones: string[] = [];
  const waits = new Map<string, OfferWait>();
  for (const { clock, devices } of rows) {
    const device = readClock(clock);
    const { open, opensAt } = offersOpen(window, device, now.getTime());
    const name = window.timeZone === 'device' ? device.zone : window.timeZone;
    const key = `${opensAt} ${name}`;
    if (open) openZones.push(clock);
    else waits.set(key, { cause: 'window', name, devices: devices + (waits.get(key)?.devices ?? 0), until: opensAt });
  }
  return { openZones, waits: [...waits.values()] };
}

/** Counts for the engine what of a wave may move on now. */
export async function offerableOf(
  reader: Reader,
  record: RolloutRecord,
  wave: Pick<WaveInput, 'index' | 'counts'>,
  now: Date,
): Promise<OfferableInput> {
  const scheduled = wave.counts.scheduled ?? 0;
  const queued = wave.counts.queued ?? 0;
  const held = scheduled === 0 ? [] : await waitsForPriority(reader, record, wave.index, now);
  const retries = queued === 0 || record.policy.retries === undefined ? [] : await waitsForRetry(reader, record, wave.index, now);
  const window = queued === 0 ? { openZones: null, waits: [] } : await windowOf(reader, record, wave.index, now);
  const budgets = queued === 0 ? [] : await waitsForBudget(reader, record, wave.index, { now, openZones: window.openZones });
  const ahead = queued === 0 ? [] : await waitsForDecision(reader, record, wave.index);
  const count = (waits: readonly OfferWait[]): number => waits.reduce((sum, { devices }) => sum + devices, 0);
  return {
    queue: scheduled - count(held),
    ...(queued === 0 && nothingHolds(record) ? { straight: scheduled - count(held) } : {}),
    now: Math.max(0, queued - count(ahead) - count(retries) - count(window.waits) - count(budgets)),
    waits: [...held, ...ahead, ...retries, ...window.waits, ...budgets],
  };
}

/** Whether no device of a rollout waits for anything between being queued and being offered the release. Who was deferred may wait for its retry. */
function nothingHolds({ policy, hasBudgets, hasAhead }: RolloutRecord): boolean {
  const mayBeDeferred = policy.retries !== undefined && policy.offline?.action === 'late_wave';
  return policy.window === undefined && !hasBudgets && !hasAhead && !mayBeDeferred;
}

/** Nobody tells a rollout that another one has left room in a budget, or is done with a device: it looks again so often. Milliseconds. */
const othersLookMs = 5_000;

/**
 * CTEs up to `held (id, budget, share)`: the queued deployments of a wave that the budgets of the organization do not let through now.
 * Places: $1 the rollout, $2 the wave, and those named.
 */
export function heldByBudgetsOf(places: Places & { organization: string }): string {
  return `
  candidate AS (
    SELECT d.id, d.device_id FROM deployment d
     WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = 'queued' AND ${mayBeOffered(places)}),
  ${heldByBudgets(places.organization)}`;
}

/** A device that several budgets hold back is counted at the first of them. Of a budget with a label the fullest shares are named. */
async function waitsForBudget(
  reader: Reader,
  record: RolloutRecord,
  wave: number,
  { now, openZones }: { now: Date; openZones: string[] | null },
): Promise<OfferWait[]> {
  if (!record.hasBudgets) return [];
  const rows = await reader.query<{ budget: string; shares: string[]; devices: number }>(
    `WITH ${heldByBudgetsOf({ now: '$3', zones: '$4', organization: '$5' })},
     first AS (SELECT DISTINCT ON (id) id, budget, share FROM held ORDER BY id, budget, share),
     shared AS (SELECT budget, share, count(*)::int AS devices FROM first GROUP BY budget, share)
     SELECT budget, sum(devices)::int AS devices,
            coalesce(array_agg(share ORDER BY devices DESC, share) FILTER (WHERE share IS NOT NULL), '{}') AS shares
       FROM shared GROUP BY budget ORDER BY budget`,
    [record.id, wave, now, openZones, record.organizationId],
  );
  const until = now.getTime() + othersLookMs;
  return rows.map(({ budget, shares, devices }) => ({ cause: 'budget', name: `${budget}${inBrackets(shares)}`, devices, until }));
}

const sharesNamedMax = 3;

function inBrackets(shares: readonly string[]): string {
  if (shares.length === 0) return '';
  const more = shares.length - sharesNamedMax;
  return ` (${shares.slice(0, sharesNamedMax).join(', ')}${more > 0 ? ` and ${more} more` : ''})`;
}

function higherRollouts(reader: Reader, record: RolloutRecord): Promise<{ id: string; name: string }[]> {
  return reader.query(
    `SELECT o.id, l.name || coalesce(' to ' || s.name, '') AS name
       FROM rollout o JOIN release l ON l.id = o.release_id LEFT JOIN stage s ON s.id = o.stage_id
      WHERE o.organization_id = $1 AND o.priority > $2 AND o.state IN ('running', 'paused', 'aborting')
      ORDER BY o.priority DESC, o.id`,
    [record.organizationId, record.priority],
  );
}

async function waitsForPriority(reader: Reader, record: RolloutRecord, wave: number, now: Date): Promise<OfferWait[]> {
  const higher = await higherRollouts(reader, record);
  if (higher.length === 0) return [];
  const [row] = await reader.query<{ devices: number }>(
    `SELECT count(*)::int AS devices FROM deployment d JOIN rollout r ON r.id = d.rollout_id
      WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = 'scheduled' AND ${isHeldByHigher}`,
    [record.id, wave],
  );
  const devices = row?.devices ?? 0;
  if (devices === 0) return [];
  const until = now.getTime() + othersLookMs;
  return [{ cause: 'priority', name: higher.map(({ name }) => name).join(', '), devices, until }];
}

async function waitsForDecision(reader: Reader, record: RolloutRecord, wave: number): Promise<OfferWait[]> {
  if (!record.hasAhead) return [];
  const [row] = await reader.query<{ devices: number }>(
    `SELECT count(*)::int AS devices FROM deployment d JOIN device_ahead h ON h.device_id = d.device_id
      WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = 'queued'`,
    [record.id, wave],
  );
  const devices = row?.devices ?? 0;
  return devices === 0 ? [] : [{ cause: 'restored', name: '', devices, until: null }];
}

async function waitsForRetry(reader: Reader, record: RolloutRecord, wave: number, now: Date): Promise<OfferWait[]> {
  const [row] = await reader.query<{ devices: number; first: Date | null }>(
    `SELECT count(*)::int AS devices, min(d.retry_at) AS first FROM deployment d
      WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = 'queued' AND NOT ${retryIsDue('$3')} AND ${notAhead}`,
    [record.id, wave, now],
  );
  if (row === undefined || row.devices === 0) return [];
  return [{ cause: 'retry', name: '', devices: row.devices, until: row.first?.getTime() ?? null }];
}

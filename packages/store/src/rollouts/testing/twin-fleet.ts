/**
 * The devices of a twin in Postgres: what they run, where they are, whether they are there and what they measure is at every moment what the
 * scenario says. The statements under test find it where devices would have reported it.
 */
import type { AnalysisSignal } from '@sluice/contracts';
import type { DeviceModel, MemoryStore } from '@sluice/rollout/simulator';
import { type FleetStage, type RolloutWorld, strictWave, wholeSuccess } from '@sluice/testkit';
import { createDisruptionBudget, deleteDisruptionBudget } from '../../disruption-budgets/disruption-budgets.ts';
import { stepRollout } from '../step.ts';
import { type TwinScenario, zoneName } from './twin-scenario.ts';

export type TwinFleetParts = {
  world: RolloutWorld;
  scenario: TwinScenario;
  stage: FleetStage;
  /** Epoch milliseconds. */
  start: number;
  /** What the devices run already. */
  releaseBefore: string;
};

const person = { kind: 'person', id: '00000000-0000-7000-8000-000000000001', name: 'Petra', method: 'session' } as const;
const beforeTheEnd = wholeSuccess.filter((state) => state !== 'succeeded');
/** Where a report says what an analysis measures. */
const runtimeFields = { event_loop_lag_ms: 'eventLoopLagMs', messages_per_second: 'messagesPerSecond' } as const;

export class TwinFleet {
  readonly #parts: TwinFleetParts;
  readonly #budgetIds: string[] = [];
  readonly #joined = new Set<string>();

  constructor(parts: TwinFleetParts) {
    this.#parts = parts;
  }

  get #organizationId(): string {
    return this.#parts.world.fleet.organization.id;
  }

  /** Writes the devices as they are at the start, and the budgets over them. */
  async begin(): Promise<void> {
    const { world, scenario, start, releaseBefore } = this.#parts;
    const { devices } = scenario;
    const ids = devices.map(({ id }) => id);
    await world.store.query(
      `UPDATE device v SET labels = s.labels::jsonb, time_zone = s.zone, inventory = v.inventory || s.inventory::jsonb
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS s (id, labels, zone, inventory) WHERE v.id = s.id`,
      [
        ids,
        devices.map(({ site }) => JSON.stringify(this.#labels(site))),
        devices.map(({ zone }) => zoneName(scenario, zone)),
        devices.map(({ zone }) => JSON.stringify({ features: zone === scenario.window?.oldZone ? [] : ['windows'] })),
      ],
    );
    await world.store.query('UPDATE device_desired SET release_id = $2, revision = 1 WHERE device_id = ANY($1::uuid[])', [
      ids,
      releaseBefore,
    ]);
    await world.store.query(
      `INSERT INTO device_observed (device_id, organization_id, revision, running_digest, running_counter, health, health_since, verdict, reported_at)
       SELECT v.id, v.organization_id, 1, l.digest, l.counter, 'healthy', $3, '{"state":"healthy","reasons":[]}', $3
         FROM device v JOIN release l ON l.id = $2 WHERE v.id = ANY($1::uuid[])`,
      [ids, releaseBefore, new Date(start)],
    );
    const late = devices.filter(({ joinsAt }) => joinsAt !== null).map(({ id }) => id);
    await world.store.query('DELETE FROM device_group_member WHERE device_id = ANY($1::uuid[])', [late]);
    for (const { site, maximumUnavailable: count } of scenario.budgets) {
      const budget = { name: `Cell ${site}`, matchLabels: this.#labels(site), maximumUnavailable: { count, unit: 'devices' } } as const;
      const made = await world.store.transaction((tx) => createDisruptionBudget(tx, this.#organizationId, budget, { actor: person }));
      this.#budgetIds.push(made.id);
    }
    const held = devices.filter(({ heldUntil }) => heldUntil !== null).map(({ id }) => id);
    if (held.length > 0) await this.#beginHigher(held);
    await this.sync(start);
  }

  /** Whoever comes next has no budgets: without any, other statements run. */
  async end(): Promise<void> {
    for (const id of this.#budgetIds.splice(0)) {
      await this.#parts.world.store.transaction((tx) => deleteDisruptionBudget(tx, this.#organizationId, id, { actor: person }));
    }
  }

  /** Policies name the site; budgets count this twin's devices only. */
  #labels(site: number): Record<string, string> {
    return { site: `site-${site}`, twin: this.#parts.stage.name };
  }

  async relabel(deviceId: string, site: number): Promise<void> {
    await this.#parts.world.store.query('UPDATE device SET labels = $2 WHERE id = $1', [deviceId, JSON.stringify(this.#labels(site))]);
  }

  /** A rollout of higher priority, of what runs already, has these devices in mid-change. */
  async #beginHigher(deviceIds: readonly string[]): Promise<void> {
    const { world, stage, releaseBefore } = this.#parts;
    const policy = {
      waves: [strictWave({ kind: 'rest' })],
      order: 'name',
      deploymentDeadlineMs: 86_400_000 * 30,
      onBreach: 'pause',
    } as const;
    const other = await world.fleet.addStage(`higher-${stage.name}`, { devices: 0, policy: { ...policy, waves: [...policy.waves] } });
    await world.store.query('INSERT INTO device_group_member (group_id, device_id) SELECT $1, unnest($2::uuid[])', [
      other.groupId,
      deviceIds,
    ]);
    const { id } = await world.promote({ releaseId: releaseBefore, stageId: other.id, priority: 50 });
    await stepRollout(world.store, id, world.step);
    await world.devices.report(deviceIds, beforeTheEnd);
  }

  /** The update by the rollout of higher priority ends. */
  async endHigher(deviceId: string, state: 'succeeded' | 'rolled_back'): Promise<void> {
    await this.#parts.world.devices.report([deviceId], [state]);
  }

  /** Brings to Postgres what devices have said by now, and who has joined. */
  async sync(now: number, model?: MemoryStore): Promise<void> {
    const { world, scenario, stage, start } = this.#parts;
    const { devices, policy } = scenario;
    if (policy.offline !== undefined) {
      await world.store.query(
        `INSERT INTO device_presence (device_id, last_seen_at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])
         ON CONFLICT (device_id) DO UPDATE SET last_seen_at = excluded.last_seen_at`,
        [devices.map(({ id }) => id), devices.map((device) => new Date(lastSeenAt(device, start, now)))],
      );
    }
    if (policy.waves.some(({ analysis }) => analysis !== undefined)) {
      await world.store.query(
        `UPDATE device_observed o SET runtime = s.runtime::jsonb, reported_at = $3 FROM unnest($1::uuid[], $2::text[]) AS s (id, runtime)
          WHERE o.device_id = s.id`,
        [devices.map(({ id }) => id), devices.map((device) => runtimeOf(device, now - start, model)), new Date(now)],
      );
    }
    const joining = devices.filter(({ id, joinsAt }) => joinsAt !== null && now >= start + joinsAt && !this.#joined.has(id));
    if (joining.length === 0) return;
    for (const { id } of joining) this.#joined.add(id);
    await world.store.query('INSERT INTO device_group_member (group_id, device_id) SELECT $1, unnest($2::uuid[])', [
      stage.groupId,
      joining.map(({ id }) => id),
    ]);
  }
}

/** Now, or the beginning of the time in which it is away. */
function lastSeenAt({ offline }: DeviceModel, start: number, now: number): number {
  const since = offline.filter(({ from, to }) => now >= start + from && now < start + to).map(({ from }) => start + from);
  return Math.min(now, ...since);
}

const spikeMs = 600_000;

/** What its runtime reports: other numbers once it is updated, and a spike in every other ten minutes. */
function runtimeOf({ id, measured }: DeviceModel, sinceStart: number, model: MemoryStore | undefined): string {
  const isUpdated = model?.deployments.get(id)?.state === 'succeeded';
  const isSpike = Math.floor(sinceStart / spikeMs) % 2 === 1;
  const numbers = (Object.entries(runtimeFields) as [AnalysisSignal, string][]).flatMap(([signal, field]) => {
    const { before = null, after = null, spike = 0 } = measured[signal] ?? {};
    const thousandths = isUpdated && after !== null ? after + (isSpike ? spike : 0) : isUpdated ? null : before;
    return thousandths === null ? [] : [[field, thousandths / 1_000]];
  });
  return JSON.stringify(Object.fromEntries(numbers));
}

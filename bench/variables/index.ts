import { systemClock } from '@sluice/platform';
import { resolveStageVariables } from '@sluice/store';
import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { createRolloutBenchWorld } from '../rollout/world.ts';
import { median } from '../statistics.ts';
import { createVariablesStage, type VariablesStage } from './world.ts';

const sizes = [1_000, 10_000, 100_000];

/**
 * Resolves the variables of all devices of a stage in SQL, for fleets of several sizes in turn. `growth`: microseconds per device of the largest
 * ÷ of the smallest.
 */
export async function measureVariables({ rounds, devicesMax, say }: BenchmarkOptions): Promise<BenchmarkResult> {
  const world = await createRolloutBenchWorld();
  try {
    const { store } = world;
    const stages: VariablesStage[] = [];
    for (const devices of sizes.filter((size) => size <= Math.max(devicesMax, 1_000)))
      stages.push(await createVariablesStage(world, devices));
    for (const table of ['device', 'device_group', 'device_group_member', 'stage_group', 'variable_version']) {
      await store.query(`VACUUM ANALYZE ${table}`);
    }
    const perDevice = new Map(stages.map(({ devices }) => [devices, [] as number[]]));
    for (let round = -1; round < rounds; round += 1) {
      for (const { organizationId, stageId, devices } of stages) {
        // Small ones many times, so that all are measured for about as long.
        const times = Math.min(20, Math.max(1, Math.round(20_000 / devices)));
        const startedAt = systemClock.monotonic();
        for (let time = 0; time < times; time += 1) {
          const resolved = await resolveStageVariables(store, organizationId, { stageId, revision: null });
          if (resolved.devices !== devices) throw new Error(`${resolved.devices} devices were resolved instead of ${devices}`);
        }
        // The first round warms up.
        if (round >= 0) perDevice.get(devices)?.push(((systemClock.monotonic() - startedAt) * 1_000) / times / devices);
      }
    }
    const micros = [...perDevice].map(([devices, values]) => [devices, median(values)] as const);
    for (const [devices, value] of micros) say(`${devices} devices: ${value.toFixed(2)} µs per device`);
    const figures = Object.fromEntries(micros.map(([devices, value]) => [`microsPerDevice${devices}`, Number(value.toFixed(3))]));
    const growth = (micros.at(-1)?.[1] ?? 0) / (micros[0]?.[1] ?? 1);
    return { figures, ratios: { growth: Number(growth.toFixed(3)) } };
  } finally {
    await world.close();
  }
}

export const variables: Benchmark = {
  name: 'variables',
  summary: 'resolving the variables of a stage, 100,000 devices ÷ 1,000, per device',
  run: measureVariables,
};

/** The plan of a simulated rollout: which of the devices that are there at its start is in which wave. */
import type { DeploymentState } from '@sluice/contracts';
import { orderBack } from '../rollback-policy.ts';
import { orderDevices, planWaves, waveByLabels } from '../wave-plan.ts';
import { isAway } from './offline.ts';
import { type DeviceModel, labelsOf, type Scenario } from './scenario.ts';
import type { StoredDeployment, StoredWave } from './stored.ts';

export interface PlannedFleet {
  readonly waves: StoredWave[];
  readonly deployments: Map<string, StoredDeployment>;
}

/** Plans the waves and makes the deployments, as creating a rollout does. */
export function planFleet(scenario: Scenario, start: number): PlannedFleet {
  const { policy, seed } = scenario;
  const members = scenario.devices.filter(({ joinsAt }) => joinsAt === null);
  const current = members.filter(({ alreadyCurrent }) => alreadyCurrent);
  const away = members.filter((device) => !device.alreadyCurrent && isAway(scenario, device, { start, now: start }));
  const selected = new Map<number, DeviceModel[]>();
  const shared: DeviceModel[] = [];
  for (const device of members.filter((each) => !away.includes(each) && !current.includes(each))) {
    const wave = waveByLabels(policy, { labels: labelsOf(device) });
    if (wave === null) shared.push(device);
    else selected.set(wave, [...(selected.get(wave) ?? []), device]);
  }
  const labeled = shared.map((device) => ({ ...device, labels: labelsOf(device) }));
  const byPolicy = orderDevices(labeled, policy.order, String(seed), policy.spreadBy);
  const unhealthy = scenario.rollback?.unhealthy ?? [];
  const ordered = orderBack(byPolicy.map((device) => ({ ...device, unhealthy: unhealthy.includes(device.id) })));
  const sizes = new Map([...selected].map(([wave, devices]) => [wave, devices.length]));
  const deferred = policy.offline?.action === 'late_wave' ? away : [];
  const excluded = policy.offline?.action === 'exclude' ? away : [];
  const deployments = new Map<string, StoredDeployment>();
  const waves = planWaves(policy, members.length - away.length - current.length, sizes, deferred.length).map(({ index, size, first }) => {
    const counts: Partial<Record<DeploymentState, number>> = {};
    const isByLabels = policy.waves[index]?.size.kind === 'labels';
    const isLate = index === policy.waves.length;
    const placed = isLate ? deferred : isByLabels ? (selected.get(index) ?? []) : ordered.slice(first, first + size);
    const left = index === policy.waves.length - 1 ? [...excluded, ...current] : [];
    for (const device of [...placed, ...left]) {
      const state = left.includes(device) ? 'skipped' : 'scheduled';
      counts[state] = (counts[state] ?? 0) + 1;
      deployments.set(device.id, newDeployment(device.id, index, state));
    }
    return newWave(index, size + left.length, counts);
  });
  return { waves, deployments };
}

/** A deployment of which its device knows nothing yet. */
export function newDeployment(deviceId: string, wave: number, state: DeploymentState): StoredDeployment {
  return {
    deviceId,
    wave,
    state,
    attempt: 0,
    retryAt: null,
    unhealthy: false,
    saidAt: null,
    handedToRollback: false,
    succeededLate: false,
    desired: { revision: 1, target: 'previous' },
  };
}

function newWave(index: number, size: number, counts: Partial<Record<DeploymentState, number>>): StoredWave {
  const times = { startedAt: null, deadlineAt: null, soakStartedAt: null, lastUnhealthyAt: null, analysisStartedAt: null };
  return { index, size, state: 'pending', ...times, gateForced: false, unhealthySucceeded: 0, approvals: 0, measurements: [], counts };
}

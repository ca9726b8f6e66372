/** Which simulated devices are there, and since when the others are not. */
import type { OfflineInput } from '../engine-input.ts';
import { lateWaveOf } from '../late-wave.ts';
import type { DeviceModel, Scenario } from './scenario.ts';
import type { StoredDeployment } from './stored.ts';

/** Epoch milliseconds of the start of the run, and of the moment looked at. */
export interface Moment {
  readonly start: number;
  readonly now: number;
}

/** When a device was last in contact: now, if it is online. */
export function lastSeenAt({ offline }: DeviceModel, { start, now }: Moment): number {
  const since = offline.filter(({ from, to }) => now >= start + from && now < start + to).map(({ from }) => start + from);
  return Math.min(now, ...since);
}

/** Whether a device has been away for as long as the policy waits; never, when it waits for all. */
export function isAway({ policy }: Scenario, device: DeviceModel, moment: Moment): boolean {
  const { offline } = policy;
  return offline !== undefined && offline.action !== 'wait' && lastSeenAt(device, moment) <= moment.now - offline.afterMs;
}

/** States in which a device has not accepted the release. */
export const notAccepted: readonly string[] = ['scheduled', 'queued', 'offered'];

/** What the engine is told about the devices of a wave that are not there. */
export function offlineOf(scenario: Scenario, waiting: readonly StoredDeployment[], wave: number, moment: Moment): OfflineInput {
  const { offline } = scenario.policy;
  const devices = waiting
    .filter(({ state }) => notAccepted.includes(state))
    .flatMap(({ deviceId }) => scenario.devices.filter(({ id }) => id === deviceId));
  const away = devices.filter((device) => isAway(scenario, device, moment));
  const isPatient =
    offline === undefined || offline.action === 'wait' || (offline.action === 'late_wave' && wave === lateWaveOf(scenario.policy));
  const times = isPatient
    ? []
    : devices.filter((device) => !away.includes(device)).map((device) => lastSeenAt(device, moment) + offline.afterMs);
  return { devices: away.length, nextAt: times.length === 0 ? null : Math.min(...times) };
}

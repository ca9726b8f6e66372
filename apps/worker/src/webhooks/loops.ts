import { type DeviceWatchLimits, type Store, watchDevices } from '@sluice/store';
import { type RepeatDeps, repeat } from '../repeat.ts';
import type { WebhookController } from './webhook-controller.ts';

/** When devices count as offline or unhealthy, and how often that is looked at, unless the configuration says otherwise. Milliseconds. */
export const deviceWatchDefault = { offlineAfterMs: 300_000, unhealthyAfterMs: 60_000, intervalMs: 30_000 };

/** A hundred thousand devices that go offline at once take some seconds. */
const LOOK_TIMEOUT_MS = 60_000;

/** Looks for webhooks with something to send until the signal aborts, then waits for what is being sent. */
export async function runWebhookLoop({ controller, ...deps }: RepeatDeps & { controller: WebhookController }): Promise<void> {
  await repeat(deps, 'could not look for webhooks with something to send; trying again', () => controller.sweep(deps.signal));
  await controller.settled();
}

/** Looks for devices that went offline, became unhealthy or recovered, until the signal aborts. */
export function runDeviceWatchLoop({ store, limits, ...deps }: RepeatDeps & { store: Store; limits: DeviceWatchLimits }): Promise<void> {
  const look = () => store.transaction((tx) => watchDevices(tx, limits), { timeoutMs: LOOK_TIMEOUT_MS });
  return repeat(deps, 'could not look for devices in trouble; trying again', look);
}

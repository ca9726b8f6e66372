import type { Clock, Log } from '@sluice/platform';
import { type DeviceWatchLimits, type Store, watchDevices } from '@sluice/store';
import type { WebhookController } from './webhook-controller.ts';

/** A hundred thousand devices that go offline at once take some seconds. */
const LOOK_TIMEOUT_MS = 60_000;

type LoopDeps = { clock: Pick<Clock, 'sleep'>; log: Log; intervalMs: number; signal: AbortSignal };

async function repeat({ clock, log, intervalMs, signal }: LoopDeps, what: string, work: () => Promise<unknown>): Promise<void> {
  let isFailing = false;
  while (!signal.aborted) {
    try {
      await work();
      isFailing = false;
    } catch (error) {
      // Once: a database that is away for an hour shall not fill the log.
      if (!isFailing && !signal.aborted) log.warn({ err: error }, `could not look for ${what}; trying again`);
      isFailing = true;
    }
    await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}

/** Looks for webhooks with something to send until the signal aborts, then waits for what is being sent. */
export async function runWebhookLoop({ controller, ...deps }: LoopDeps & { controller: WebhookController }): Promise<void> {
  await repeat(deps, 'webhooks with something to send', () => controller.sweep(deps.signal));
  await controller.settled();
}

/** Looks for devices that went offline, became unhealthy or recovered, until the signal aborts. */
export async function runDeviceWatchLoop({
  store,
  limits,
  ...deps
}: LoopDeps & { store: Store; limits: DeviceWatchLimits }): Promise<void> {
  await repeat(deps, 'devices in trouble', () => store.transaction((tx) => watchDevices(tx, limits), { timeoutMs: LOOK_TIMEOUT_MS }));
}

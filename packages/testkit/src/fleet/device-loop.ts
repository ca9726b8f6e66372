import { systemClock } from '@sluice/platform/clock';

import { type SimulatedDevices, wholeSuccess } from './simulated-devices.ts';

export type DeviceLoop = {
  /** The rollouts that the devices' reports named, each time they did. */
  hints: string[];
  stop(): Promise<void>;
};

/**
 * Devices that keep asking and answering, one state at a time, whatever becomes of the control plane: what they could not tell they tell
 * again. Time is real here, because the worker under test is.
 */
export function keepDevicesReporting(devices: SimulatedDevices, deviceIds: readonly string[]): DeviceLoop {
  const ending = new AbortController();
  const hints: string[] = [];
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      for (const state of wholeSuccess) {
        await devices.report(deviceIds, [state]).then(
          ({ rolloutIds }) => hints.push(...rolloutIds),
          () => undefined,
        );
        await systemClock.sleep(15, ending.signal).catch(() => undefined);
      }
    }
  };
  const running = run();
  return {
    hints,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** What a pause does to devices that were told of the release and wait for their window by themselves: they are told to wait on. */
import { deploymentStateRules } from '../deployment-states.ts';
import type { Fleet } from './constraints.ts';

/** Tells those devices anew: without a window that opens, or with their windows again. */
export function tellWaiting({ scenario, devices, deployments }: Fleet, { held }: { held: boolean }): void {
  if (scenario.window === null) return;
  for (const deployment of deployments.values()) {
    const { state, deviceId, desired } = deployment;
    const hasBegun = !deploymentStateRules[state].cancellable || deploymentStateRules[state].rank < deploymentStateRules.offered.rank;
    if (hasBegun || devices.get(deviceId)?.zone === scenario.window.oldZone) continue;
    deployment.desired = { revision: desired.revision + 1, target: desired.target, ...(held ? { held } : {}) };
  }
}

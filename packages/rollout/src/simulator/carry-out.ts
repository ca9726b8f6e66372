import type { Decision } from '../decision.ts';
import { notifyDevice } from './fleet.ts';
import type { World } from './world.ts';

/** Carries out one decision and tells the devices whose desired state it changed. False, and nothing changed, when it no longer holds. */
export function carryOut(world: World, decision: Decision, actor: 'engine' | 'person'): boolean {
  const { store, timeline } = world;
  const revisions = new Map([...store.deployments].map(([id, deployment]) => [id, deployment.desired.revision]));
  if (!store.apply(decision, { actor, now: timeline.now(), decidedAt: decision.decidedAt })) return false;
  world.observer.applied(decision);
  for (const device of world.scenario.devices) {
    if (store.deployments.get(device.id)?.desired.revision !== revisions.get(device.id)) notifyDevice(world, device);
  }
  return true;
}

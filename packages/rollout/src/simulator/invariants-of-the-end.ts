/** Invariants of a whole run, looked at when nothing happens any more. */
import type { Finding } from './invariants-of-state.ts';
import { rulesOf, tally, terminalStates } from './oracle.ts';
import type { World } from './world.ts';

export type EndCheck = (world: World) => Finding;

/** 24, 30: a rollout ends if all devices answer or time out, whatever crashed on the way; all its parts end with it. */
export function invariant24RolloutsEnd({ store }: World): Finding {
  if (!['succeeded', 'completed_with_failures', 'failed', 'aborted', 'rejected'].includes(store.rollout.state))
    return `it ended up ${store.rollout.state}`;
  const wave = store.waves.find(({ state }) => !['succeeded', 'failed', 'skipped', 'aborted'].includes(state));
  if (wave !== undefined) return `wave ${wave.index} ended up ${wave.state}`;
  const open = [...store.deployments.values()].find(({ state }) => !terminalStates.includes(state));
  return open === undefined ? null : `${open.deviceId} ended up ${open.state}`;
}

/** 26: the word for the end says what happened, and canceled or superseded devices are never part of a success. */
export function invariant26TheOutcomeIsTrue(world: World): Finding {
  const { rollout } = world.store;
  const { eligible, succeeded } = tally(world, null, { ignoreHealth: true });
  if (rollout.state === 'rejected') return null;
  if (rollout.abort !== null) {
    const word = rollout.abort.cause === 'breach' ? 'failed' : 'aborted';
    return rollout.state === word ? null : `aborted by ${rollout.abort.cause}, but ${rollout.state}`;
  }
  if (rollout.state === 'succeeded') return succeeded === eligible ? null : `succeeded with ${succeeded} of ${eligible}`;
  return rollout.state === 'completed_with_failures' ? null : `not aborted, but ${rollout.state}`;
}

/** 7: what passed early was still a pass when the last device had ended. */
export function invariant07EarlyPassesHold(world: World): Finding {
  for (const wave of world.store.waves) {
    const threshold = rulesOf(world, wave.index)?.threshold;
    if (wave.state !== 'succeeded' || wave.gateForced || threshold === undefined) continue;
    const { eligible, succeeded, failed } = tally(world, wave.index, { ignoreHealth: true });
    const held = 100 * failed <= threshold.errorPercent * eligible && 100 * succeeded >= threshold.successPercent * eligible;
    if (!held) return `wave ${wave.index} passed with ${succeeded} succeeded and ${failed} failed of ${eligible}`;
  }
  return null;
}

/** 14, 29: a rollback takes every device that was changed, once, and no other; without one, none is taken. */
export function invariant14RollbacksTakeTheChanged({ store }: World): Finding {
  const taken = [...store.deployments.values()].filter(({ handedToRollback }) => handedToRollback);
  const changed = [...store.deployments.values()].filter(({ state }) => state === 'succeeded');
  const expected = store.rollout.abort?.rollBack === true ? changed.length : 0;
  if (taken.length !== expected || store.rollout.handedToRollback !== expected) return `${taken.length} of ${expected} devices rolled back`;
  return taken.every(({ state }) => state === 'succeeded') ? null : 'a device that was not changed was rolled back';
}

/** Late success: a device that was heard after its end goes back, by a release it takes, if the release was bad; else it keeps it. */
export function invariantLateSuccessesAreSettled({ store, scenario, committed }: World): Finding {
  const isBad = scenario.purpose === 'update' && (store.rollout.state === 'failed' || store.rollout.abort?.rollBack === true);
  for (const { deviceId, state, desired } of store.deployments.values()) {
    if (!committed.has(deviceId) || !closedBeforeSuccess.includes(state)) continue;
    const expected = isBad ? 'republished' : 'release';
    if (desired.target !== expected) return `${deviceId} succeeded after it was ${state}, and shall run its ${desired.target} release`;
  }
  return null;
}

const closedBeforeSuccess = ['timed_out', 'canceled', 'failed', 'rolled_back', 'rollback_failed', 'rejected'];

/** 11: a device that was never offered the release was never touched; one whose deployment did not succeed shall not run it. */
export function invariant11UntouchedDevicesStayUntouched({ store, committed }: World): Finding {
  const offered = new Set(store.transitions.filter(({ to }) => to === 'offered').map(({ deviceId }) => deviceId));
  for (const { deviceId, state, desired } of store.deployments.values()) {
    if (!offered.has(deviceId) && desired.revision !== 1) return `${deviceId} was never offered and yet touched`;
    if (closedBeforeSuccess.includes(state) && !committed.has(deviceId) && desired.target !== 'previous')
      return `${deviceId} is ${state} and shall still run the release`;
  }
  return null;
}

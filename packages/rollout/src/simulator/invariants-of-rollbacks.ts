/** Invariants of rollbacks, and of what a pause holds. */
import type { RolloutPolicy, WaveSize } from '@sluice/contracts';
import type { EngineStep } from '../decision.ts';
import type { EngineInput } from '../engine-input.ts';
import type { Finding } from './invariants-of-state.ts';
import { beforeTheChange } from './oracle.ts';
import type { World } from './world.ts';

/** 14: a rollback is staged by the words of the policy that it takes back, has a gate that pauses, and nothing that would keep it waiting. */
export function invariant14RollbacksAreStaged({ scenario }: World): Finding {
  const { policy, rollback } = scenario;
  if (rollback === undefined) return null;
  const { waves, onBreach, approval, window, offline, membership, deploymentDeadlineMs, rate } = policy;
  const asked = rollback.of.rollback;
  const sizes = JSON.stringify(waves.map(({ size }) => size));
  const wanted = JSON.stringify(asked?.waves ?? wavesByDefault(rollback.of));
  if (sizes !== wanted) return `a rollback in waves of ${sizes} instead of ${wanted}`;
  if (onBreach !== 'pause') return `a rollback that would ${onBreach}`;
  const held = [approval, window, offline, membership, ...waves.flatMap((wave) => [wave.approval, wave.analysis])];
  if (held.some((part) => part !== undefined)) return 'a rollback waits for more than its devices';
  if (waves.some(({ threshold }) => threshold.errorPercent !== (asked?.errorPercent ?? 20))) return 'a rollback with another gate';
  if (waves.some(({ soakMs }) => soakMs !== (asked?.soakMs ?? 0))) return 'a rollback that soaks for longer than it is asked to';
  const isRate = JSON.stringify(rate) === JSON.stringify(asked?.rate ?? rollback.of.rate);
  return isRate && deploymentDeadlineMs === rollback.of.deploymentDeadlineMs
    ? null
    : 'a rollback at another rate, or with another deadline';
}

function wavesByDefault({ waves }: RolloutPolicy): WaveSize[] {
  const size = waves[0]?.size ?? { kind: 'rest' };
  if (size.kind === 'labels') return [{ kind: 'percent', percent: 10 }, { kind: 'rest' }];
  return size.kind === 'rest' || (size.kind === 'percent' && size.percent === 100) ? [{ kind: 'rest' }] : [size, { kind: 'rest' }];
}

/** Of those that go back nobody who is well comes before somebody who is not. */
export function invariantTheUnhealthyGoBackFirst({ store, scenario }: World): Finding {
  if (scenario.rollback === undefined) return null;
  const { unhealthy } = scenario.rollback;
  const placed = [...store.deployments.values()].filter(({ state }) => state === 'scheduled');
  const last = Math.max(-1, ...placed.filter(({ deviceId }) => unhealthy.includes(deviceId)).map(({ wave }) => wave));
  const early = placed.find(({ deviceId, wave }) => wave < last && !unhealthy.includes(deviceId));
  return early === undefined ? null : `${early.deviceId} is well and goes back in wave ${early.wave}, somebody who is not in wave ${last}`;
}

/** No freeze and no hold keeps a rollback from healing devices. */
export function invariantRollbacksAreNotHeld({ scenario }: World, _: EngineInput, { blockers }: EngineStep): Finding {
  if (scenario.purpose !== 'rollback') return null;
  const held = blockers.find(({ code }) => code === 'frozen' || code === 'held');
  return held === undefined ? null : `a rollback is ${held.code}`;
}

/** A pause holds the devices that wait for their window, as far as they can hear of it; and nobody afterwards. */
export function invariantPausesHoldWhoWaits({ store, scenario, switches }: World): Finding {
  const left = [...store.deployments.values()].find(({ state, desired }) => desired.held === true && beforeTheChange.includes(state));
  if (store.rollout.state === 'running' && left !== undefined) return `${left.deviceId} is still held`;
  const begun = switches.find(
    ({ device, whilePaused }) => whilePaused && scenario.window !== null && device.zone !== scenario.window.oldZone,
  );
  return begun === undefined ? null : `${begun.device.id} changed itself during a pause that it knew of`;
}

/** What people do to a rollout and to its devices, planned or at the worst moment. */
import { assertNever } from '../assert-never.ts';
import { decideRequest, type RolloutRequest } from '../request.ts';
import { carryOut } from './carry-out.ts';
import type { PersonAct } from './scenario.ts';
import { countFault, type World } from './world.ts';

/** A person's request: one transaction that reads, decides and writes. False when it was refused. */
export function requestByPerson(world: World, request: RolloutRequest): boolean {
  const { pause } = world.store.rollout;
  const outcome = decideRequest(world.store.read(world.timeline.now()), request);
  if (outcome.outcome === 'refused') return false;
  for (const decision of outcome.decisions) {
    if (decision.kind === 'force_gate') countFault(world, 'person_forced_a_gate');
    if (request === 'advance') countFault(world, decision.kind === 'start_wave' ? 'person_forced_a_start' : 'person_forced_a_wave');
    carryOut(world, decision, 'person');
  }
  world.observer.requested(request, pause);
  world.hint();
  return true;
}

/** One act of the scenario. */
export function actByPerson(world: World, act: PersonAct): void {
  const now = world.timeline.now();
  switch (act.kind) {
    case 'request':
      countFault(world, `person_${act.request}`);
      requestByPerson(world, act.request);
      return;
    case 'device':
      countFault(world, `device_${act.command}`);
      world.store.command(act.command, act.deviceId, { actor: 'person', now, decidedAt: now });
      return;
    case 'relabel':
      countFault(world, 'device_relabel');
      world.relabelled.set(act.deviceId, act.site);
      world.store.relabel(act.deviceId, act.site);
      return;
    case 'edit_policy':
      countFault(world, 'policy_edited');
      world.store.editPolicy(act.policy);
      return;
    default:
      assertNever(act);
  }
}

/** Between the reading and the writing of a controller, what it has read becomes old. */
export function meddle(world: World): void {
  const { random, scenario, timeline } = world;
  if (!random.chance(scenario.meddlePercent)) return;
  countFault(world, 'person_meddled');
  const at = timeline.now();
  if (scenario.devices.length > 0 && random.chance(30)) {
    const { id: deviceId } = random.pick(scenario.devices);
    const relabel = { at, kind: 'relabel', deviceId, site: random.integer(0, 2) } as const;
    actByPerson(world, random.chance(50) ? relabel : { at, kind: 'device', command: 'remove', deviceId });
  } else {
    const isAborting = world.store.rollout.state === 'aborting';
    const request = isAborting
      ? 'roll_back'
      : random.pick(['pause', 'pause', 'resume', 'resume', 'advance', 'abort', 'roll_back'] as const);
    actByPerson(world, { at, kind: 'request', request });
  }
}

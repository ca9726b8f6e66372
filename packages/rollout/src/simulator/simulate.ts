import type { RolloutState, WaveState } from '@sluice/contracts';
import type { Decision } from '../decision.ts';
import { createController } from './controller.ts';
import { createWatch, type Violation, type Watch } from './invariants.ts';
import { MemoryStore } from './memory-store.ts';
import { actByPerson, requestByPerson } from './people.ts';
import { createRandom } from './random.ts';
import { randomScenario } from './random-scenario.ts';
import type { Scenario } from './scenario.ts';
import type { StoredDeployment, Transition } from './stored.ts';
import { createTimeline } from './timeline.ts';
import { countFault, type World } from './world.ts';

/** 2026-01-01T00:00:00Z: where virtual time starts. */
const start = 1_767_225_600_000;
const virtualDaysMax = 10;
/** A defect that never ends shall not keep a test: for a fleet of random size, and besides for each device. */
const stepsMax = { fleet: 5_000, device: 300 };

export interface SimulationResult {
  readonly seed: number;
  readonly scenario: Scenario;
  /** Virtual epoch milliseconds. */
  readonly startedAt: number;
  readonly outcome: RolloutState;
  readonly waves: readonly WaveState[];
  readonly deployments: readonly Readonly<StoredDeployment>[];
  readonly transitions: readonly Transition[];
  readonly decisions: readonly Decision[];
  readonly violations: readonly Violation[];
  readonly steps: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Virtual milliseconds from the start to the last event. */
  readonly durationMs: number;
}

/** Runs the random scenario of a seed, over a fleet of so many devices if that is given. The same seed gives the same run. */
export function simulateSeed(seed: number, options: { readonly devices?: number } = {}): SimulationResult {
  return simulate(randomScenario(seed, options));
}

/** Runs one scenario to its end and checks the invariants after every step. */
export function simulate(scenario: Scenario): SimulationResult {
  const decisions: Decision[] = [];
  const { world, watch } = createWorld(scenario, decisions);
  for (const act of scenario.people) {
    world.timeline.after(act.at, () => {
      actByPerson(world, act);
      world.hint();
    });
  }
  answerPauses(world);
  answerApprovals(world);
  const most = stepsMax.fleet + stepsMax.device * Math.max(0, scenario.devices.length - 24);
  let steps = 0;
  while (steps < most && world.timeline.now() - start < virtualDaysMax * 86_400_000 && world.timeline.step()) {
    steps += 1;
    watch.stepped(world);
  }
  watch.ended(world);
  const { store } = world;
  return {
    seed: scenario.seed,
    scenario,
    startedAt: start,
    outcome: store.rollout.state,
    waves: store.waves.map(({ state }) => state),
    deployments: [...store.deployments.values()],
    transitions: store.transitions,
    decisions,
    violations: watch.violations,
    steps,
    faults: Object.fromEntries(world.faults),
    durationMs: world.timeline.now() - start,
  };
}

function createWorld(scenario: Scenario, decisions: Decision[]): { world: World; watch: Watch } {
  const timeline = createTimeline(start);
  const random = createRandom(scenario.seed ^ 0x5eed);
  const world: World = {
    scenario,
    start,
    timeline,
    random,
    store: new MemoryStore(scenario, start),
    unhealthySpans: [],
    committed: new Set(),
    relabelled: new Map(),
    arrived: new Map(),
    switches: [],
    faults: new Map(),
    observer: {
      decided: (input, step) => watch.decided(world, input, step),
      applied: (decision) => {
        decisions.push(decision);
        watch.applied(world, decision);
      },
      requested: (request, pause) => watch.requested(world, request, pause),
      reported: (observation) => watch.reported(world, observation),
    },
    hint: () => {
      if (random.chance(scenario.loseHintPercent)) countFault(world, 'hint_lost');
      else timeline.after(random.integer(0, 500), () => random.pick(controllers).look());
    },
    sweepLater: () => timeline.after(scenario.sweepMs, () => random.pick(controllers).look()),
  };
  const watch = createWatch(world);
  const controllers = Array.from({ length: scenario.controllers }, () => createController(world));
  const sweep = (): void => {
    for (const controller of controllers) controller.look();
    if (!isOver(world)) timeline.after(scenario.sweepMs, sweep);
  };
  sweep();
  return { world, watch };
}

/** A person looks now and then whether the rollout is paused, and decides how it goes on. */
function answerPauses(world: World): void {
  const { random, scenario, store, timeline } = world;
  const look = (): void => {
    if (store.rollout.state === 'paused') {
      requestByPerson(world, random.chance(scenario.resumePercent) ? 'resume' : random.pick(['abort', 'roll_back'] as const));
    }
    if (!isOver(world)) timeline.after(random.integer(1, 60) * 60_000, look);
  };
  timeline.after(random.integer(1, 60) * 60_000, look);
}

/** People look now and then what waits for an approval: most approve, some say no. */
function answerApprovals(world: World): void {
  const { random, scenario, store, timeline } = world;
  const look = (): void => {
    const isPending = store.rollout.state === 'pending_approval';
    const waiting = store.waves.find(({ state }) => state === 'awaiting_gate');
    if (isPending || waiting !== undefined) {
      const refused = !random.chance(scenario.approvePercent);
      countFault(world, refused ? 'person_rejected' : 'person_approved');
      if (refused) requestByPerson(world, isPending ? 'reject' : 'abort');
      else store.approve(isPending ? null : (waiting?.index ?? null));
      world.hint();
    }
    if (!isOver(world)) timeline.after(random.integer(1, 20) * 60_000, look);
  };
  timeline.after(random.integer(1, 20) * 60_000, look);
}

function isOver({ store }: World): boolean {
  return ['succeeded', 'completed_with_failures', 'failed', 'aborted', 'rejected'].includes(store.rollout.state);
}

/**
 * A controller as the worker runs one, at its worst: it reads without a lock, takes its time before each write, and may crash between any
 * two of them. What it has read is then old. The compare-and-set of the decisions alone must keep it right.
 */
import type { Decision } from '../decision.ts';
import { decide } from '../engine.ts';
import { carryOut } from './carry-out.ts';
import { meddle } from './people.ts';
import { countFault, type World } from './world.ts';

export interface Controller {
  /** Looks at the rollout now, or again once it has finished what it is doing. */
  look(): void;
}

/** Makes a controller that lives in the world until the rollout ends. */
export function createController(world: World): Controller {
  let busy = false;
  let again = false;
  let timerAt: number | null = null;

  const look = (): void => {
    if (busy) {
      again = true;
      return;
    }
    world.store.sendLateSuccessesBack();
    world.store.join(world.timeline.now());
    const input = world.store.read(world.timeline.now());
    const step = decide(input);
    world.observer.decided(input, step);
    if (step.nextTimerAt !== null) wakeAt(step.nextTimerAt);
    if (step.decisions.length === 0) return;
    busy = true;
    writeNext(step.decisions);
  };

  const wakeAt = (at: number): void => {
    if (timerAt !== null && timerAt <= at && timerAt > world.timeline.now()) return;
    timerAt = at;
    world.timeline.after(at - world.timeline.now(), look);
  };

  const finish = (delayMs: number): void => {
    busy = false;
    again = false;
    world.timeline.after(delayMs, look);
  };

  const writeNext = (decisions: readonly Decision[]): void => {
    const [first, ...rest] = decisions;
    if (first === undefined) {
      finish(0);
      return;
    }
    const { random, scenario, timeline } = world;
    timeline.after(random.integer(0, scenario.writeDelayMaxMs), () => {
      if (random.chance(scenario.crashPercent)) {
        countFault(world, 'controller_crashed');
        return finish(random.integer(1, 60_000));
      }
      meddle(world);
      if (!carryOut(world, first, 'engine')) {
        countFault(world, 'controller_overtaken');
        return finish(1);
      }
      writeNext(rest);
    });
  };

  return {
    look: () => {
      look();
      if (again && !busy) look();
    },
  };
}

// INVARIANTS
// 1. At most one runtime process of this agent runs; a new one is started only when the old one is gone.
// 2. What shall run (`wanted`) runs, or is started again with growing delays, for as long as the agent lives: no network is needed.
// 3. Switching and restarting exclude each other.
import type { RunningFlows, RuntimeHealth } from '@sluice/contracts';
import { describeError } from '../errors.ts';
import type { RuntimeSample } from '../health/evaluate.ts';
import type { Installation } from '../install/installation.ts';
import type { Clock, Log, Random } from '../ports/index.ts';
import { type CrashHistory, type CrashPolicy, isCrashLoop, noteCrash, restartDelayMs } from './crash-policy.ts';
import type { HotApplied, RunningRuntime, RuntimeDriver } from './driver.ts';

export type SupervisorDeps = {
  driver: RuntimeDriver;
  clock: Clock;
  random: Random;
  log: Log;
  crashPolicy: CrashPolicy;
  onCrash: (detail: { deaths: number; message: string }) => void;
  /** The wanted installation keeps dying. Called once per history. */
  onCrashLoop: (installation: Installation) => void;
};

export type Supervisor = {
  /**
   * Takes over what runs already if it is the wanted one; ends anything else. The wanted one is started as soon as `run` is called.
   * @param alsoKept name of an installation that the agent before this one was switching to in place: the switch is done again anyway
   */
  boot(wanted: Installation | null, alsoKept: string | null): Promise<void>;
  /** Ends what runs, lets `between` move the links, and starts the next one. Resolves when its process exists. */
  replace(next: Installation | null, between: () => Promise<void>): Promise<void>;
  applyHot(next: Installation): Promise<HotApplied>;
  /** Makes sure that the wanted one runs, without touching it if it does. */
  ensure(wanted: Installation | null): Promise<void>;
  /** What a probation looks at: ends are counted since the switch. */
  sample(): RuntimeSample;
  /** What normal operation looks at: only the ends of the last minutes count. */
  recentSample(): RuntimeSample;
  health(): RuntimeHealth | null;
  /**
   * The flows that run and the name of the installation they belong to; null when no runtime is up.
   * @throws when it is up and cannot be asked, or was switched meanwhile
   */
  runningFlows(key: string): Promise<{ installation: string; flows: RunningFlows } | null>;
  wanted(): Installation | null;
  run(signal: AbortSignal): Promise<void>;
  /** Ends the runtime, or lets it live on without this agent. */
  close(runtime: 'keep' | 'stop'): Promise<void>;
};

const tickMs = 250;
const healthTicks = 8;
const logTicks = 240;

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { driver, clock } = deps;
  let wanted: Installation | null = null;
  let running: RunningRuntime | undefined;
  let crashes = 0;
  let crashDetail: string | null = null;
  let history: CrashHistory = [];
  let loopTold = false;
  let restartAt = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };

  const forgetCrashes = (): void => {
    crashes = 0;
    crashDetail = null;
    history = [];
    loopTold = false;
    restartAt = 0;
  };
  const stopRunning = async (): Promise<void> => {
    if (running === undefined) return;
    await driver.stop(running);
    running = undefined;
  };
  const want = async (next: Installation | null): Promise<void> => {
    wanted = next;
    forgetCrashes();
    if (next !== null) running = await driver.start(next);
  };
  const noteDeath = async (message: string): Promise<void> => {
    running = undefined;
    crashes += 1;
    history = noteCrash(history, clock.monotonic(), deps.crashPolicy);
    restartAt = clock.monotonic() + restartDelayMs(history, deps.random);
    crashDetail = (await driver.takeCrashDetail()) ?? message;
    deps.log.warn({ deaths: history.length, detail: crashDetail }, 'the runtime ended by itself');
    deps.onCrash({ deaths: history.length, message: crashDetail });
    if (wanted === null || loopTold || !isCrashLoop(history, deps.crashPolicy)) return;
    loopTold = true;
    deps.onCrashLoop(wanted);
  };
  const look = async (): Promise<void> => {
    if (running !== undefined && !(await driver.isAlive(running))) await noteDeath('It left no message; see its log.');
    if (running !== undefined || wanted === null || clock.monotonic() < restartAt) return;
    try {
      running = await driver.start(wanted);
    } catch (error) {
      await noteDeath(describeError(error));
    }
  };

  const sampleWith = (ends: number): RuntimeSample => ({
    alive: running !== undefined,
    health: running === undefined ? null : driver.health(),
    crashes: ends,
    crashDetail,
  });

  return {
    boot: (next, alsoKept) =>
      inTurn(async () => {
        running = await driver.adopt();
        wanted = next;
        const isKept = next !== null && (running?.installation === next.name || running?.installation === alsoKept);
        if (running !== undefined && !isKept) await stopRunning();
        else if (running !== undefined) deps.log.info({ pid: running.process.pid }, 'took over the running runtime');
      }),
    replace: (next, between) =>
      inTurn(async () => {
        await stopRunning();
        wanted = null;
        await between();
        await want(next);
      }),
    applyHot: (next) =>
      inTurn(async () => {
        if (running === undefined) throw new Error('no runtime runs');
        const applied = await driver.applyHot(running, next);
        running = { ...running, installation: next.name };
        wanted = next;
        forgetCrashes();
        return applied;
      }),
    ensure: (next) =>
      inTurn(async () => {
        if (running !== undefined && running.installation !== next?.name) await stopRunning();
        if (wanted?.name !== next?.name) forgetCrashes();
        wanted = next;
        if (running === undefined && next !== null) running = await driver.start(next);
      }),
    sample: () => sampleWith(crashes),
    recentSample: () => {
      const now = clock.monotonic();
      return sampleWith(history.filter((at) => now - at < deps.crashPolicy.windowMs).length);
    },
    health: () => (running === undefined ? null : driver.health()),
    runningFlows: async (key) => {
      if (running === undefined) return null;
      const { installation } = running;
      const flows = await driver.runningFlows(key);
      // A switch takes its turn without waiting for this: then nobody knows whose flows these are.
      if (running?.installation !== installation) throw new Error('the runtime was switched meanwhile');
      return { installation, flows };
    },
    wanted: () => wanted,
    run: async (signal) => {
      for (let tick = 0; !signal.aborted; tick += 1) {
        await inTurn(look).catch((error: unknown) => deps.log.error({ error: describeError(error) }, 'could not look after the runtime'));
        if (tick % healthTicks === 0) driver.askHealth();
        if (tick % logTicks === 0) await driver.rotateLog().catch(() => undefined);
        await clock.sleep(tickMs, signal).catch(() => undefined);
      }
    },
    close: (runtime) =>
      inTurn(async () => {
        wanted = null;
        if (runtime === 'stop') await stopRunning();
        else driver.detach();
      }),
  };
}

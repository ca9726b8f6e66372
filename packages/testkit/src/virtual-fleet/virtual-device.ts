// Three loops, as in an agent: one asks what to run, one carries it out, one delivers reports. None ends before the device is stopped.
import type { Assignment, DesiredResponse, InstalledRelease, RuntimeHealth } from '@sluice/contracts';
import type { Clock } from '@sluice/platform/clock';
import type { Random } from '@sluice/platform/random';
import { type RetryPolicy, retry, retryDelayMs } from '@sluice/platform/retry';
import { TrustError } from '@sluice/trust';
import type { BehaviourOf } from './behaviour.ts';
import { createDeviceCalls, type DeviceCalls } from './device-calls.ts';
import { type DeviceHttp, DeviceHttpError } from './device-http.ts';
import { createDeviceMemory, type DeviceMemory } from './device-memory.ts';
import { createDeviceSession } from './device-session.ts';
import { enroll } from './enrollment.ts';
import { type IntakeDeps, takeIn } from './intake.ts';
import { type MeasureOf, measurementsOf } from './measurements.ts';
import { createReportSpool, type ReportSpool, type UnsequencedReport } from './report-spool.ts';
import { carryOut } from './update.ts';
import { createWakeUp } from './wake-up.ts';

export type VirtualDeviceOptions = {
  index: number;
  name: string;
  enrollmentCode: string;
  behaviour: BehaviourOf;
  measure: MeasureOf;
  /** How often it reports its health while nothing changes, in milliseconds. */
  healthEveryMs: number;
  /** How long each step of an update takes on average, in milliseconds. */
  paceMs: number;
  /** How long the control plane may hold a question for news, in seconds. */
  waitSeconds: number;
  retryPolicy: RetryPolicy;
  http: DeviceHttp;
  clock: Clock;
  random: Random;
  onAcknowledged: (deviceId: string, reports: ReturnType<ReportSpool['acknowledge']>) => void;
};

/** A device of a virtual fleet, seen from outside. */
export type VirtualDevice = {
  readonly index: number;
  readonly name: string;
  /** Undefined until the device has enrolled. */
  id(): string | undefined;
  running(): InstalledRelease | null;
  /** The last answer, when it was no success: the device goes on asking. */
  problem(): { status: number; code: string } | undefined;
  /** How many reports wait to be acknowledged. */
  waitingReports(): number;
};

/** Quicker than this, "nothing new" was no long poll. */
const heldMsMin = 1_000;

class Device implements VirtualDevice {
  readonly index: number;
  readonly name: string;
  readonly #options: VirtualDeviceOptions;
  readonly #memory: DeviceMemory = createDeviceMemory();
  readonly #spool = createReportSpool();
  readonly #reportsWait = createWakeUp();
  readonly #assigned = createWakeUp();
  #identity: IntakeDeps['identity'] | undefined;
  #problem: DeviceHttpError | undefined;
  #next: Assignment | undefined;
  /** When what runs now was started. */
  #startedAt = 0;

  constructor(options: VirtualDeviceOptions) {
    this.index = options.index;
    this.name = options.name;
    this.#options = options;
  }

  id = (): string | undefined => this.#identity?.deviceId;
  running = (): InstalledRelease | null => this.#memory.running;
  problem = (): { status: number; code: string } | undefined => this.#problem;
  waitingReports = (): number => this.#spool.size();

  /** Lives until the signal aborts. */
  async live(signal: AbortSignal): Promise<void> {
    const { http, clock, enrollmentCode } = this.#options;
    const calls = createDeviceCalls(http, signal);
    const memory = this.#memory;
    this.#identity ??= await this.#patiently(signal, () => enroll(calls, memory, { code: enrollmentCode, name: this.name }));
    const identity = this.#identity;
    const session = createDeviceSession({
      calls,
      clock,
      deviceId: identity.deviceId,
      privateKey: memory.signingKey.privateKey,
      onEpoch: (epoch) => {
        // Revisions are counted anew in each epoch of the identity.
        if (epoch > memory.epoch) Object.assign(memory, { epoch, revision: 0, reconciledRevision: 0 });
      },
    });
    const deps: IntakeDeps = { calls, session, memory, clock, identity };
    this.#reportHealth();
    await Promise.all([this.#poll(deps, signal), this.#work(deps, signal), this.#deliver(calls, deps, signal), this.#watch(signal)]);
  }

  /** Tries until it works. What does not verify is no trouble of the network and comes back as what it is. */
  #patiently<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const { clock, random, retryPolicy } = this.#options;
    return retry(() => this.#noting(call), {
      clock,
      random,
      policy: retryPolicy,
      signal,
      isRetryable: (error) => !(error instanceof TrustError),
      retryAfterMs: (error) => (error instanceof DeviceHttpError ? error.retryAfterMs : undefined),
    });
  }

  async #noting<T>(call: () => Promise<T>): Promise<T> {
    try {
      const result = await call();
      this.#problem = undefined;
      return result;
    } catch (error) {
      if (error instanceof DeviceHttpError) this.#problem = error;
      throw error;
    }
  }

  /** Runs one round again and again; after a failure it waits longer and longer. */
  async #loop(signal: AbortSignal, round: () => Promise<void>): Promise<void> {
    const { clock, random, retryPolicy } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#noting(round);
        failures = 0;
      } catch (error) {
        failures += 1;
        const retryAfterMs = error instanceof DeviceHttpError ? error.retryAfterMs : undefined;
        await clock.sleep(retryDelayMs(failures, retryPolicy, { random, retryAfterMs }), signal).catch(() => undefined);
      }
    }
  }

  #poll(deps: IntakeDeps, signal: AbortSignal): Promise<void> {
    const { clock, random, waitSeconds } = this.#options;
    let etag: string | undefined;
    let pollAfterMs = heldMsMin;
    return this.#loop(signal, async () => {
      const begun = clock.monotonic();
      const answer = await deps.session.withToken((token) => deps.calls.desired(token, { etag, waitSeconds }));
      if (answer === 'unchanged') {
        if (clock.monotonic() - begun < heldMsMin) await clock.sleep(pollAfterMs * (0.5 + random.fraction()), signal);
        return;
      }
      pollAfterMs = Math.max(heldMsMin, answer.desired.pollAfterMs);
      const refused = await this.#take(deps, answer.desired);
      etag = answer.etag;
      if (refused || etag === undefined) await clock.sleep(pollAfterMs, signal);
    });
  }

  /** @returns whether it was refused */
  async #take(deps: IntakeDeps, { assignment: envelope, revision }: DesiredResponse): Promise<boolean> {
    if (envelope === null) return false;
    try {
      const assignment = await takeIn(deps, envelope);
      if (assignment.revision === this.#memory.reconciledRevision) return false;
      this.#next = assignment;
      this.#assigned.ring();
      return false;
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      this.#report({ kind: 'refusal', at: this.#at(), code: error.code, detail: error.message, revision });
      return true;
    }
  }

  async #work(deps: IntakeDeps, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#assigned.wait(signal);
      const assignment = this.#next;
      this.#next = undefined;
      if (assignment !== undefined && assignment.revision > this.#memory.reconciledRevision) await this.#update(deps, assignment, signal);
    }
  }

  async #update(deps: IntakeDeps, assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { behaviour, index, name, clock, random, paceMs } = this.#options;
    const { deploymentId, attempt } = assignment;
    const before = this.#memory.running;
    this.#memory.reconciledRevision = assignment.revision;
    const finished = await carryOut(
      {
        ...deps,
        behaviour: behaviour({ index, name, id: deps.identity.deviceId }, assignment),
        report: (progress) => {
          if (deploymentId === null) return;
          this.#report({ kind: 'deployment', at: this.#at(), deploymentId, attempt: Math.max(1, attempt), ...progress });
        },
        patiently: (call) => this.#patiently(signal, call),
        pace: () => (paceMs > 0 ? clock.sleep(paceMs * (0.5 + random.fraction()), signal) : Promise.resolve()),
        isSuperseded: () => this.#next !== undefined && this.#next.revision > assignment.revision,
      },
      assignment,
    );
    if (!finished) return;
    if (before !== this.#memory.running) this.#startedAt = clock.now();
    this.#reportHealth();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, random, healthEveryMs } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(healthEveryMs * (0.5 + random.fraction()), signal).catch(() => undefined);
      if (!signal.aborted && this.#memory.running !== null) this.#reportHealth();
    }
  }

  #deliver(calls: DeviceCalls, { session, identity }: IntakeDeps, signal: AbortSignal): Promise<void> {
    return this.#loop(signal, async () => {
      const batch = this.#spool.nextBatch();
      if (batch.length === 0) return this.#reportsWait.wait(signal);
      const { acknowledged } = await session.withToken((token) => calls.reports(batch, token));
      const durable = this.#spool.acknowledge(acknowledged);
      this.#options.onAcknowledged(identity.deviceId, durable);
      if (durable.length < batch.length) throw new Error(`the control plane acknowledged ${durable.length} of ${batch.length} reports`);
    });
  }

  #reportHealth(): void {
    const { running, previous, reconciledRevision: revision } = this.#memory;
    const verdict = { state: running === null ? ('unknown' as const) : ('healthy' as const), reasons: [] };
    this.#report({ kind: 'health', at: this.#at(), revision, running, previous, verdict, runtime: this.#measured() });
  }

  #measured(): RuntimeHealth | null {
    const { index, name, clock, measure } = this.#options;
    const { running } = this.#memory;
    return running === null ? null : measurementsOf({ index, name, running, uptimeMs: clock.now() - this.#startedAt }, this.#at(), measure);
  }

  #report(report: UnsequencedReport): void {
    this.#spool.add(report);
    this.#reportsWait.ring();
  }

  #at(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}

/** Makes a device that does nothing until `live` is called. */
export function createVirtualDevice(options: VirtualDeviceOptions): VirtualDevice & { live(signal: AbortSignal): Promise<void> } {
  return new Device(options);
}

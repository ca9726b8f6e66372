/**
 * Postgres in miniature: rollout, waves, deployments and desired states, changed only by decisions, reports and commands, each an atomic
 * write with compare-and-set. The SQL controller carries out the same semantics. INVARIANTS
 * - A write whose expectations no longer hold changes nothing and says so.
 * - Counters are kept in the same write as the deployments; nothing recounts them.
 */
import type { DeploymentState, RolloutPolicy, RolloutState, WaveState } from '@sluice/contracts';
import type { Decision } from '../decision.ts';
import { type DeploymentReport, nextDeploymentState, type ReportOutcome } from '../deployment-report.ts';
import { type DeploymentCommand, deploymentCommands } from '../deployment-states.ts';
import type { EngineInput } from '../engine-input.ts';
import { answerLateSuccess, isLateSuccess, sendsLateSuccessesBack } from '../late-success.ts';
import { lateWaveOf } from '../late-wave.ts';
import { type Fleet, freezeAt, holdAt, isHeld, offerableDevices, offerableOf } from './constraints.ts';
import { analysisOf } from './measuring.ts';
import { isAway, notAccepted, offlineOf } from './offline.ts';
import { tellWaiting } from './pausing.ts';
import { newDeployment, planFleet } from './plan-fleet.ts';
import type { Scenario } from './scenario.ts';
import {
  authorship,
  type DesiredTarget,
  isClosedWithoutSuccess,
  isPassed,
  isUnderWay,
  mayTakeIn,
  type StoredDeployment,
  type StoredRollout,
  type StoredWave,
  type Transition,
  type Write,
} from './stored.ts';

export class MemoryStore {
  readonly scenario: Scenario;
  readonly rollout: StoredRollout;
  readonly waves: readonly StoredWave[];
  readonly deployments: Map<string, StoredDeployment>;
  readonly transitions: Transition[] = [];
  /** How often somebody tried to change something: nothing is different as long as this is the same. */
  writes = 0;
  readonly fleet: Fleet;
  /** The policy of the stage, which people may edit at any time. The rollout has a copy. */
  stagePolicy: { readonly policy: RolloutPolicy; readonly version: number };

  /** Plans the waves and creates the deployments, as creating a rollout does. */
  constructor(scenario: Scenario, start: number) {
    this.scenario = scenario;
    this.stagePolicy = { policy: scenario.policy, version: scenario.policyVersion };
    const startAt = scenario.startAt === null ? null : start + scenario.startAt;
    this.rollout = {
      state: scenario.policy.approval === undefined ? 'scheduled' : 'pending_approval',
      startAt,
      startedAt: null,
      pause: null,
      abort: null,
      handedToRollback: 0,
      approvals: 0,
      offers: { offered: 0, minuteStartedAt: null, inMinute: 0 },
    };
    const { waves, deployments } = planFleet(scenario, start);
    this.waves = waves;
    this.deployments = deployments;
    this.fleet = { scenario, start, devices: new Map(scenario.devices.map((device) => [device.id, device])), deployments };
  }

  /** What the engine sees: counts only. A copy, which may grow old. */
  read(now: number): EngineInput {
    const { policy, policyVersion, purpose } = this.scenario;
    const waves = this.waves.map((wave) => ({
      ...wave,
      counts: { ...wave.counts },
      offerable: offerableOf(this.fleet, wave.index, now),
      offline: offlineOf(this.scenario, this.#of(wave.index), wave.index, { start: this.fleet.start, now }),
      analysis: analysisOf(this.fleet, wave, now),
    }));
    return {
      policy,
      policyVersion,
      rollout: { ...this.rollout, purpose, freeze: freezeAt(this.fleet, now), hold: holdAt(this.fleet, now) },
      waves,
      now,
    };
  }

  #of(wave: number): readonly StoredDeployment[] {
    return [...this.deployments.values()].filter((deployment) => deployment.wave === wave);
  }

  /** Devices that have joined since the plan go to the late wave when its turn has come, before it starts. */
  join(now: number): void {
    const { policy, devices } = this.scenario;
    const late = lateWaveOf(policy);
    const wave = late === null || policy.membership !== 'continuous' ? undefined : this.waves[late];
    if (wave === undefined || this.rollout.state !== 'running' || !mayTakeIn(wave)) return;
    if (this.waves.some((other) => other !== wave && !isPassed(other))) return;
    for (const device of devices) {
      if (device.joinsAt === null || now < this.fleet.start + device.joinsAt || this.deployments.has(device.id)) continue;
      this.writes += 1;
      this.deployments.set(device.id, newDeployment(device.id, wave.index, 'scheduled'));
      wave.size += 1;
      wave.counts.scheduled = (wave.counts.scheduled ?? 0) + 1;
    }
  }

  #setAside(decision: Extract<Decision, { kind: 'set_aside' }>, write: Write): boolean {
    const { scenario, fleet } = this;
    const late = this.waves[lateWaveOf(scenario.policy) ?? -1];
    if (decision.action === 'late_wave' && (late === undefined || !mayTakeIn(late))) return false;
    const isAbsent = (id: string): boolean =>
      scenario.devices.some((device) => device.id === id && isAway(scenario, device, { start: fleet.start, now: write.now }));
    const picked = this.#of(decision.wave).filter(({ state, deviceId }) => notAccepted.includes(state) && isAbsent(deviceId));
    for (const deployment of picked.slice(0, Math.min(decision.count, scenario.batchMax))) {
      if (decision.action === 'exclude') this.#moveDeployment(deployment, 'skipped', write, 'offline');
      else if (late !== undefined) this.#defer(deployment, late, write);
    }
    return true;
  }

  #defer(deployment: StoredDeployment, late: StoredWave, write: Write): void {
    this.#moveDeployment(deployment, 'scheduled', write, 'defer');
    const from = this.#wave(deployment.wave);
    from.counts.scheduled = (from.counts.scheduled ?? 0) - 1;
    from.size -= 1;
    late.counts.scheduled = (late.counts.scheduled ?? 0) + 1;
    late.size += 1;
    deployment.wave = late.index;
  }

  /** Carries out one decision. False, and nothing changed, when its expectations no longer hold. */
  apply(decision: Decision, write: Write): boolean {
    this.writes += 1;
    const wave = 'wave' in decision ? this.waves[decision.wave] : undefined;
    if (!decision.expects.rollout.includes(this.rollout.state)) return false;
    if (decision.expects.wave !== null && (wave === undefined || !decision.expects.wave.includes(wave.state))) return false;
    switch (decision.kind) {
      case 'start_rollout':
        this.rollout.startedAt = decision.startedAt;
        return this.#moveRollout('running', write, decision.why.code);
      case 'start_wave':
        Object.assign(this.#wave(decision.wave), { startedAt: decision.startedAt, deadlineAt: decision.deadlineAt });
        return this.#moveWave(decision.wave, 'running', write, decision.why.code);
      case 'await_gate':
        return this.#moveWave(decision.wave, 'awaiting_gate', write, decision.why.code);
      case 'queue_wave':
        return this.#command('queue', decision.wave, decision.count, write);
      case 'set_aside':
        return this.#setAside(decision, write);
      case 'offer_wave':
        return this.#offer(decision, write);
      case 'time_out_wave_deployments':
        return this.#command('time_out', decision.wave, decision.count, write);
      case 'cancel_cancellable':
        return this.#command('cancel', null, decision.count, write);
      case 'begin_soak':
        Object.assign(this.#wave(decision.wave), { soakStartedAt: decision.soakStartedAt, deadlineAt: decision.deadlineAt });
        return this.#moveWave(decision.wave, 'soaking', write, decision.why.code);
      case 'begin_analysis':
        this.#wave(decision.wave).analysisStartedAt = decision.startedAt;
        return this.#moveWave(decision.wave, 'analyzing', write, decision.why.code);
      case 'record_measurement':
        return this.#record(decision);
      case 'restart_soak':
        this.#wave(decision.wave).soakStartedAt = decision.soakStartedAt;
        return true;
      case 'complete_wave':
        return this.#moveWave(decision.wave, 'succeeded', write, decision.why.code);
      case 'fail_wave':
        return this.#moveWave(decision.wave, 'failed', write, decision.why.code);
      case 'skip_wave':
        // Somebody may have joined since it was decided; a transaction with the lock of the rollout sees that.
        if (this.#of(decision.wave).some(({ state }) => state === 'scheduled')) return false;
        return this.#moveWave(decision.wave, 'skipped', write, decision.why.code);
      case 'abort_wave':
        return this.#moveWave(decision.wave, 'aborted', write, decision.why.code);
      case 'force_gate':
        this.#wave(decision.wave).gateForced = true;
        return true;
      default:
        return this.#applyToRollout(decision, write);
    }
  }

  #applyToRollout(decision: Decision, write: Write): boolean {
    switch (decision.kind) {
      case 'approve_rollout':
        return this.#moveRollout('scheduled', write, decision.why.code);
      case 'reject_rollout':
        for (const wave of this.waves) this.#moveWave(wave.index, 'aborted', write, decision.why.code);
        for (const { deviceId, state } of this.deployments.values()) if (state === 'scheduled') this.command('cancel', deviceId, write);
        return this.#moveRollout('rejected', write, decision.why.code);
      case 'pause_rollout':
        this.rollout.pause = { cause: decision.cause, wave: decision.causeWave, at: decision.pausedAt };
        tellWaiting(this.fleet, { held: true });
        return this.#moveRollout('paused', write, decision.why.code);
      case 'resume_rollout':
        this.rollout.pause = null;
        tellWaiting(this.fleet, { held: false });
        this.#extendDeadlines(decision.extendDeadlinesByMs);
        return this.#moveRollout('running', write, decision.why.code);
      case 'begin_abort':
        this.rollout.pause = null;
        this.rollout.abort = { cause: decision.cause, rollBack: decision.rollBack };
        this.#extendDeadlines(decision.extendDeadlinesByMs);
        return this.#moveRollout('aborting', write, decision.why.code);
      case 'roll_back_changed_devices':
        return this.#rollBack(decision.handedToRollback);
      case 'finish_rollout':
        if (decision.rollBack !== (this.rollout.abort?.rollBack ?? false)) return false;
        return this.#moveRollout(decision.state, write, decision.why.code);
      default:
        return false;
    }
  }

  /** Takes in a device's report; a miss of the compare-and-set cannot happen here, because each write is atomic. */
  report(deviceId: string, report: DeploymentReport & { readonly at: number }, now: number): ReportOutcome {
    this.writes += 1;
    const deployment = this.#deployment(deviceId);
    deployment.saidAt = report.at;
    const mayRetry = this.#wave(deployment.wave).state === 'running' && ['running', 'paused'].includes(this.rollout.state);
    const retry = mayRetry ? { retries: this.scenario.policy.retries, now } : null;
    const before = { state: deployment.state, attempt: deployment.attempt };
    const outcome = nextDeploymentState(before, report, retry);
    const write: Write = { actor: 'device', now, decidedAt: now };
    if (outcome.outcome === 'accepted') this.#moveDeployment(deployment, outcome.state, write, 'reported');
    if (outcome.outcome === 'retried') {
      deployment.retryAt = outcome.retryAt;
      this.#moveDeployment(deployment, 'queued', write, 'retry');
    }
    if (isLateSuccess(before, report, outcome)) this.#succeedLate(deployment);
    return outcome;
  }

  #succeedLate(deployment: StoredDeployment): void {
    deployment.succeededLate = true;
    const { target } = deployment.desired;
    const owner = deployment.state === 'superseded' ? 'open' : isUnderWay(deployment.state) ? 'own' : 'nobody';
    const answer = answerLateSuccess(placeOf('release'), { owner, release: placeOf(target) });
    if (answer === 'adopt') deployment.desired = { revision: deployment.desired.revision + 1, target: 'release' };
  }

  /** Rolls back the devices that succeeded late, once it is sure that the release was bad. */
  sendLateSuccessesBack(): void {
    if (!sendsLateSuccessesBack({ ...this.rollout, purpose: this.scenario.purpose })) return;
    for (const deployment of this.deployments.values()) {
      if (deployment.state === 'succeeded' || !deployment.succeededLate || deployment.desired.target !== 'release') continue;
      deployment.desired = { revision: deployment.desired.revision + 1, target: 'republished' };
    }
  }

  /** Takes in the health of a device; it matters to the rollout once its deployment succeeded. */
  health(deviceId: string, healthy: boolean, now: number): void {
    this.writes += 1;
    const deployment = this.#deployment(deviceId);
    if (deployment.state !== 'succeeded' || deployment.unhealthy === !healthy) return;
    deployment.unhealthy = !healthy;
    const wave = this.#wave(deployment.wave);
    wave.unhealthySucceeded += healthy ? -1 : 1;
    wave.lastUnhealthyAt = now;
  }

  /** A person's command on one device. */
  command(command: DeploymentCommand, deviceId: string, write: Write): boolean {
    this.writes += 1;
    if (!this.deployments.has(deviceId)) return false;
    const deployment = this.#deployment(deviceId);
    const { from, to } = deploymentCommands[command];
    if (!(from as readonly DeploymentState[]).includes(deployment.state)) return false;
    this.#moveDeployment(deployment, to, write, command);
    return true;
  }

  /** A person gives a device another label, or edits the policy of the stage. */
  relabel(deviceId: string, site: number): void {
    this.writes += 1;
    const device = this.fleet.devices.get(deviceId);
    if (device !== undefined) this.fleet.devices.set(deviceId, { ...device, site });
  }

  editPolicy(policy: RolloutPolicy): void {
    this.writes += 1;
    this.stagePolicy = { policy, version: this.stagePolicy.version + 1 };
  }

  /** A person approves the start, or a wave. */
  approve(wave: number | null): void {
    this.writes += 1;
    if (wave === null) this.rollout.approvals += 1;
    else this.#wave(wave).approvals += 1;
  }

  /** Looks at each device again: what was counted may have changed since. Compare-and-set on the devices offered so far. */
  #offer(decision: Extract<Decision, { kind: 'offer_wave' }>, write: Write): boolean {
    const { offers } = this.rollout;
    if (offers.offered !== decision.offeredBefore) return false;
    const queued = [...this.deployments.values()].filter(({ state, wave }) => state === 'queued' && wave === decision.wave);
    const isFrozen = this.scenario.purpose === 'update' && freezeAt(this.fleet, write.now) !== null;
    const allowed = !isFrozen ? offerableDevices(this.fleet, queued, write.now) : [];
    const picked = allowed.slice(0, Math.min(decision.count, this.scenario.batchMax));
    for (const deployment of picked) {
      deployment.attempt += 1;
      this.#moveDeployment(deployment, 'offered', write, 'offer');
    }
    const inMinute = (offers.minuteStartedAt === decision.minuteStartedAt ? offers.inMinute : 0) + picked.length;
    const offered = offers.offered + picked.length;
    this.rollout.offers = {
      offered,
      minuteStartedAt: decision.minuteStartedAt,
      inMinute: decision.minuteStartedAt === null ? 0 : inMinute,
    };
    return true;
  }

  #record({ wave, measurementsBefore, measuredAt, results }: Extract<Decision, { kind: 'record_measurement' }>): boolean {
    const stored = this.#wave(wave);
    if (stored.measurements.length !== measurementsBefore) return false;
    stored.measurements = [...stored.measurements, { at: measuredAt, results }];
    return true;
  }

  #command(command: DeploymentCommand, wave: number | null, count: number, write: Write): boolean {
    const { from, to } = deploymentCommands[command];
    let left = Math.min(count, this.scenario.batchMax);
    for (const deployment of this.deployments.values()) {
      if (left === 0) break;
      if (wave !== null && deployment.wave !== wave) continue;
      if (!(from as readonly DeploymentState[]).includes(deployment.state)) continue;
      const device = this.fleet.devices.get(deployment.deviceId);
      if (command === 'queue' && device !== undefined && isHeld(this.fleet, device, write.now)) continue;
      this.#moveDeployment(deployment, to, write, command);
      left -= 1;
    }
    return true;
  }

  #rollBack(expected: number): boolean {
    if (this.rollout.handedToRollback !== expected) return false;
    for (const deployment of this.deployments.values()) {
      if (deployment.state !== 'succeeded' || deployment.handedToRollback) continue;
      deployment.handedToRollback = true;
      deployment.desired = { revision: deployment.desired.revision + 1, target: 'republished' };
      this.rollout.handedToRollback += 1;
    }
    return true;
  }

  #moveDeployment(deployment: StoredDeployment, to: DeploymentState, write: Write, cause: string): void {
    const { counts } = this.#wave(deployment.wave);
    const from = deployment.state;
    counts[from] = (counts[from] ?? 0) - 1;
    counts[to] = (counts[to] ?? 0) + 1;
    deployment.state = to;
    const goesBack = isClosedWithoutSuccess(to) || to === 'skipped' || cause === 'retry' || cause === 'defer';
    // What it is known to run it keeps: it would refuse what it ran before.
    const target =
      to === 'offered' || (goesBack && deployment.succeededLate) ? 'release' : goesBack ? 'previous' : deployment.desired.target;
    if (target !== deployment.desired.target) deployment.desired = { revision: deployment.desired.revision + 1, target };
    const { deviceId, wave } = deployment;
    this.transitions.push({ ...authorship(write), cause, subject: 'deployment', deviceId, wave, from, to });
  }

  #moveWave(index: number, to: WaveState, write: Write, cause: string): boolean {
    const wave = this.#wave(index);
    const from = wave.state;
    wave.state = to;
    this.transitions.push({ ...authorship(write), cause, subject: 'wave', deviceId: null, wave: index, from, to });
    return true;
  }

  #moveRollout(to: RolloutState, write: Write, cause: string): boolean {
    const from = this.rollout.state;
    this.rollout.state = to;
    this.transitions.push({ ...authorship(write), cause, subject: 'rollout', deviceId: null, wave: null, from, to });
    return true;
  }

  #extendDeadlines(byMs: number): void {
    for (const wave of this.waves) if (wave.deadlineAt !== null) wave.deadlineAt += byMs;
  }

  #wave(index: number): StoredWave {
    const wave = this.waves[index];
    if (wave === undefined) throw new RangeError(`No wave ${index}.`);
    return wave;
  }

  #deployment(deviceId: string): StoredDeployment {
    const deployment = this.deployments.get(deviceId);
    if (deployment === undefined) throw new RangeError(`No deployment of ${deviceId}.`);
    return deployment;
  }
}

/** Counters as an application gives them: each release gets a higher one. */
function placeOf(target: DesiredTarget): { applicationId: string; counter: number } {
  return { applicationId: 'application', counter: { previous: 1, release: 2, republished: 3 }[target] };
}

/**
 * Carries out what the engine decided. INVARIANTS
 * - The rollout and its waves are locked by this transaction. A decision is carried out only if both are in a state it expects; otherwise
 *   it and all after it are dropped: the engine is asked again.
 * - Each change has, in the same transaction, its decision (what, why, the numbers, the policy's version) and its ledger entry (9, 33).
 */
import type { LedgerAction, LedgerEntry } from '@sluice/ledger';
import type { Decision, DecisionKind } from '@sluice/rollout';
import { announceChanges } from './announce.ts';
import { cancelCancellable, offerWave, queueAndOfferWave, queueWave, timeOutWave } from './change-deployments.ts';
import { approveRollout, beginAbort, finishRollout, pauseRollout, rejectRollout, resumeRollout, startRollout } from './change-rollout.ts';
import { awaitGate, endWave, forceGate, soakWave, startWave } from './change-wave.ts';
import { insertDecision } from './insert-decision.ts';
import { beginAnalysis, measuredNumbers, recordMeasurement } from './measure.ts';
import { setAside } from './offline.ts';
import { rollBack } from './roll-back.ts';
import { type Effect, type RolloutRun, sentenceOf } from './run.ts';

/** `isPartial`: a statement reached its batch size, the rest is for another transaction. `isBlocked`: a decision could not be carried out now. */
export type CarriedOut = { count: number; isPartial: boolean; isBlocked: boolean; otherRolloutIds: string[] };

/** Carries out decisions in their order. */
export async function carryOut(run: RolloutRun, decisions: readonly Decision[]): Promise<CarriedOut> {
  const result: CarriedOut = { count: 0, isPartial: false, isBlocked: false, otherRolloutIds: [] };
  const offered = new Map<Decision, Effect>();
  for (const [place, decision] of decisions.entries()) {
    if (!(await isExpected(run, decision))) break;
    const effect = offered.get(decision) ?? (await execute(run, decision, { next: decisions[place + 1], offered }));
    if (effect.isBlocked === true) {
      result.isBlocked = true;
      continue;
    }
    await note(run, decision, effect);
    result.count += 1;
    result.isPartial ||= effect.isPartial === true;
    result.otherRolloutIds.push(...(effect.otherRolloutIds ?? []));
  }
  return result;
}

/** The decision after this one, and what was offered together with being queued: by the decision that is about it. */
type Ahead = { next: Decision | undefined; offered: Map<Decision, Effect> };

async function queue(run: RolloutRun, decision: Extract<Decision, { kind: 'queue_wave' }>, { next, offered }: Ahead): Promise<Effect> {
  if (next?.kind !== 'offer_wave' || next.wave !== decision.wave) return queueWave(run, decision);
  const both = await queueAndOfferWave(run, decision, next);
  offered.set(next, both.offered);
  return both.queued;
}

async function isExpected({ tx, record }: RolloutRun, { expects, ...decision }: Decision): Promise<boolean> {
  const wave = 'wave' in decision ? decision.wave : null;
  const rows = await tx.query(
    `SELECT 1 FROM rollout r LEFT JOIN wave w ON w.rollout_id = r.id AND w.index = $2
      WHERE r.id = $1 AND r.state = ANY($3::text[]) AND ($4::text[] IS NULL OR w.state = ANY($4::text[]))`,
    [record.id, wave, expects.rollout, expects.wave],
  );
  return rows.length === 1;
}

function execute(run: RolloutRun, decision: Decision, ahead: Ahead): Promise<Effect> {
  switch (decision.kind) {
    case 'approve_rollout':
      return approveRollout(run);
    case 'reject_rollout':
      return rejectRollout(run, decision);
    case 'await_gate':
      return awaitGate(run, decision);
    case 'start_rollout':
      return startRollout(run, decision);
    case 'start_wave':
      return startWave(run, decision);
    case 'queue_wave':
      return queue(run, decision, ahead);
    case 'set_aside':
      return setAside(run, decision);
    case 'offer_wave':
      return offerWave(run, decision);
    case 'begin_soak':
    case 'restart_soak':
      return soakWave(run, decision);
    case 'begin_analysis':
      return beginAnalysis(run, decision);
    case 'record_measurement':
      return recordMeasurement(run, decision);
    case 'complete_wave':
    case 'fail_wave':
    case 'skip_wave':
    case 'abort_wave':
      return endWave(run, decision);
    case 'time_out_wave_deployments':
      return timeOutWave(run, decision);
    case 'pause_rollout':
      return pauseRollout(run, decision);
    case 'resume_rollout':
      return resumeRollout(run, decision);
    case 'force_gate':
      return forceGate(run, decision);
    case 'begin_abort':
      return beginAbort(run, decision);
    case 'cancel_cancellable':
      return cancelCancellable(run, decision);
    case 'roll_back_changed_devices':
      return rollBack(run, decision);
    case 'finish_rollout':
      return finishRollout(run, decision);
  }
}

const actions = {
  approve_rollout: 'rollout.approved',
  reject_rollout: 'rollout.rejected',
  await_gate: 'wave.awaiting_gate',
  start_rollout: 'rollout.started',
  start_wave: 'wave.started',
  queue_wave: 'deployment.queued',
  offer_wave: 'deployment.offered',
  set_aside: 'deployment.set_aside',
  begin_soak: 'wave.soaking',
  restart_soak: 'wave.soaking',
  begin_analysis: 'wave.analyzing',
  record_measurement: 'wave.measured',
  complete_wave: 'wave.succeeded',
  fail_wave: 'wave.failed',
  skip_wave: 'wave.skipped',
  abort_wave: 'wave.aborted',
  time_out_wave_deployments: 'deployment.closed',
  pause_rollout: 'rollout.paused',
  resume_rollout: 'rollout.resumed',
  force_gate: 'rollout.advanced',
  begin_abort: 'rollout.aborting',
  cancel_cancellable: 'deployment.canceled',
  roll_back_changed_devices: 'rollout.rolled_back',
} as const satisfies Record<Exclude<DecisionKind, 'finish_rollout'>, LedgerAction>;

async function note(run: RolloutRun, decision: Decision, effect: Effect): Promise<void> {
  const { tx, record } = run;
  await insertDecision(run, {
    rolloutId: record.id,
    kind: decision.kind,
    wave: waveOf(decision),
    code: decision.why.code,
    sentence: effect.sentence ?? sentenceOf(run, decision),
    numbers: numbersOf(decision, effect),
  });
  await tx.record(entryOf(run, decision, effect));
  await announceChanges(tx, record.organizationId, {
    rolloutIds: [record.id, ...(effect.otherRolloutIds ?? [])],
    deploymentIds: effect.deploymentIds ?? [],
    deviceIds: effect.restoredDeviceIds ?? [],
  });
}

function waveOf(decision: Decision): number | null {
  if (decision.kind === 'pause_rollout') return decision.causeWave;
  return 'wave' in decision ? decision.wave : null;
}

/** The numbers that the decision was made from, flat, and how many devices it concerned. */
function numbersOf(decision: Decision, effect: Effect): Record<string, number> {
  const { threshold, failures, measured = [], ...numbers } = decision.numbers;
  const { failureLimits, ...percents } = threshold ?? {};
  const count = effect.deviceIds?.length ?? effect.devices;
  const devices = count === undefined ? {} : { devices: count };
  return {
    ...numbers,
    ...named('ended_', failures),
    ...percents,
    ...named('limit_', failureLimits ?? {}),
    ...measuredNumbers(measured),
    ...devices,
  };
}

function named(prefix: string, numbers: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).flatMap(([name, number]) => (number === 0 && prefix === 'ended_' ? [] : [[`${prefix}${name}`, number]])),
  );
}

function actionOf(decision: Decision): LedgerAction {
  if (decision.kind === 'finish_rollout') return `rollout.${decision.state}`;
  // A person who lets a wave start without its approvals has forced it.
  const isForced = decision.kind === 'start_wave' && decision.why.code === 'requested_by_person';
  return isForced ? 'rollout.advanced' : actions[decision.kind];
}

function entryOf(run: RolloutRun, decision: Decision, effect: Effect): Omit<LedgerEntry, 'version' | 'time'> {
  const { record } = run;
  const wave = 'wave' in decision ? decision.wave : null;
  const isDeviceList = (effect.deviceIds?.length ?? 0) > 0;
  return {
    organizationId: record.organizationId,
    actor: run.actor,
    action: actionOf(decision),
    target: wave === null ? { kind: 'rollout', id: record.id } : { kind: 'wave', id: `${record.id}/${wave}` },
    before: { rollout: record.state },
    after: {
      decision: decision.kind,
      code: decision.why.code,
      policyVersion: decision.policyVersion,
      numbers: numbersOf(decision, effect),
      ...(isDeviceList ? { deviceIds: effect.deviceIds ?? [] } : {}),
      ...((effect.restoredDeviceIds?.length ?? 0) > 0 ? { restoredDeviceIds: effect.restoredDeviceIds ?? [] } : {}),
      ...(decision.kind === 'offer_wave' ? { releaseId: record.releaseId } : {}),
      ...(effect.facts ?? {}),
    },
    reason: effect.sentence ?? sentenceOf(run, decision),
    ...(run.requestId === undefined ? {} : { requestId: run.requestId }),
    rolloutId: record.id,
  };
}

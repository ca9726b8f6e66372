import { join } from 'node:path';
import { pointLink, removeDurably } from '../../durable/write.ts';
import { AgentError, describeError } from '../../errors.ts';
import { baselineOf } from '../../health/baseline.ts';
import { beginProbation, evaluateHealth, observeSample } from '../../health/evaluate.ts';
import { canApplyHot, type Installation, isSameInEffect } from '../../install/installation.ts';
import { windowNow } from '../change-windows.ts';
import type { Step, StepRun, UpdateContext } from '../context.ts';
import type { StepOutcome } from '../decide.ts';

const pollMs = 100;

function linkTarget(name: string): string {
  return join('installations', name);
}

/** Moves `current`. From here on, that installation is what a restart of the device brings up. */
async function pointCurrent(context: UpdateContext, name: string | null): Promise<void> {
  const { fileSystem, layout } = context;
  if (name === null) await removeDurably(fileSystem, layout.current);
  else await pointLink(fileSystem, layout.current, linkTarget(name));
}

function runsFlows(context: UpdateContext, installation: Installation): boolean {
  const health = context.supervisor.health();
  return health?.flowsState === 'started' && health.flowsRevision === installation.flowsRevision;
}

/** Waits until the flows run, the runtime dies or the time is over; true when they run. */
async function waitForFlows(context: UpdateContext, installation: Installation, signal: AbortSignal): Promise<boolean> {
  const deadline = context.clock.monotonic() + installation.healthPolicy.startTimeoutMs;
  while (!runsFlows(context, installation)) {
    const { crashes } = context.supervisor.sample();
    if (crashes > installation.healthPolicy.maximumUncaughtErrors || context.clock.monotonic() >= deadline) return false;
    await context.clock.sleep(pollMs, signal);
  }
  return true;
}

/**
 * Waits until the runtime has said how its flows are. One that was just taken over has not yet, on a busy machine not for seconds, and may still
 * be at the switch that the agent before this one began. Starting it anew would take as long, and stop production.
 */
async function waitForAnswer(context: UpdateContext, running: Installation, signal: AbortSignal): Promise<void> {
  const deadline = context.clock.monotonic() + running.healthPolicy.startTimeoutMs;
  while (context.clock.monotonic() < deadline) {
    const { alive, health } = context.supervisor.sample();
    if (!alive || (health !== null && health.flowsState !== 'starting')) return;
    await context.clock.sleep(pollMs, signal);
  }
}

async function switchHot(context: UpdateContext, target: Installation, signal: AbortSignal): Promise<StepOutcome | undefined> {
  const running = context.supervisor.wanted();
  if (running === null || !canApplyHot(running, target)) return undefined;
  await waitForAnswer(context, running, signal);
  if (context.supervisor.health()?.flowsState !== 'started') return undefined;
  try {
    const { cutOverMs } = await context.supervisor.applyHot(target);
    await pointCurrent(context, target.name);
    return { kind: 'done', patch: { method: 'hot', cutOverMs }, proved: isSameInEffect(running, target) };
  } catch (error) {
    context.log.warn({ error: describeError(error) }, 'could not apply in place; restarting instead');
    return undefined;
  }
}

/** The switch: in place when only the flows differ, else stop, switch, start. */
export const activate: Step = async (context, { record, signal }) => {
  // Whoever was switched off right here may come back at any time of the day.
  if (record.boots > 0 && !windowNow(record.assignment?.windows, context.signedTime.candidates()).open) {
    throw new AgentError('WINDOW_CLOSED', 'The maintenance window closed while the device was off, before it had switched.');
  }
  if (record.target === null) {
    await context.supervisor.replace(null, () => pointCurrent(context, null));
    return { kind: 'done', patch: { target: null } };
  }
  const target = await context.installations.require(record.target);
  const hot = await switchHot(context, target, signal);
  if (hot !== undefined) return hot;
  const begun = context.clock.monotonic();
  const isFirst = record.from === null;
  await context.supervisor.replace(target, () => pointCurrent(context, target.name));
  const reached = await waitForFlows(context, target, signal);
  const cutOverMs = reached && !isFirst ? context.clock.monotonic() - begun : null;
  return { kind: 'done', patch: { method: isFirst ? 'first_start' : 'restart', cutOverMs } };
};

/** Watches the new release for as long as its signed policy says. */
export const probation: Step = async (context, { record, signal, isSuperseded }) => {
  const target = await context.installations.require(record.target ?? '');
  const { healthPolicy: policy, flowsRevision } = target;
  await context.supervisor.ensure(target);
  const expectation = { policy, flowsRevision, baseline: record.baseline };
  let state = beginProbation(context.clock.monotonic());
  for (;;) {
    if (isSuperseded()) throw new AgentError('SUPERSEDED', 'Something else was assigned before this release had proved itself.');
    const now = context.clock.monotonic();
    state = observeSample(state, context.supervisor.sample(), { expectation, now });
    const verdict = evaluateHealth(state, policy, now);
    if (verdict.state === 'healthy') return { kind: 'done' };
    if (verdict.state === 'unhealthy') {
      const message = verdict.reasons.map((reason) => reason.detail).join(' ');
      return { kind: 'failed', outcome: 'failed', failure: { code: verdict.reasons[0]?.code ?? 'HEALTH_NOT_REACHED', message } };
    }
    await context.clock.sleep(pollMs, signal);
  }
};

/** Makes the release the one that is gone back to from now on. */
export const commit: Step = async (context, { record }) => {
  const { fileSystem, layout, trust } = context;
  const target = record.target === null ? null : await context.installations.require(record.target);
  const health = context.supervisor.health();
  await trust.update((state) => ({
    ...state,
    committed: record.target,
    baseline: baselineOf(health, state.baseline, target?.healthPolicy.connectionGraceMs ?? 0),
    committedCounters:
      target === null
        ? state.committedCounters
        : {
            ...state.committedCounters,
            [target.applicationId]: Math.max(target.releaseCounter, state.committedCounters[target.applicationId] ?? 0),
          },
  }));
  if (record.from !== null && record.from !== record.target) await pointLink(fileSystem, layout.previous, linkTarget(record.from));
  return { kind: 'done' };
};

/** Brings back what ran before, by a restart: what the failed release left in memory must not live on. */
export const rollBack: Step = async (context, { record }: StepRun) => {
  if (record.from === null) {
    await context.supervisor.replace(null, () => pointCurrent(context, null));
    return { kind: 'done' };
  }
  const from = await context.installations.require(record.from);
  const untouched = context.supervisor.wanted()?.name === from.name && runsFlows(context, from);
  if (untouched) await pointCurrent(context, from.name);
  else await context.supervisor.replace(from, () => pointCurrent(context, from.name));
  return { kind: 'done' };
};

/** Does the old release run again? Its connections are not asked for: the way back must not depend on other machines. */
export const verifyRollback: Step = async (context, { record, signal }) => {
  if (record.from === null) return { kind: 'done' };
  const from = await context.installations.require(record.from);
  await context.supervisor.ensure(from);
  const health = (await waitForFlows(context, from, signal)) ? context.supervisor.health() : null;
  if (health !== null && health.missingTypes.length === 0 && health.credentialsReadable) return { kind: 'done' };
  const message = `The release that ran before does not start any more. ${record.failure?.message ?? ''}`.trim();
  return { kind: 'failed', outcome: 'failed', failure: { code: record.failure?.code ?? 'RUNTIME_NOT_STARTED', message } };
};

/** From here on the old release counts as the one that shall run. */
export const rolledBack: Step = async (context, { record }) => {
  await context.trust.update((state) => ({ ...state, committed: record.from }));
  return { kind: 'done' };
};

// INVARIANTS
// 1. A verdict depends only on the policy, the samples and the times given: the same history gives the same verdict.
// 2. `healthy` needs one unbroken stretch of `windowMs` in which every sample was good; a required connection that is down, even within
//    its grace, is not good.
// 3. `unhealthy` comes at once for what cannot get better by waiting, and at the latest after `decideWithinMs`.
import type { ConnectionStatus, HealthPolicy, HealthReason, HealthReasonCode, RuntimeHealth } from '@sluice/contracts';
import type { Baseline } from '../update/record.ts';
import { findInBaseline, isDown } from './baseline.ts';

/** What the agent saw of the runtime at one moment. */
export type RuntimeSample = {
  /** The process runs. */
  alive: boolean;
  /** The probe's last message, if it is recent enough to be believed. */
  health: RuntimeHealth | null;
  /** How many times the runtime ended by itself since the switch. */
  crashes: number;
  /** Why it ended the last time, if it said so. */
  crashDetail: string | null;
};

export type HealthExpectation = {
  policy: HealthPolicy;
  flowsRevision: string;
  /** null: nothing is known about before, so every connection counts. */
  baseline: Baseline | null;
};

/** A finding. `final`: waiting does not help. */
type Finding = HealthReason & { final: boolean };

function finding(code: HealthReasonCode, detail: string, final = false): Finding {
  return { code, detail: detail.slice(0, 1000), final };
}

function wasDownBefore(connection: ConnectionStatus, baseline: Baseline | null): boolean {
  if (baseline === null) return false;
  const before = findInBaseline(baseline, connection);
  return before !== undefined && isDown(before.state);
}

/**
 * The connections that the policy requires and that are down.
 * `all`: each one. `previously_connected`: each one but those that were down before the update too (same node id, else same type and
 * name). `ignore`: none. A connection nothing is known about (`unknown`) is never held against a release.
 */
export function connectionsDown(health: RuntimeHealth, expectation: HealthExpectation): (ConnectionStatus & { downForMs: number })[] {
  const rule = expectation.policy.connections;
  if (rule === 'ignore') return [];
  return health.connections
    .filter((connection) => isDown(connection.state))
    .filter((connection) => rule === 'all' || !wasDownBefore(connection, expectation.baseline))
    .map((connection) => ({ ...connection, downForMs: Math.max(0, Date.parse(health.measuredAt) - Date.parse(connection.since)) }));
}

function describeConnection(connection: ConnectionStatus): string {
  const name = connection.nodeName === '' ? connection.nodeId : `"${connection.nodeName}"`;
  return `${connection.nodeType} ${name}: ${connection.text === '' ? connection.state : connection.text}`;
}

function findingsInside(health: RuntimeHealth, expectation: HealthExpectation): Finding[] {
  const { policy } = expectation;
  const findings: Finding[] = [];
  const add = (when: boolean, code: HealthReasonCode, detail: string, final = false): void => {
    if (when) findings.push(finding(code, detail, final));
  };
  add(health.missingTypes.length > 0, 'MISSING_NODE_TYPES', `Missing node types: ${health.missingTypes.join(', ')}.`, true);
  add(!health.credentialsReadable, 'CREDENTIALS_UNREADABLE', 'The runtime could not decrypt its credentials.', true);
  add(health.flowsState !== 'started', 'FLOWS_NOT_STARTED', `The flows are ${health.flowsState}.`);
  const revision = health.flowsRevision;
  add(revision !== expectation.flowsRevision, 'FLOWS_REVISION_DIFFERS', `The runtime runs flows ${revision ?? 'of no revision'}.`);
  add(
    health.uncaughtErrors > policy.maximumUncaughtErrors,
    'UNCAUGHT_ERRORS',
    `${health.uncaughtErrors} uncaught errors; the last: ${health.lastError ?? 'unknown'}.`,
    true,
  );
  const lag = health.eventLoopLagMs;
  add(lag > policy.maximumEventLoopLagMs, 'EVENT_LOOP_LAG', `The event loop was blocked for ${Math.round(lag)} ms.`);
  return findings;
}

function findingsOf(sample: RuntimeSample, expectation: HealthExpectation): Finding[] {
  if (sample.crashes > expectation.policy.maximumUncaughtErrors) {
    const detail = sample.crashDetail === null ? '' : ` The last time: ${sample.crashDetail}`;
    return [finding('RUNTIME_CRASHED', `The runtime ended ${sample.crashes} times by itself.${detail}`, true)];
  }
  if (!sample.alive) return [finding('RUNTIME_DOWN', 'The runtime does not run.')];
  if (sample.health === null) return [finding('PROBE_SILENT', 'The probe inside the runtime does not answer.')];
  const findings = findingsInside(sample.health, expectation);
  for (const connection of connectionsDown(sample.health, expectation)) {
    const lost = connection.downForMs > expectation.policy.connectionGraceMs;
    findings.push(finding('CONNECTION_LOST', describeConnection(connection), lost));
  }
  return findings;
}

function reasonsOf(findings: readonly Finding[]): HealthReason[] {
  return findings.slice(0, 100).map(({ code, detail }) => ({ code, detail }));
}

/** The verdict on a runtime in normal operation, from one sample. A connection counts as lost only after its grace. */
export function judgeRunning(sample: RuntimeSample, expectation: HealthExpectation): HealthReason[] {
  return reasonsOf(findingsOf(sample, expectation).filter((each) => each.code !== 'CONNECTION_LOST' || each.final));
}

/** How far a probation has come. Times are milliseconds of a clock that never jumps. */
export type Probation = {
  startedAt: number;
  /** The runtime had started the right flows at some moment. */
  reached: boolean;
  healthySince: number | null;
  findings: readonly Finding[];
};

export type ProbationVerdict = { state: 'pending' } | { state: 'healthy' } | { state: 'unhealthy'; reasons: HealthReason[] };

export function beginProbation(now: number): Probation {
  return { startedAt: now, reached: false, healthySince: null, findings: [] };
}

const notReached: readonly HealthReasonCode[] = ['RUNTIME_DOWN', 'PROBE_SILENT', 'FLOWS_NOT_STARTED', 'FLOWS_REVISION_DIFFERS'];

/** Takes one sample. Pure. */
export function observeSample(
  probation: Probation,
  sample: RuntimeSample,
  context: { expectation: HealthExpectation; now: number },
): Probation {
  const findings = findingsOf(sample, context.expectation);
  const reached = probation.reached || !findings.some((each) => notReached.includes(each.code));
  return {
    ...probation,
    reached,
    healthySince: findings.length > 0 ? null : (probation.healthySince ?? context.now),
    findings,
  };
}

/** Judges a probation at a moment. Pure. */
export function evaluateHealth(probation: Probation, policy: HealthPolicy, now: number): ProbationVerdict {
  const final = probation.findings.filter((each) => each.final);
  if (final.length > 0) return { state: 'unhealthy', reasons: reasonsOf(final) };
  if (probation.healthySince !== null && now - probation.healthySince >= policy.windowMs) return { state: 'healthy' };
  const elapsedMs = now - probation.startedAt;
  if (!probation.reached && elapsedMs >= policy.startTimeoutMs) return { state: 'unhealthy', reasons: orSilent(probation.findings) };
  if (elapsedMs >= policy.decideWithinMs) return { state: 'unhealthy', reasons: orSilent(probation.findings) };
  return { state: 'pending' };
}

function orSilent(findings: readonly Finding[]): HealthReason[] {
  if (findings.length > 0) return reasonsOf(findings);
  return [{ code: 'PROBE_SILENT', detail: 'There was no unbroken stretch of health as long as the policy wants.' }];
}

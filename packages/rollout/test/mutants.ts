import { type Mutant, mutant } from './mutant.ts';
import { reasons } from './mutants-of-reasons.ts';
import { rollbacks } from './mutants-of-rollbacks.ts';

const gate: readonly Mutant[] = [
  mutant('error percent breached by equality', 'gate.ts', 'failed * 100 > threshold', 'failed * 100 >= threshold'),
  mutant('success percent missed by equality', 'gate.ts', '(succeeded + open) * 100 <', '(succeeded + open) * 100 <='),
  mutant(
    'success percent never missed',
    'gate.ts',
    'if ((succeeded + open) * 100 < threshold.successPercent * eligible)',
    'if (eligible < 0)',
  ),
  mutant('success percent must be exceeded', 'gate.ts', 'succeeded * 100 >= threshold', 'succeeded * 100 > threshold'),
  mutant('passes before it is certain', 'gate.ts', 'reached && cannotBreach', 'reached'),
  mutant('sample of small waves not clamped', 'gate.ts', 'Math.min(threshold.minimumSample, eligible)', 'threshold.minimumSample'),
  mutant('minimum sample ignored', 'gate.ts', 'Math.min(threshold.minimumSample, eligible)', '1'),
  mutant('unhealthy devices do not fail', 'gate.ts', 'failed: byClass.failure + unhealthy', 'failed: byClass.failure'),
  mutant('unhealthy devices still succeed', 'gate.ts', 'succeeded: byClass.success - unhealthy', 'succeeded: byClass.success'),
  mutant('canceled counts as success', 'deployment-states.ts', "canceled: ended('neither')", "canceled: ended('success')"),
  mutant('superseded counts as success', 'deployment-states.ts', "superseded: ended('neither')", "superseded: ended('success')"),
  mutant('skipped stays eligible', 'deployment-states.ts', "skipped: ended('not_eligible')", "skipped: ended('neither')"),
  mutant('removed stays eligible', 'deployment-states.ts', "removed: ended('not_eligible')", "removed: ended('neither')"),
  mutant('timed out is no failure', 'deployment-states.ts', "timed_out: ended('failure')", "timed_out: ended('neither')"),
  mutant('rolled back is no failure', 'deployment-states.ts', "rolled_back: ended('failure')", "rolled_back: ended('neither')"),
];

const deployments: readonly Mutant[] = [
  mutant('applying can be canceled', 'deployment-states.ts', 'applying: changing(8)', 'applying: waiting(8)'),
  mutant('old attempts accepted', 'deployment-report.ts', 'if (report.attempt < current.attempt)', 'if (report.attempt < 0)'),
  mutant('unknown attempts accepted', 'deployment-report.ts', 'if (report.attempt > current.attempt)', 'if (report.attempt > 99)'),
  mutant('late reports reopen', 'deployment-report.ts', 'if (from.terminal)', 'if (from.rank < 0)'),
  mutant('reports go backwards', 'deployment-report.ts', 'if (to.rank < from.rank)', 'if (to.rank < 0)'),
  mutant('duplicates counted', 'deployment-report.ts', 'if (report.state === current.state)', 'if (report.attempt < 0)'),
];

const waves: readonly Mutant[] = [
  mutant(
    'next wave starts during the soak',
    'waves.ts',
    "return wave.state === 'succeeded' ||",
    "return wave.state === 'succeeded' || wave.state === 'soaking' ||",
  ),
  mutant('failed waves count as behind', 'waves.ts', "(wave.state === 'failed' && wave.gateForced)", "wave.state === 'failed'"),
  mutant('regress after success ignored', 'waves.ts', 'if (regressed !== undefined)', 'if (regressed !== undefined && input.now < 0)'),
  mutant(
    'offers before it breaches',
    'waves.ts',
    "if (!wave.gateForced && gate.verdict === 'breach')",
    "if (!wave.gateForced && gate.verdict === 'breach' && numbers.unoffered === 0)",
  ),
  mutant('breach does not pause', 'waves.ts', "return [pauseDecision(input, wave, 'breach', why)];", 'return [];'),
  mutant(
    'breach does not roll back',
    'waves.ts',
    "const rollBack = onBreach === 'roll_back' &&",
    "const rollBack = onBreach !== 'roll_back' &&",
  ),
  mutant(
    'rolls back a rollback',
    'waves.ts',
    "onBreach === 'roll_back' && input.rollout.purpose !== 'rollback'",
    "onBreach === 'roll_back'",
  ),
  mutant('skips small waves', 'waves.ts', 'waveNumbers(each).eligible > 0', 'waveNumbers(each).eligible > 1'),
  mutant('soak not asked for', 'waves.ts', 'stepOf([policy.soakMs > 0 ? beginSoak', 'stepOf([policy.soakMs < 0 ? beginSoak'),
  mutant('failures end as success', 'waves.ts', 'numbers.succeeded === numbers.eligible', 'numbers.failed === 0'),
  mutant(
    'ends before the stragglers',
    'waves.ts',
    'if (numbers.open > 0) {\n    const straggling',
    'if (numbers.open < 0) {\n    const straggling',
  ),
  mutant('spreads nothing', 'wave-plan.ts', 'part: 2 * rank - 1', 'part: rank < 0 ? 1 : 0'),
  mutant('sizes rounded down', 'wave-plan.ts', 'size.percent + 99', 'size.percent'),
  mutant('percentages not cumulative', 'wave-plan.ts', '/ 100) - first', '/ 100)'),
  mutant('waves take devices that are not there', 'wave-plan.ts', 'Math.min(left, wanted)', 'wanted'),
  mutant('counts one device too many', 'wave-plan.ts', 'wanted = size.count', 'wanted = size.count + 1'),
];

const time: readonly Mutant[] = [
  mutant(
    'deadline from half the time',
    'waves.ts',
    'input.now + input.policy.deploymentDeadlineMs',
    'input.now + input.policy.deploymentDeadlineMs / 2',
  ),
  mutant('deadline never acts', 'timers.ts', 'if (deadlineAt === null ||', 'if (deadlineAt !== 0 ||'),
  mutant('deadline without a timer', 'timers.ts', 'earliest(input.waves.map(deadlineOf))', 'earliest([])'),
  mutant('latest deadline first', 'timers.ts', 'time < first', 'time > first'),
  mutant(
    'deadline runs while paused',
    'request.ts',
    "{ kind: 'resume_rollout', extendDeadlinesByMs: input.now - pause.at }",
    "{ kind: 'resume_rollout', extendDeadlinesByMs: 0 }",
  ),
  mutant('soak ends early', 'soak.ts', 'now >= endsAt', 'now >= endsAt - soakMs / 2'),
  mutant('soak without a timer', 'soak.ts', "{ kind: 'waiting', wakeAt: endsAt }", "{ kind: 'waiting', wakeAt: endsAt + 1 }"),
  mutant('flap between two looks lost', 'soak.ts', ' && (lastUnhealthyAt ?? soakStartedAt) <= soakStartedAt', ''),
  mutant(
    'soak not restarted',
    'soak.ts',
    'unhealthySucceeded === 0 && soakStartedAt !== null && (lastUnhealthyAt ?? soakStartedAt) <= soakStartedAt',
    'soakStartedAt !== null',
  ),
  mutant('soak limit comes early', 'soak.ts', '(wave.deadlineAt ?? now) + soakMs', '(wave.deadlineAt ?? now)'),
];

const ends: readonly Mutant[] = [
  mutant('breach ends as aborted', 'aborting.ts', "byPerson ? 'aborted' : 'failed'", "'aborted'"),
  mutant('abort cancels nothing', 'aborting.ts', 'if (cancellable > 0)', 'if (cancellable < 0)'),
  mutant('abort leaves waves open', 'aborting.ts', 'if (!isTerminalWaveState(wave.state))', "if (wave.state === 'running')"),
  mutant('abort does not wait for the changing', 'aborting.ts', 'if (open > 0) {', 'if (open < 0) {'),
  mutant('rollback forgets who came later', 'aborting.ts', 'changed <= handedToRollback ||', 'handedToRollback > 0 ||'),
  mutant('rollback unasked', 'aborting.ts', 'if (abort === null || !abort.rollBack)', 'if (abort === null)'),
  mutant(
    'rollback asked for at the last moment is lost',
    'simulator/memory-store.ts',
    'if (decision.rollBack !== (this.rollout.abort?.rollBack ?? false)) return false;',
    '',
  ),
];

const carryingOut: readonly Mutant[] = [
  mutant(
    'offers whatever the rollout does',
    'decision-builder.ts',
    "offer_wave: { rollout: ['running']",
    "offer_wave: { rollout: ['running', 'paused', 'aborting']",
  ),
  mutant(
    'starts a running wave again',
    'decision-builder.ts',
    "start_wave: { rollout: ['running'], wave: ['pending', 'awaiting_gate'] }",
    "start_wave: { rollout: ['running'], wave: ['pending', 'running'] }",
  ),
  mutant(
    'starts waves while aborting',
    'decision-builder.ts',
    "start_wave: { rollout: ['running']",
    "start_wave: { rollout: ['running', 'paused', 'aborting']",
  ),
  mutant(
    'ended waves end again',
    'decision-builder.ts',
    "fail_wave: { rollout: ['running', 'paused'], wave: activeWave }",
    "fail_wave: { rollout: ['running', 'paused', 'aborting'], wave: startedWave }",
  ),
  mutant('policy version lost', 'decision-builder.ts', 'policyVersion: input.policyVersion', 'policyVersion: 0'),
  mutant(
    'numbers of the wrong scope',
    'decision-builder.ts',
    'cause.wave === null ? rolloutNumbers(input.waves) : waveNumbers(cause.wave)',
    'rolloutNumbers(input.waves)',
  ),
  mutant(
    'pause is a state like any other',
    'engine.ts',
    'return decidePaused(input, rollout.pause === null ? [] : [pauseBlocker(rollout.pause, analysisWords(input, rollout.pause))]);',
    'return decideRunning(input);',
  ),
  mutant(
    'no word about a pause',
    'engine.ts',
    'rollout.pause === null ? [] : [pauseBlocker(rollout.pause, analysisWords(input, rollout.pause))]',
    '[]',
  ),
  mutant('queues devices of other waves', 'simulator/memory-store.ts', 'if (wave !== null && deployment.wave !== wave) continue;', ''),
  mutant(
    'revisions start again',
    'simulator/memory-store.ts',
    'deployment.desired = { revision: deployment.desired.revision + 1, target };',
    'deployment.desired = { revision: 1, target };',
  ),
  mutant('counter forgotten', 'simulator/memory-store.ts', 'counts[to] = (counts[to] ?? 0) + 1;', ''),
  mutant(
    'compare-and-set on the wave forgotten',
    'simulator/memory-store.ts',
    '!decision.expects.wave.includes(wave.state)',
    'wave.index < 0',
  ),
  mutant(
    'compare-and-set on the rollout forgotten',
    'simulator/memory-store.ts',
    'if (!decision.expects.rollout.includes(this.rollout.state)) return false;',
    '',
  ),
];

const offers: readonly Mutant[] = [
  mutant(
    'limits of failures ignored',
    'gate.ts',
    'if (exceededLimit(numbers, threshold) !== undefined) return {',
    'if (eligible < 0) return {',
  ),
  mutant('limits breached by equality', 'gate.ts', '* 100 > limit * numbers.eligible', '* 100 >= limit * numbers.eligible'),
  mutant('passes before its limits are certain', 'gate.ts', 'exceededLimit(numbers, threshold, open) === undefined', 'open >= 0'),
  mutant('rate ignored', 'offers.ts', 'Math.min(offerable, allowance.allowed)', 'offerable'),
  mutant('minute never ends', 'rate.ts', 'now < minuteStartedAt + rateMinuteMs', 'now >= 0'),
  mutant('minute always new', 'rate.ts', 'now < minuteStartedAt + rateMinuteMs', 'now < 0'),
  mutant(
    'rate grows at once',
    'rate.ts',
    "rate.on === 'offered' ? basis.offered : basis.succeeded) / rate.every",
    'basis.offered + 100) / rate.every',
  ),
  mutant('rate grows past its maximum', 'rate.ts', 'return Math.min(perMinute, rate.maximumPerMinute)', 'return perMinute'),
  mutant('rate wakes nobody', 'offers.ts', 'nextAt: allowance.nextAt', 'nextAt: null'),
  mutant('offers counted twice', 'offers.ts', 'const offeredBefore = input.rollout.offers.offered', 'const offeredBefore = 0'),
  mutant('freeze lets offers through', 'offers.ts', 'if (freeze !== null)', 'if (freeze !== null && input.now < 0)'),
  mutant('holds hold nothing', 'engine.ts', 'if (hold !== null)', 'if (hold !== null && input.now < 0)'),
  mutant('freeze lets waves start', 'start-gate.ts', 'if (freeze === null) return null', 'if (input.now > 0) return null'),
  mutant('freeze wakes nobody', 'start-gate.ts', 'earliest([freeze.until, nextDeadline(input)])', 'nextDeadline(input)'),
  mutant('deadline sleeps during a freeze', 'start-gate.ts', 'earliest([freeze.until, nextDeadline(input)])', 'freeze.until'),
  mutant('one approval is enough', 'start-gate.ts', 'wave.approvals < approval.required', 'wave.approvals < 1'),
  mutant('approval of the start forgotten', 'engine.ts', 'approvals >= approval.required', 'approvals >= 0'),
  mutant('waits wake nobody', 'offers.ts', 'earliest(waits.map(({ until }) => until))', 'null'),
  mutant('retries without end', 'retry.ts', 'attempt > (retries[ended] ?? 0)', 'attempt > 99'),
  mutant('one retry too many', 'retry.ts', 'attempt > (retries[ended] ?? 0)', 'attempt > (retries[ended] ?? 0) + 1'),
  mutant('retries at once', 'retry.ts', 'return now + Math', 'return now + 0 * Math'),
  mutant('back-off does not grow', 'retry.ts', '2 ** doublings', '1'),
  mutant(
    'window forgotten in the statement',
    'simulator/constraints.ts',
    '|| opensAt(fleet, device, now) > now) return false',
    ') return false',
  ),
  mutant(
    'agents that would not wait are told ahead',
    'simulator/constraints.ts',
    '(zone === window.oldZone ? 0 : window.leadMs)',
    'window.leadMs',
  ),
  mutant('agent does not look at its window', 'simulator/fleet.ts', 'if (waitMs > 0) {', 'if (waitMs < 0) {'),
  mutant('budget counts from scratch', 'simulator/constraints.ts', 'room.set(device.site, left - 1);', ''),
  mutant(
    'higher rollouts lose their devices',
    'simulator/memory-store.ts',
    'isHeld(this.fleet, device, write.now)) continue',
    'write.now < 0) continue',
  ),
];

const lateSuccess: readonly Mutant[] = [
  mutant('late successes not heard', 'late-success.ts', "report.state === 'succeeded' && current", "report.state === 'failed' && current"),
  mutant('late successes told to go back', 'late-success.ts', 'release.counter < ran.counter', 'release.counter > ran.counter'),
  mutant('late successes on a bad release', 'late-success.ts', 'isOver && purpose', 'isOver && state === null && purpose'),
  mutant(
    'late successes of what was merely aborted go back',
    'late-success.ts',
    "(abort.rollBack || abort.cause === 'breach')",
    'abort.cause !== null',
  ),
  mutant('late successes of a rollback go back', 'late-success.ts', "purpose !== 'rollback' && abort", 'abort'),
];

const analysis: readonly Mutant[] = [
  mutant(
    'one failed measurement too many',
    'analysis.ts',
    'failures > (metric.failureLimit ?? 0)',
    'failures > (metric.failureLimit ?? 0) + 1',
  ),
  mutant('inconclusive measurements ignored', 'analysis.ts', 'inconclusive > (metric.inconclusiveLimit ?? 0)', 'inconclusive > 99'),
  mutant('dry runs decide', 'analysis.ts', '({ dryRun }) => dryRun !== true', '() => true'),
  mutant(
    'measured at once',
    'analysis.ts',
    '?? startedAt) + analysis.intervalMs',
    '?? startedAt - analysis.intervalMs) + analysis.intervalMs',
  ),
  mutant('measured again and again', 'analysis.ts', '(measurements.at(-1)?.at ?? startedAt)', 'startedAt'),
  mutant('sample of the metric not clamped', 'analysis.ts', 'Math.min(metric.minimumSample, updated)', 'metric.minimumSample'),
  mutant(
    'baseline forgotten',
    'analysis.ts',
    'BigInt(baseline) * BigInt(condition.percentOfBaseline)',
    'BigInt(value) * BigInt(condition.percentOfBaseline)',
  ),
  mutant(
    'success hides failure',
    'analysis.ts',
    "if (bad === true) return 'failure'",
    "if (bad === true && good !== true) return 'failure'",
  ),
  mutant('what meets nothing is good', 'analysis.ts', "good === true && bad === false ? 'success'", "bad === false ? 'success'"),
  mutant('one good measurement is enough', 'analysis.ts', 'inARow === metric.consecutiveSuccessLimit', 'inARow === 1'),
  mutant('passes after the first measurement', 'analysis.ts', 'measurements.length >= analysis.count ||', 'measurements.length >= 1 ||'),
  mutant('measured too often', 'analysis.ts', 'measurements.length >= analysis.count ||', 'measurements.length > analysis.count ||'),
  mutant(
    'analysis forgotten after the soak',
    'waves.ts',
    "passGates(input, wave, 'soak_completed')",
    "completeWave(input, wave, 'soak_completed')",
  ),
  mutant(
    'analysis forgotten without a soak',
    'waves.ts',
    "passGates(input, wave, 'threshold_met')",
    "completeWave(input, wave, 'threshold_met')",
  ),
  mutant(
    'failed analysis only pauses',
    'waves.ts',
    "stepOf(breachDecisions(input, wave, { ...step, code: 'analysis_failed' }))",
    "stepOf([pauseDecision(input, wave, 'inconclusive', { ...step, code: 'analysis_failed' })])",
  ),
  mutant(
    'analysis that cannot judge is a breach',
    'waves.ts',
    "stepOf([pauseDecision(input, wave, 'inconclusive', { ...step, code: 'analysis_inconclusive' })])",
    "stepOf(breachDecisions(input, wave, { ...step, code: 'analysis_inconclusive' }))",
  ),
  mutant('measurements wake nobody', 'waves.ts', 'earliest([step.wakeAt, nextDeadline(input)])', 'nextDeadline(input)'),
  mutant('forced waves forget their analysis', 'waves.ts', "analysis?.kind === 'failed' ?", "analysis?.kind === 'passed' ?"),
  mutant(
    'two controllers measure twice',
    'simulator/memory-store.ts',
    'stored.measurements.length !== measurementsBefore',
    'measurementsBefore < 0',
  ),
  mutant('updated devices are their own baseline', 'simulator/measuring.ts', 'each.wave > wave &&', 'each.wave === wave ||'),
];

const lateWave: readonly Mutant[] = [
  mutant('the late wave has no rules', 'late-wave.ts', 'policy.waves.at(-1)', 'undefined'),
  mutant('nobody is late', 'late-wave.ts', "membership === 'continuous' || offline", 'offline'),
  mutant('waits for whoever is offline', 'offline.ts', "action === 'wait' || count === 0", "action !== 'wait' || count === 0"),
  mutant('excludes whom it shall put off', 'offline.ts', "isLate ? 'exclude' : offline.action", "'exclude'"),
  mutant('the late wave does not wait', 'offline.ts', "offline.action === 'late_wave' && !isOver", 'isOver'),
  mutant('nobody looks who is gone', 'offline.ts', 'wave.offline?.nextAt ?? null', 'null'),
  mutant('the absent time out', 'timers.ts', 'if (aside.length > 0) return aside;', ''),
  mutant('sets aside who is there', 'simulator/memory-store.ts', '&& isAbsent(deviceId)', ''),
  mutant('sets aside who has begun', 'simulator/memory-store.ts', 'notAccepted.includes(state) && isAbsent', 'isAbsent'),
  mutant('joins a wave that is over', 'simulator/memory-store.ts', '|| !mayTakeIn(wave)) return;', ') return;'),
  mutant('skips the wave of who has joined unseen', 'waves.ts', ' || (each !== wave && each.index === takesIn)', ''),
  mutant(
    'puts off into a wave that is not there',
    'simulator/memory-store.ts',
    'deployment.wave = late.index;',
    'deployment.wave = late.index + 1;',
  ),
  mutant('joins what is fixed', 'simulator/memory-store.ts', "late === null || policy.membership !== 'continuous'", 'late === null'),
];

/** Every mutant. Equivalent ones (which change nothing that can be seen) do not belong here. */
export const mutants: readonly Mutant[] = [
  ...gate,
  ...deployments,
  ...waves,
  ...time,
  ...ends,
  ...carryingOut,
  ...offers,
  ...analysis,
  ...lateSuccess,
  ...lateWave,
  ...rollbacks,
  ...reasons,
];

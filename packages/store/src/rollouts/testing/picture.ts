/** What two rollouts are compared by: states, counts, times, what holds, and what the engine is told of the wave in turn. */
import { decide, type EngineInput, type WaveInput } from '@sluice/rollout';

export type Picture = Record<string, unknown>;

/** What is stored of a rollout and its waves. */
export function pictureOf(input: EngineInput): Picture {
  const { rollout, waves } = input;
  // Who has started is not held any more.
  const held = rollout.state === 'scheduled' && rollout.hold != null;
  const { state, startedAt, pause, abort, handedToRollback, approvals, freeze, offers } = rollout;
  return {
    rollout: { state, startedAt, pause, abort, handedToRollback, approvals, frozenUntil: freeze?.until ?? null, held, offers },
    waves: waves.map((wave) => ({
      state: wave.state,
      startedAt: wave.startedAt,
      deadlineAt: wave.deadlineAt,
      soakStartedAt: wave.soakStartedAt,
      gateForced: wave.gateForced,
      approvals: wave.approvals,
      counts: Object.fromEntries(Object.entries(wave.counts).filter(([, count]) => count > 0)),
      analysis: wave.state === 'analyzing' ? analysisPicture(input, wave) : null,
    })),
    turn: turnPicture(input),
  };
}

/** Numbers are asked for only when a measurement is due and counts. */
function analysisPicture({ rollout }: EngineInput, { analysis, gateForced }: WaveInput): unknown {
  const isMeasuring = rollout.state === 'running' && !gateForced;
  return { startedAt: analysis?.startedAt, measurements: analysis?.measurements, pending: isMeasuring ? analysis?.pending : null };
}

/** Who of the wave in turn may move on, and who is not there. */
function turnPicture({ policy, rollout, waves }: EngineInput): unknown {
  const wave = waves.find(({ state }) => ['pending', 'awaiting_gate', 'running'].includes(state));
  if (wave === undefined || rollout.state !== 'running') return null;
  const looksForTheAbsent = policy.offline !== undefined && policy.offline.action !== 'wait';
  return {
    index: wave.index,
    mayBeQueued: wave.offerable?.queue,
    mayBeOffered: wave.offerable?.now,
    offline: looksForTheAbsent ? (wave.offline ?? null) : null,
  };
}

/** What the engine would do next: wait for these, until then; or decide first. */
export function stepPicture(input: EngineInput): {
  blockers: string[] | 'decisions first';
  nextTimerAt: number | null | 'decisions first';
} {
  const { decisions, blockers, nextTimerAt } = decide(input);
  if (decisions.length > 0) return { blockers: 'decisions first', nextTimerAt: 'decisions first' };
  const named = blockers.map(({ code, wave }) => `${code} ${wave}`).sort();
  return { blockers: named, nextTimerAt: Number.isFinite(nextTimerAt) ? nextTimerAt : null };
}

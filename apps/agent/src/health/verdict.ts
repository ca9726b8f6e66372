import type { HealthReasonCode, HealthVerdict } from '@sluice/contracts';
import type { UpdateState } from '../update/states.ts';
import { type HealthExpectation, judgeRunning, type RuntimeSample } from './evaluate.ts';

/** States in which the runtime is being switched: whether it is healthy is being found out. */
const undecided: readonly UpdateState[] = ['ACTIVATE', 'PROBATION', 'ROLL_BACK', 'VERIFY_ROLLBACK'];
/** What every runtime shows for a moment after its start. */
const starting: readonly HealthReasonCode[] = ['PROBE_SILENT', 'FLOWS_NOT_STARTED', 'FLOWS_REVISION_DIFFERS'];

export type VerdictInput = {
  sample: RuntimeSample;
  /** null when nothing shall run. */
  expectation: HealthExpectation | null;
  updateState: UpdateState;
  /** How long the agent has been looking at this runtime. */
  watchedMs: number;
};

/** The verdict that is reported. `unknown` while nothing runs on purpose, while it starts, and while an update is deciding it. Pure. */
export function verdictOf({ sample, expectation, updateState, watchedMs }: VerdictInput): HealthVerdict {
  if (expectation === null) return { state: 'unknown', reasons: [] };
  const reasons = judgeRunning(sample, expectation);
  if (undecided.includes(updateState)) return { state: 'unknown', reasons };
  if (reasons.length === 0) return { state: 'healthy', reasons };
  const isStarting = watchedMs < expectation.policy.startTimeoutMs && reasons.every((reason) => starting.includes(reason.code));
  return { state: isStarting ? 'unknown' : 'unhealthy', reasons };
}

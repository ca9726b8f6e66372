import {
  type Blocker,
  type DeploymentCounts,
  deploymentStates,
  type Rollout,
  type RolloutState,
  terminalRolloutStates,
} from '@sluice/contracts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

/** True when the rollout will never change again. */
export function hasEnded(state: RolloutState): boolean {
  return terminalRolloutStates.some((terminal) => terminal === state);
}

/**
 * The exit code for a rollout in this state. `completed_with_failures` is a success: its gates passed, and the policy tolerates
 * so many failed devices.
 */
export function exitCodeOfState(state: RolloutState): ExitCode {
  switch (state) {
    case 'succeeded':
    case 'completed_with_failures':
      return exitCodes.ok;
    case 'failed':
    case 'aborted':
    case 'rejected':
      return exitCodes.gateFailed;
    case 'superseded':
      return exitCodes.conflict;
    case 'draft':
    case 'pending_approval':
    case 'scheduled':
    case 'running':
    case 'paused':
    case 'aborting':
      return exitCodes.stillPending;
  }
}

const gateBlockers = new Set(['paused_by_breach', 'paused_inconclusive', 'paused_by_regress']);

/** True when a gate failed and the rollout waits for a person to decide: for a script, waiting longer is of no use. */
export function isHeldByGate(blockers: readonly Blocker[]): boolean {
  return blockers.some((blocker) => gateBlockers.has(blocker.code));
}

/** Devices by state, in the order in which they go through them: `2 succeeded, 1 verifying`. */
export function countsSentence(counts: DeploymentCounts): string {
  const parts = deploymentStates.flatMap((state) => {
    const count = counts[state] ?? 0;
    return count === 0 ? [] : [`${count} ${state.replaceAll('_', ' ')}`];
  });
  return parts.length === 0 ? 'no devices' : parts.join(', ');
}

/** One sentence on where the rollout stands. */
export function stateSentence(rollout: Rollout): string {
  const what = `${rollout.kind === 'rollback' ? 'Rollback' : 'Rollout'} of ${rollout.applicationName}/${rollout.release.name} to ${rollout.stageName}`;
  return `${what} ${rollout.state.replaceAll('_', ' ')}: ${countsSentence(rollout.counts)}.`;
}

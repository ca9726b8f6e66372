import type { Promotion, PromotionBlocker, PromotionBlockerCode, PromotionState } from '@sluice/contracts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { plainText } from '../output/text-width.ts';

/** What no waiting changes: somebody has to do something about it. */
const needsSomebody: ReadonlySet<PromotionBlockerCode> = new Set([
  'stage_deleted',
  'other_application',
  'older_than_running',
  'stage_empty',
  'variable_missing',
  'policy_blocked',
  'upstream_deleted',
  'upstream_failed',
  'upstream_aborted',
  'upstream_rolled_back',
  'upstream_superseded',
  'held',
]);

/** True when it is of no use for a script to wait longer. */
export function isStuck(blockers: readonly Pick<PromotionBlocker, 'code'>[]): boolean {
  return blockers.some(({ code }) => needsSomebody.has(code));
}

/** True when there is nothing to do: every device of the stage runs the release. */
export function isThere(blockers: readonly Pick<PromotionBlocker, 'code'>[]): boolean {
  return blockers.some(({ code }) => code === 'already_there');
}

/** The exit code for blockers: 0 nothing is in the way, or it is there already; 7 somebody has to do something; 8 it waits. */
export function exitCodeOfBlockers(blockers: readonly Pick<PromotionBlocker, 'code'>[]): ExitCode {
  if (blockers.length === 0 || isThere(blockers)) return exitCodes.ok;
  return isStuck(blockers) ? exitCodes.gateFailed : exitCodes.stillPending;
}

/** The exit code for how a promotion ended that has no rollout. */
export function exitCodeOfPromotion(state: PromotionState): ExitCode {
  switch (state) {
    case 'started':
      return exitCodes.ok;
    case 'superseded':
      return exitCodes.conflict;
    case 'waiting':
      return exitCodes.stillPending;
    case 'canceled':
    case 'rejected':
    case 'failed':
      return exitCodes.gateFailed;
  }
}

/** One sentence on where the promotion stands. */
export function promotionSentence(promotion: Promotion): string {
  const { applicationName, releaseName, stageName, state, reason, rolloutId } = promotion;
  const what = plainText(`Promotion of ${applicationName}/${releaseName} to ${stageName}`);
  if (state === 'started') return `${what} has started${rolloutId === null ? '' : ` as rollout ${rolloutId}`}.`;
  if (state === 'waiting') return `${what} waits.`;
  return `${what} was ${state}${state === 'failed' ? ': it could not start' : ''}.${reason === null ? '' : ` ${plainText(reason)}`}`;
}

import type { RolloutDetail } from '@sluice/contracts';
import { CliError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, text } from '../../frame/parameters.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { hasEnded } from '../../rollouts/outcome.ts';
import { startRollout } from '../../rollouts/start.ts';
import { waitHelp, waitParameters } from './wait.ts';

export const rolloutRetry = defineVerb({
  summary: 'Try again with the devices that a rollout which has ended did not bring to its release',
  more: `A new rollout of the same release into the same stage, by the same policy; devices that run the release already are left out.

${waitHelp}`,
  parameters: {
    rollout: argument('rollout', 'Its id, or latest'),
    reason: text('--reason <text>', 'Why, for the ledger'),
    dryRun: flag('--dry-run', 'Only say what would be'),
    ...waitParameters,
  },
  run: async (invocation, { rollout: reference, reason, ...options }) => {
    const session = await invocation.connect();
    const rollout = await session.get<RolloutDetail>(`/rollouts/${await resolveRolloutId(session, reference)}`);
    const { id, state, release, stageId, policy } = rollout;
    if (!hasEnded(state)) {
      const hint = `Wait for its end (sluice rollout watch ${id}), or abort it.`;
      throw new CliError('STATE_CONFLICT', 'The rollout has not ended: it still tries by itself.', { exitCode: exitCodes.conflict, hint });
    }
    if (stageId === null) throw new CliError('STATE_CONFLICT', 'Its stage was deleted.', { exitCode: exitCodes.conflict });
    const request = { releaseId: release.id, stageId, policy, reason: reason ?? `Retry of the rollout ${id}` };
    return startRollout(invocation, session, request, options);
  },
});

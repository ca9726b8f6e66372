import { defineVerb } from '../../frame/define.ts';
import { flag, text } from '../../frame/parameters.ts';
import { promotionParameters, readPromotion } from '../../rollouts/promotion.ts';
import { startRollout } from '../../rollouts/start.ts';
import { waitHelp, waitParameters } from './wait.ts';

export const rolloutCreate = defineVerb({
  summary: 'Roll a release out into a stage at once, past the gates of the stage',
  more: waitHelp,
  parameters: {
    ...promotionParameters,
    dryRun: flag('--dry-run', 'Only say what would be, as sluice rollout simulate does'),
    reason: text('--reason <text>', 'Why, for the ledger'),
    ...waitParameters,
  },
  run: async (invocation, { wait, timeout, reason, dryRun, ...values }) => {
    const { session, request } = await readPromotion(invocation, values);
    const full = { ...request, ...(reason === undefined ? {} : { reason }) };
    return startRollout(invocation, session, full, { dryRun, wait, timeout });
  },
});

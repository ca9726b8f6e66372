import type { Rollout, RolloutPreview } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { flag, text } from '../../frame/parameters.ts';
import { rolloutView } from '../../output/views/rollouts.ts';
import { exitCodeOfEnd, noteRollbacks, waitForRollout } from '../../rollouts/follow.ts';
import { printPreview } from '../../rollouts/preview.ts';
import { promotionParameters, readPromotion } from '../../rollouts/promotion.ts';
import { waitHelp, waitParameters } from './wait.ts';

export const rolloutCreate = defineVerb({
  summary: 'Promote a release into a stage',
  more: waitHelp,
  parameters: {
    ...promotionParameters,
    dryRun: flag('--dry-run', 'Only say what would be, as sluice rollout simulate does'),
    reason: text('--reason <text>', 'Why, for the ledger'),
    ...waitParameters,
  },
  run: async (invocation, { wait, timeout, reason, dryRun, ...values }) => {
    const { ports, print, note } = invocation;
    const { session, request } = await readPromotion(invocation, values);
    if (dryRun) {
      printPreview(invocation, await session.post<RolloutPreview>('/rollouts?validateOnly=true', request));
      return undefined;
    }
    const rollout = await session.post<Rollout>('/rollouts', { ...request, ...(reason === undefined ? {} : { reason }) });
    if (!wait) {
      print.one(rollout, rolloutView(ports.timeZone));
      return undefined;
    }
    note(`Rollout ${rollout.id} ${rollout.state === 'pending_approval' ? 'waits for approval.' : 'has begun.'}`);
    const end = await waitForRollout(invocation, session, { rolloutId: rollout.id, timeoutMs: timeout });
    print.one(end.rollout, rolloutView(ports.timeZone));
    await noteRollbacks(invocation, session, end.rollout);
    return exitCodeOfEnd(end);
  },
});

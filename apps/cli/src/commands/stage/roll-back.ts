import type { RollBackStageRequest, StageRollBack } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { flag, requiredText, text } from '../../frame/parameters.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveRelease } from '../../resolve/releases.ts';
import { pickStage, readStageWorld, stageReference } from '../../resolve/stages.ts';
import { waitTimeoutMsDefault } from '../../rollouts/follow.ts';
import { printStageRollBack, waitUntilAllAreBack } from '../../rollouts/roll-back-stage.ts';
import { waitParameters } from '../rollout/wait.ts';
import { stageParameters } from './parameters.ts';

export const stageRollBack = defineVerb({
  summary: 'Send its devices back, each to its own last good release, and hold the release that they leave',
  more: `A rollout that is under way there is ended. Going back is a staged rollout, those that are unhealthy first; no freeze, window or hold keeps
devices from it. Who has run no other release well stays, and is named.

With --wait the exit code is 0 when all are back, 7 when some could not go back, 8 when some still are on their way after --timeout. While a
rollback is under way there already, it is refused (exit code 6).

Examples:
  sluice stage roll-back line/prod --reason "It loses the connection to the filler" --wait
  sluice stage roll-back line/prod --reason "Drift" --dry-run`,
  parameters: {
    ...stageParameters,
    reason: requiredText('--reason <text>', 'Why: for the ledger, and for whoever promotes the release there again'),
    to: text('--to <release>', 'This release, for those that ran it well (default: previous, each its own)'),
    yes: flag('-y, --yes', 'Do not ask'),
    dryRun: flag('--dry-run', 'Only say who would go where'),
    ...waitParameters,
  },
  run: async (invocation, { stage: reference, app, reason, to, yes, dryRun, wait, timeout = waitTimeoutMsDefault }) => {
    const session = await invocation.connect();
    const { all } = await readStageWorld(session, app === undefined ? undefined : await resolveApplication(session, app));
    const placed = pickStage(reference, all);
    const release = to === undefined || to === 'previous' ? undefined : await resolveRelease(session, to, placed.applicationName);
    const request: RollBackStageRequest = { reason, ...(release === undefined ? {} : { to: release.id }) };
    const path = `/stages/${placed.stage.id}/roll-back`;
    if (dryRun || !yes) {
      const preview = await session.post<StageRollBack>(`${path}?validateOnly=true`, request);
      if (dryRun) {
        printStageRollBack(invocation, preview, false);
        return undefined;
      }
      const count = preview.groups.reduce((sum, { devices }) => sum + devices.count, 0);
      const what = preview.left.map(({ name }) => name).join(', ');
      await invocation.confirm(`Roll ${stageReference(placed, all)} back from ${what} (${count} devices)?`, yes);
    }
    const rollBack = await session.post<StageRollBack>(path, request);
    if (wait) return waitUntilAllAreBack(invocation, session, { rollBack, timeoutMs: timeout });
    printStageRollBack(invocation, rollBack, true);
    return undefined;
  },
});

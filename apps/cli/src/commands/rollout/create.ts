import type { CreateRolloutRequest, Rollout, RolloutPolicy } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { requiredText, text } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import { rolloutView } from '../../output/views/rollouts.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveRelease } from '../../resolve/releases.ts';
import { resolveStage } from '../../resolve/stages.ts';
import { exitCodeOfEnd, noteRollbacks, waitForRollout } from '../../rollouts/follow.ts';
import { waitHelp, waitParameters } from './wait.ts';

export const rolloutCreate = defineVerb({
  summary: 'Promote a release into a stage',
  more: waitHelp,
  parameters: {
    release: requiredText('--release <release>', 'Its name, line/v3, latest, or its id'),
    stage: requiredText('--stage <stage>', 'Its name, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    policy: text('--policy <file>', 'Another rollout policy than that of the stage: JSON or YAML'),
    reason: text('--reason <text>', 'Why, for the ledger'),
    ...waitParameters,
  },
  run: async (invocation, { release: reference, stage, app, policy, reason, wait, timeout }) => {
    const { ports, print, note } = invocation;
    // The control plane checks what the file says.
    const ownPolicy = policy === undefined ? undefined : ((await readDocument(ports, policy)) as RolloutPolicy);
    const session = await invocation.connect();
    const release = await resolveRelease(session, reference, app);
    const application = await resolveApplication(session, release.applicationId);
    const { id: stageId } = await resolveStage(session, stage, application);
    const request: CreateRolloutRequest = {
      releaseId: release.id,
      stageId,
      ...(ownPolicy === undefined ? {} : { policy: ownPolicy }),
      ...(reason === undefined ? {} : { reason }),
    };
    const rollout = await session.post<Rollout>('/rollouts', request);
    if (!wait) {
      print.one(rollout, rolloutView(ports.timeZone));
      return undefined;
    }
    note(`Rollout ${rollout.id} has begun.`);
    const end = await waitForRollout(invocation, session, { rolloutId: rollout.id, timeoutMs: timeout });
    print.one(end.rollout, rolloutView(ports.timeZone));
    await noteRollbacks(invocation, session, end.rollout);
    return exitCodeOfEnd(end);
  },
});

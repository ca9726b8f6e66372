import { type Rollout, rolloutStates } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { choice, flag, text } from '../../frame/parameters.ts';
import { rolloutView } from '../../output/views/rollouts.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveStage } from '../../resolve/stages.ts';

export const rolloutList = defineVerb({
  summary: 'The rollouts, newest first',
  parameters: {
    app: text('--app <app>', 'Of this application only: its name or id'),
    stage: text('--stage <stage>', 'Of this stage of the application only'),
    state: choice('--state <state>', rolloutStates, 'Only those in this state'),
    active: flag('--active', 'Only those that have not ended'),
    ...listParameters,
  },
  run: async (invocation, { app, stage, state, active, ...values }) => {
    if (stage !== undefined && app === undefined) throw usageError('A stage belongs to an application.', 'Add --app.');
    const session = await invocation.connect();
    const application = app === undefined ? undefined : await resolveApplication(session, app);
    const stageId = stage === undefined || application === undefined ? undefined : (await resolveStage(session, stage, application)).id;
    const query = { applicationId: application?.id, stageId, state, active: active || undefined };
    const items = await readList<Rollout>(invocation, session, { path: '/rollouts', query, values });
    printList(invocation, items, rolloutView(invocation.ports.timeZone));
    return undefined;
  },
});

import { type Promotion, promotionStates } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { choice, text } from '../../frame/parameters.ts';
import { promotionView } from '../../output/views/promotions.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveRelease } from '../../resolve/releases.ts';
import { resolveStage } from '../../resolve/stages.ts';

export const promotionList = defineVerb({
  summary: 'The promotions, newest first',
  parameters: {
    app: text('--app <app>', 'Of this application only: its name or id'),
    stage: text('--stage <stage>', 'Into this stage of the application only'),
    release: text('--release <release>', 'Of this release only: line/v3 or its id'),
    state: choice('--state <state>', promotionStates, 'Only those in this state'),
    ...listParameters,
  },
  run: async (invocation, { app, stage, release, state, ...values }) => {
    if (stage !== undefined && app === undefined) throw usageError('A stage belongs to an application.', 'Add --app.');
    const session = await invocation.connect();
    const application = app === undefined ? undefined : await resolveApplication(session, app);
    const stageId = stage === undefined || application === undefined ? undefined : (await resolveStage(session, stage, application)).id;
    const releaseId = release === undefined ? undefined : (await resolveRelease(session, release, app)).id;
    const query = { applicationId: application?.id, stageId, releaseId, state };
    const items = await readList<Promotion>(invocation, session, { path: '/promotions', query, values });
    printList(invocation, items, promotionView(invocation.ports.timeZone));
    return undefined;
  },
});

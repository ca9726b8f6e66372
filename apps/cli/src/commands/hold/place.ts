import type { CreateHoldRequest, Hold } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, requiredText, text } from '../../frame/parameters.ts';
import { holdView } from '../../output/views/gates.ts';
import { readStageNames } from '../../resolve/gates.ts';
import { applicationOfStage } from '../../resolve/policies.ts';
import { resolveRelease } from '../../resolve/releases.ts';
import { resolveStage } from '../../resolve/stages.ts';

export const holdPlace = defineVerb({
  summary: 'Promotions into a stage do not start, of one release or of any; what runs already goes on',
  more: `Aborting or rolling back a rollout places one by itself, for its release.

Examples:
  sluice hold place line/prod --release v3 --reason "It loses the connection to the filler"
  sluice hold place line/prod --reason "Audit week"`,
  parameters: {
    stage: argument('stage', 'line/prod, or prod with --app'),
    release: text('--release <release>', 'Only this one: its name, latest, or its id (default: every release)'),
    app: text('--app <app>', 'The application of the stage'),
    reason: requiredText('--reason <text>', 'Why: it is shown to whoever promotes'),
  },
  run: async ({ connect, print, ports }, { stage, release, app, reason }) => {
    const session = await connect();
    const application = await applicationOfStage(session, stage, app);
    const { id: stageId } = await resolveStage(session, stage, application);
    const releaseId = release === undefined ? {} : { releaseId: (await resolveRelease(session, release, application.name)).id };
    const request: CreateHoldRequest = { stageId, ...releaseId, reason };
    const hold = await session.post<Hold>('/holds', request);
    const names = print.isForPeople ? await readStageNames(session) : new Map<string, string>();
    print.one(hold, holdView(ports.timeZone, names));
    return undefined;
  },
});

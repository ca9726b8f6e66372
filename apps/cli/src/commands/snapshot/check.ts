import type { PolicyReport } from '@sluice/contracts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { reportLines } from '../../output/findings.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';
import { resolveStage } from '../../resolve/stages.ts';

export const snapshotCheck = defineVerb({
  summary: 'What the policies find in a snapshot now',
  more: 'The exit code is 7 when something blocks, 0 when nothing does.',
  parameters: {
    snapshot: argument('snapshot', 'v3, line/v3, latest, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    stage: text('--stage <stage>', 'By the settings of this stage, with its variables: prod'),
  },
  run: async ({ connect, print }, { snapshot: reference, app, stage }) => {
    const session = await connect();
    const snapshot = await resolveSnapshot(session, reference, app);
    const stageIdOf = async (name: string): Promise<string> =>
      (await resolveStage(session, name, await resolveApplication(session, snapshot.applicationId))).id;
    const stageId = stage === undefined ? undefined : await stageIdOf(stage);
    const report = await session.get<PolicyReport>(`/snapshots/${snapshot.id}/findings`, { stageId });
    if (print.isForPeople) for (const line of reportLines(report, print.paint)) print.line(line);
    else if (print.format === 'name') for (const { rule, subject } of report.findings) print.line(`${rule} ${subject}`);
    else print.data(report);
    return report.isBlocked ? exitCodes.gateFailed : exitCodes.ok;
  },
});

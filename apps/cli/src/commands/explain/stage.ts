import type { PipelineEligibility } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, integer, text } from '../../frame/parameters.ts';
import { plainText } from '../../output/text-width.ts';
import { type ReleaseInStage, releaseInStageView } from '../../output/views/promotions.ts';
import { isThere } from '../../promotions/outcome.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { pickStage, readStageWorld } from '../../resolve/stages.ts';
import { blockerLines } from '../../rollouts/tell.ts';

const releasesDefault = 10;

/** The releases of an answer that was asked for one stage. */
function inStage({ items }: PipelineEligibility): ReleaseInStage[] {
  return items.flatMap(({ stages, ...release }) => stages.map((stage) => ({ release, stage })));
}

export const explainStage = defineVerb({
  summary: 'Which releases may go into a stage now, and what keeps the newest out',
  parameters: {
    stage: argument('stage', 'Its name, line/prod, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    releases: integer('--releases <count>', `How many, the newest first (default ${releasesDefault})`),
  },
  run: async (invocation, { stage: reference, app, releases = releasesDefault }) => {
    const { print, ports } = invocation;
    const session = await invocation.connect();
    const { all } = await readStageWorld(session, app === undefined ? undefined : await resolveApplication(session, app));
    const { stage } = pickStage(reference, all);
    const query = { stageId: stage.id, limit: Math.min(releases, 500) };
    const eligibility = await session.get<PipelineEligibility>(`/pipelines/${stage.pipelineId}/eligibility`, query);
    const rows = inStage(eligibility);
    if (!print.isForPeople && print.format !== 'name') {
      print.data(eligibility.items);
      return undefined;
    }
    if (print.format === 'name') {
      for (const { release, stage: of } of rows) if (of.isEligible) print.line(release.releaseName);
      return undefined;
    }
    print.list(rows, releaseInStageView);
    const [newest] = rows;
    if (newest === undefined) invocation.note('There are no releases.');
    else if (!newest.stage.isEligible && !isThere(newest.stage.blockers)) {
      print.line('');
      print.line(`What keeps ${plainText(newest.release.releaseName)} out:`);
      for (const line of blockerLines(newest.stage.blockers, ports.timeZone)) print.line(line);
    }
    return undefined;
  },
});

import type { Invocation } from '../../frame/invocation.ts';
import { type PlacedPipeline, pipelineView, stageView } from '../../output/views/stages.ts';
import { placedStages } from '../../resolve/stages.ts';

/** Prints one pipeline with its stages. */
export function printPipeline({ print, ports }: Invocation, placed: PlacedPipeline, groupNames: ReadonlyMap<string, string>): void {
  const { pipeline, applicationName } = placed;
  if (!print.isForPeople && print.format !== 'name') {
    print.data({ applicationName, ...pipeline });
    return;
  }
  print.one(placed, pipelineView(ports.timeZone));
  const stages = placedStages([pipeline], applicationName);
  const columns = stageView(stages, groupNames).columns.filter(({ title }) => title !== 'Application' && title !== 'Pipeline');
  print.section(
    'Stages',
    stages,
    columns.filter(({ wide }) => wide === undefined || print.format === 'wide'),
  );
}

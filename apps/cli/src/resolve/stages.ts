import type { Application, Pipeline, Stage } from '@sluice/contracts';
import type { Session } from '../frame/session.ts';
import { isId, pickNamed } from './match.ts';

/** A stage with the names of what it belongs to. */
export type PlacedStage = { stage: Stage; pipelineName: string; applicationName: string };

/** The stages of an application in the order of its pipelines. */
export async function stagesOf(session: Session, application: Application): Promise<PlacedStage[]> {
  const pipelines = await session.all<Pipeline>(`/applications/${application.id}/pipelines`);
  return pipelines.flatMap((pipeline) =>
    pipeline.stages.map((stage) => ({ stage, pipelineName: pipeline.name, applicationName: application.name })),
  );
}

/** `line/prod`, and with its pipeline where another pipeline has a stage of this name: `line/main/prod`. */
export function stageReference({ stage, pipelineName, applicationName }: PlacedStage, all: readonly PlacedStage[]): string {
  const namesakes = all.filter((each) => each.applicationName === applicationName && each.stage.name === stage.name);
  return namesakes.length > 1 ? `${applicationName}/${pipelineName}/${stage.name}` : `${applicationName}/${stage.name}`;
}

/**
 * The stage of the application that is meant by an id, `prod`, `line/prod`, `main/prod` or `line/main/prod`.
 * @throws CliError NOT_FOUND, AMBIGUOUS when several pipelines have it
 */
export async function resolveStage(session: Session, reference: string, application: Application): Promise<Stage> {
  if (isId(reference)) return session.get(`/stages/${reference}`);
  const items = await stagesOf(session, application);
  const namesOf = ({ stage, pipelineName, applicationName }: PlacedStage): string[] => [
    stage.name,
    `${pipelineName}/${stage.name}`,
    `${applicationName}/${stage.name}`,
    `${applicationName}/${pipelineName}/${stage.name}`,
  ];
  return pickNamed(reference, { noun: 'stage', items, namesOf, labelOf: (item) => stageReference(item, items) }).stage;
}

import type { Application, Pipeline, Stage } from '@sluice/contracts';
import type { Session } from '../frame/session.ts';
import { readGroupNames } from './fleet.ts';
import { isId, pickNamed } from './match.ts';

/** A stage with the names of what it belongs to, and of the stages that it comes after. */
export type PlacedStage = { stage: Stage; pipelineName: string; applicationName: string; upstreams: string[] };

/** The stages of pipelines of one application, in their order. */
export function placedStages(pipelines: readonly Pipeline[], applicationName: string): PlacedStage[] {
  return pipelines.flatMap((pipeline) =>
    pipeline.stages.map((stage) => ({
      stage,
      pipelineName: pipeline.name,
      applicationName,
      upstreams: stage.upstreamStageIds.map((id) => pipeline.stages.find((each) => each.id === id)?.name ?? id),
    })),
  );
}

/** The stages of an application in the order of its pipelines. */
export async function stagesOf(session: Session, application: Application): Promise<PlacedStage[]> {
  return placedStages(await session.all<Pipeline>(`/applications/${application.id}/pipelines`), application.name);
}

/** `line/prod`, and with its pipeline where another pipeline has a stage of this name: `line/main/prod`. */
export function stageReference({ stage, pipelineName, applicationName }: PlacedStage, all: readonly PlacedStage[]): string {
  const namesakes = all.filter((each) => each.applicationName === applicationName && each.stage.name === stage.name);
  return namesakes.length > 1 ? `${applicationName}/${pipelineName}/${stage.name}` : `${applicationName}/${stage.name}`;
}

/**
 * The stage that is meant by an id, `prod`, `line/prod`, `main/prod` or `line/main/prod`, among some.
 * @throws CliError NOT_FOUND, AMBIGUOUS when several have this name
 */
export function pickStage(reference: string, items: readonly PlacedStage[]): PlacedStage {
  const namesOf = ({ stage, pipelineName, applicationName }: PlacedStage): string[] => [
    stage.name,
    `${pipelineName}/${stage.name}`,
    `${applicationName}/${stage.name}`,
    `${applicationName}/${pipelineName}/${stage.name}`,
    stage.id,
  ];
  return pickNamed(reference, { noun: 'stage', items, namesOf, labelOf: (item) => stageReference(item, items) });
}

/**
 * The stage of the application that is meant by an id, `prod`, `line/prod`, `main/prod` or `line/main/prod`.
 * @throws CliError NOT_FOUND, AMBIGUOUS when several pipelines have it
 */
export async function resolveStage(session: Session, reference: string, application: Application): Promise<Stage> {
  if (isId(reference)) return session.get(`/stages/${reference}`);
  return pickStage(reference, await stagesOf(session, application)).stage;
}

/** Every stage that is meant to be looked among, and the names of all groups. */
export type StageWorld = { all: PlacedStage[]; groupNames: Map<string, string> };

/** The stages of one application or, when none is named, of all, and the names of groups. */
export async function readStageWorld(session: Session, application: Application | undefined): Promise<StageWorld> {
  const applications = application === undefined ? await session.all<Application>('/applications') : [application];
  const all = (await Promise.all(applications.map((each) => stagesOf(session, each)))).flat();
  return { all, groupNames: await readGroupNames(session) };
}

import type { Application, Pipeline } from '@sluice/contracts';
import type { Session } from '../frame/session.ts';
import type { PlacedPipeline } from '../output/views/stages.ts';
import { scopeOf } from './applications.ts';
import { isId, pickNamed } from './match.ts';

/** The pipelines of applications. */
export async function pipelinesOf(session: Session, applications: readonly Application[]): Promise<PlacedPipeline[]> {
  const found = await Promise.all(
    applications.map(async ({ id, name }) => {
      const pipelines = await session.all<Pipeline>(`/applications/${id}/pipelines`);
      return pipelines.map((pipeline) => ({ pipeline, applicationName: name }));
    }),
  );
  return found.flat();
}

/**
 * The pipeline that is meant by an id, `main` or `line/main`.
 * @throws CliError NOT_FOUND, AMBIGUOUS when several applications have it
 */
export async function resolvePipeline(session: Session, reference: string, app: string | undefined): Promise<PlacedPipeline> {
  const { name, applications } = await scopeOf(session, reference, app);
  const items = await pipelinesOf(session, applications);
  const namesOf = ({ pipeline, applicationName }: PlacedPipeline): string[] => [
    ...(isId(reference) ? [pipeline.id] : []),
    pipeline.name,
    `${applicationName}/${pipeline.name}`,
  ];
  return pickNamed(name, {
    noun: 'pipeline',
    items,
    namesOf,
    labelOf: ({ pipeline, applicationName }) => `${applicationName}/${pipeline.name}`,
  });
}

import { useQueries, useQuery } from '@tanstack/react-query';
import { pipelinesQuery } from '../../api/application-queries.ts';
import { applicationsQuery } from '../../api/queries.ts';
import { useMembership } from '../session/membership.ts';

/** All stages, by the name of their application. */
export function useStageChoices(): { value: string; label: string }[] {
  const { organizationId } = useMembership();
  const applications = useQuery(applicationsQuery(organizationId)).data?.items ?? [];
  const pipelines = useQueries({ queries: applications.map(({ id }) => pipelinesQuery(organizationId, id)) });
  return pipelines.flatMap(({ data }, index) =>
    (data?.items ?? []).flatMap(({ stages }) =>
      stages.map(({ id, name }) => ({ value: id, label: `${applications[index]?.name ?? ''}: ${name}` })),
    ),
  );
}

import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelinesQuery } from '../../api/application-queries.ts';
import { snapshotIntegrationsQuery } from '../../api/integration-queries.ts';
import { ErrorNotice } from '../../ui/notice.tsx';
import { useMembership } from '../session/membership.ts';
import { EndpointsPanel } from './endpoints-panel.tsx';

/** What a snapshot talks to; with the variables of a stage, when one is chosen. */
export function SnapshotEndpoints({ snapshotId, applicationId }: { snapshotId: string; applicationId: string }) {
  const { organizationId } = useMembership();
  const [stageId, setStageId] = useState<string>();
  const { data, error, refetch } = useQuery(snapshotIntegrationsQuery(organizationId, snapshotId, stageId));
  const pipelines = useQuery(pipelinesQuery(organizationId, applicationId)).data?.items ?? [];
  const stages = pipelines.flatMap((pipeline) => pipeline.stages.map(({ id, name }) => ({ value: id, label: name })));
  if (error !== null) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  return (
    <EndpointsPanel
      map={data}
      empty="The flows talk to nothing outside"
      aside={
        stages.length === 0 ? null : (
          <Select
            size="xs"
            aria-label="With the variables of a stage"
            placeholder="Names of variables stay"
            clearable
            clearButtonProps={{ 'aria-label': 'Without the variables of a stage' }}
            data={stages}
            value={stageId ?? null}
            onChange={(id) => setStageId(id ?? undefined)}
          />
        )
      }
    />
  );
}

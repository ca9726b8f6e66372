import { useQuery } from '@tanstack/react-query';
import { pipelinesQuery } from '../../api/application-queries.ts';
import type { IntegrationFilters } from '../../api/integration-queries.ts';
import { applicationsQuery, groupsQuery } from '../../api/queries.ts';
import { FilterBar, FilterChoice } from '../../ui/filter-bar.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useMembership } from '../session/membership.ts';
import { directionWords, endpointDirections, endpointKinds, kindWords } from './endpoint-words.ts';
import { securityFilters, securityWords } from './filters.ts';

type Changes = { [K in keyof IntegrationFilters]?: IntegrationFilters[K] | undefined };

/** The stages of one application. */
function StageFilter({
  applicationId,
  value,
  onChoose,
}: {
  applicationId: string;
  value: string | undefined;
  onChoose: (id?: string) => void;
}) {
  const { organizationId } = useMembership();
  const pipelines = useQuery(pipelinesQuery(organizationId, applicationId)).data?.items ?? [];
  const choices = pipelines.flatMap(({ stages }) => stages.map(({ id, name }) => ({ value: id, label: name })));
  return <FilterChoice label="Stage" anyLabel="Any stage" value={value} choices={choices} onChoose={onChoose} />;
}

/** What to see of the map. Every filter is part of the address. */
export function IntegrationFilterBar({
  filters,
  onChange,
}: {
  filters: IntegrationFilters;
  onChange: (filters: IntegrationFilters) => void;
}) {
  const { organizationId } = useMembership();
  const groups = useQuery(groupsQuery(organizationId)).data?.items ?? [];
  const applications = useQuery(applicationsQuery(organizationId)).data?.items ?? [];
  const set = (changes: Changes): void => {
    const merged = Object.entries({ ...filters, ...changes }).filter(([, value]) => value !== undefined && value !== '');
    onChange(Object.fromEntries(merged) as IntegrationFilters);
  };
  return (
    <FilterBar isFiltered={Object.keys(filters).length > 0} onClear={() => onChange({})}>
      <div className="sl-filters-search">
        <SearchField label="Who talks to host or address" value={filters.address ?? ''} onSearch={(address) => set({ address })} />
      </div>
      <FilterChoice
        label="Kind"
        anyLabel="Any kind"
        value={filters.kind}
        choices={endpointKinds.map((value) => ({ value, label: kindWords[value] }))}
        onChoose={(kind) => set({ kind })}
      />
      <FilterChoice
        label="Direction"
        anyLabel="Any direction"
        value={filters.direction}
        choices={endpointDirections.map((value) => ({ value, label: directionWords[value] }))}
        onChoose={(direction) => set({ direction })}
      />
      <FilterChoice
        label="Protection"
        anyLabel="Any protection"
        value={filters.security}
        choices={securityFilters.map((value) => ({ value, label: securityWords[value] }))}
        onChoose={(security) => set({ security })}
      />
      <FilterChoice
        label="Application"
        anyLabel="Any application"
        value={filters.applicationId}
        choices={applications.map(({ id, name }) => ({ value: id, label: name }))}
        onChoose={(applicationId) => set({ applicationId, stageId: undefined })}
      />
      {filters.applicationId === undefined ? null : (
        <StageFilter applicationId={filters.applicationId} value={filters.stageId} onChoose={(stageId) => set({ stageId })} />
      )}
      <FilterChoice
        label="Group"
        anyLabel="Any group"
        value={filters.groupId}
        choices={groups.map(({ id, name }) => ({ value: id, label: name }))}
        onChoose={(groupId) => set({ groupId })}
      />
    </FilterBar>
  );
}

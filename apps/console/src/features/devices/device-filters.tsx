import { useQuery } from '@tanstack/react-query';
import { releaseQuery } from '../../api/application-queries.ts';
import { type DeviceFilters, groupsQuery } from '../../api/queries.ts';
import { FilterBar, FilterChoice } from '../../ui/filter-bar.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useMembership } from '../session/membership.ts';
import { approvalAppearances, connectivityAppearances, healthAppearances } from './appearances.ts';
import { approvals, connectivities, healths } from './filters.ts';

/** The one release that is filtered by: pages of releases link here with it. */
function ReleaseFilter({ releaseId, onClear }: { releaseId: string; onClear: () => void }) {
  const { organizationId } = useMembership();
  const { data } = useQuery(releaseQuery(organizationId, releaseId));
  return (
    <FilterChoice
      label="Runs release"
      anyLabel="Any release"
      value={releaseId}
      choices={[{ value: releaseId, label: `Runs ${data?.name ?? '…'}` }]}
      onChoose={(chosen) => chosen ?? onClear()}
    />
  );
}

/** What to see of the fleet. Every filter is part of the address. */
export function DeviceFilterBar({ filters, onChange }: { filters: DeviceFilters; onChange: (filters: DeviceFilters) => void }) {
  const { organizationId } = useMembership();
  const groups = useQuery(groupsQuery(organizationId));
  const set = (changes: { [K in keyof DeviceFilters]?: DeviceFilters[K] | undefined }): void => {
    const merged = Object.entries({ ...filters, ...changes }).filter(([, value]) => value !== undefined && value !== '');
    onChange(Object.fromEntries(merged) as DeviceFilters);
  };
  return (
    <FilterBar isFiltered={Object.keys(filters).length > 0} onClear={() => onChange({})}>
      <div className="sl-filters-search">
        <SearchField label="Search by name" value={filters.search ?? ''} onSearch={(search) => set({ search })} />
      </div>
      <FilterChoice
        label="Health"
        anyLabel="Any health"
        value={filters.health}
        choices={healths.map((value) => ({ value, label: healthAppearances[value].label }))}
        onChoose={(health) => set({ health })}
      />
      <FilterChoice
        label="Connectivity"
        anyLabel="Any connectivity"
        value={filters.connectivity}
        choices={connectivities.map((value) => ({ value, label: connectivityAppearances[value].label }))}
        onChoose={(connectivity) => set({ connectivity })}
      />
      <FilterChoice
        label="Group"
        anyLabel="Any group"
        value={filters.groupId}
        choices={(groups.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        onChoose={(groupId) => set({ groupId })}
      />
      <FilterChoice
        label="Approval"
        anyLabel="Any approval"
        value={filters.approval}
        choices={approvals.map((value) => ({ value, label: approvalAppearances[value].label }))}
        onChoose={(approval) => set({ approval })}
      />
      {filters.releaseId === undefined ? null : (
        <ReleaseFilter releaseId={filters.releaseId} onClear={() => set({ releaseId: undefined })} />
      )}
    </FilterBar>
  );
}

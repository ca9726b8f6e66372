import { SegmentedControl } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { applicationsQuery, type RolloutFilters, rolloutListQuery } from '../../api/queries.ts';
import { FilterBar, FilterChoice } from '../../ui/filter-bar.tsx';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { useMembership } from '../session/membership.ts';
import { rolloutStateNames } from './filters.ts';
import { rolloutColumns } from './rollout-columns.tsx';
import { rolloutAppearances } from './states.ts';

const route = getRouteApi('/organizations/$organizationId/rollouts');

type Changes = { [K in keyof RolloutFilters]?: RolloutFilters[K] | undefined };

const activities = [
  { value: 'all', label: 'All' },
  { value: 'true', label: 'In flight' },
  { value: 'false', label: 'Ended' },
];

function Filters({ filters, onChange }: { filters: RolloutFilters; onChange: (filters: RolloutFilters) => void }) {
  const { organizationId } = useMembership();
  const applications = useQuery(applicationsQuery(organizationId));
  const set = (changes: Changes): void => {
    const merged = Object.entries({ ...filters, ...changes }).filter(([, value]) => value !== undefined);
    onChange(Object.fromEntries(merged) as RolloutFilters);
  };
  return (
    <FilterBar isFiltered={Object.keys(filters).length > 0} onClear={() => onChange({})}>
      <SegmentedControl
        aria-label="Which rollouts"
        data={activities}
        value={filters.active === undefined ? 'all' : String(filters.active)}
        onChange={(value) => set({ active: value === 'all' ? undefined : value === 'true' })}
      />
      <FilterChoice
        label="State"
        anyLabel="Any state"
        value={filters.state}
        choices={rolloutStateNames.map((value) => ({ value, label: rolloutAppearances[value].label }))}
        onChoose={(state) => set({ state })}
      />
      <FilterChoice
        label="Application"
        anyLabel="Any application"
        value={filters.applicationId}
        choices={(applications.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        onChoose={(applicationId) => set({ applicationId })}
      />
    </FilterBar>
  );
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyNotice title="No rollout matches">Take a filter away to see more.</EmptyNotice>
  ) : (
    <EmptyNotice title="Nothing has been rolled out yet">
      Promote a release into a stage on its page, or with sluice promote; its rollout then appears here by itself.
    </EmptyNotice>
  );
}

/** All rollouts, newest first. */
export function RolloutsPage() {
  const { organizationId } = useMembership();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const rollouts = useInfiniteQuery(rolloutListQuery(organizationId, filters));
  return (
    <Page title="Rollouts">
      <Panel title="Newest first" flush hideTitle>
        <Filters filters={filters} onChange={(wanted) => void navigate({ search: wanted, replace: true })} />
        <PagedList
          label="Rollouts"
          noun="rollout"
          query={rollouts}
          columns={rolloutColumns}
          rowId={({ id }) => id}
          withKeys
          empty={<Empty isFiltered={Object.keys(filters).length > 0} />}
        />
      </Panel>
    </Page>
  );
}

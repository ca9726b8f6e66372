import type { RolloutDetail } from '@sluice/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type DeploymentFilters, rolloutDeploymentsQuery } from '../../api/queries.ts';
import { FilterBar, FilterChoice } from '../../ui/filter-bar.tsx';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { useMembership } from '../session/membership.ts';
import { rolloutDeploymentColumns } from './deployment-columns.tsx';
import { deploymentStateNames } from './filters.ts';
import { deploymentAppearances } from './states.ts';

type Changes = { [K in keyof DeploymentFilters]?: DeploymentFilters[K] | undefined };

/** What happened on each device of a rollout, and why. */
export function DeploymentsPanel({
  rollout,
  filters,
  onChange,
}: {
  rollout: RolloutDetail;
  filters: DeploymentFilters;
  onChange: (filters: DeploymentFilters) => void;
}) {
  const { organizationId } = useMembership();
  const deployments = useInfiniteQuery(rolloutDeploymentsQuery(organizationId, rollout.id, filters));
  const set = (changes: Changes): void => {
    const merged = Object.entries({ ...filters, ...changes }).filter(([, value]) => value !== undefined);
    onChange(Object.fromEntries(merged) as DeploymentFilters);
  };
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <Panel title="Deployments" flush>
      <FilterBar isFiltered={isFiltered} onClear={() => onChange({})}>
        <FilterChoice
          label="State"
          anyLabel="Any state"
          value={filters.state}
          choices={deploymentStateNames.map((value) => ({ value, label: deploymentAppearances[value].label }))}
          onChoose={(state) => set({ state })}
        />
        <FilterChoice
          label="Wave"
          anyLabel="Any wave"
          value={filters.waveIndex === undefined ? undefined : String(filters.waveIndex)}
          choices={rollout.waves.map(({ index }) => ({ value: String(index), label: `Wave ${index + 1}` }))}
          onChoose={(wave) => set({ waveIndex: wave === undefined ? undefined : Number(wave) })}
        />
      </FilterBar>
      <PagedList
        label="Deployments of this rollout"
        noun="deployment"
        query={deployments}
        columns={rolloutDeploymentColumns}
        rowId={({ id }) => id}
        withKeys
        empty={
          isFiltered ? (
            <EmptyNotice title="No deployment matches">Take a filter away to see more.</EmptyNotice>
          ) : (
            <EmptyNotice title="No deployment is planned yet">
              The devices of the stage are divided into waves when the rollout starts.
            </EmptyNotice>
          )
        }
      />
    </Panel>
  );
}

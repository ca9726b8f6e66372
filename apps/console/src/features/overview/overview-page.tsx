import './overview.css';
import { useQuery } from '@tanstack/react-query';
import { fleetSummaryQuery } from '../../api/queries.ts';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';
import { useMembership } from '../session/membership.ts';
import { FleetFigures, FleetHealth } from './fleet-figures.tsx';
import { NeedsAPerson } from './needs-a-person.tsx';
import { RolloutsInFlight } from './rollouts-in-flight.tsx';

/** Five seconds: is the fleet well, what is moving, and what waits for a person. */
export function OverviewPage() {
  const { organizationId } = useMembership();
  const summary = useQuery(fleetSummaryQuery(organizationId));
  return (
    <Page title="Overview">
      {summary.error === null ? null : <ErrorNotice error={summary.error} onRetry={() => void summary.refetch()} />}
      <FleetFigures organizationId={organizationId} summary={summary.data} />
      <FleetHealth summary={summary.data} />
      <div className="sl-columns" data-shape="halves">
        <RolloutsInFlight organizationId={organizationId} />
        <NeedsAPerson organizationId={organizationId} />
      </div>
    </Page>
  );
}

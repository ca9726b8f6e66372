import type { FleetEndpoint } from '@sluice/contracts';
import { Link } from '@tanstack/react-router';
import { formatCount } from '../../format/count.ts';
import type { RecordColumn } from '../../ui/record-columns.ts';
import { useMembership } from '../session/membership.ts';
import { directionWords, kindWords, nodeWords, stateWords } from './endpoint-words.ts';
import { Posture } from './posture.tsx';

function EndpointLink({ endpoint: { kind, address } }: { endpoint: FleetEndpoint }) {
  const { organizationId } = useMembership();
  return (
    <Link
      to="/organizations/$organizationId/integrations/endpoint"
      params={{ organizationId }}
      search={{ kind, address }}
      className="sl-row-link sl-truncate sl-mono"
      title={address}
    >
      {address}
    </Link>
  );
}

function Users({ endpoint: { uses } }: { endpoint: FleetEndpoint }) {
  const applications = [...new Set(uses.map(({ application }) => application.name))].join(', ');
  const nodes = [...new Set(uses.flatMap((use) => use.nodes.map(nodeWords)))].join(', ');
  return (
    <div className="sl-cell-lines">
      <span className="sl-truncate">{applications}</span>
      <span className="sl-small sl-dim sl-truncate" title={nodes}>
        {nodes}
      </span>
    </div>
  );
}

/** What the map shows of each endpoint of the fleet. */
export const fleetColumns: readonly RecordColumn<FleetEndpoint>[] = [
  { id: 'kind', header: 'Kind', width: 'minmax(72px, 0.7fr)', cell: ({ kind }) => kindWords[kind] },
  {
    id: 'address',
    header: 'Address',
    width: 'minmax(0, 3fr)',
    cell: (endpoint) => (
      <div className="sl-cell-lines">
        <EndpointLink endpoint={endpoint} />
        {stateWords[endpoint.state] === null ? null : <span className="sl-small sl-dim sl-truncate">{stateWords[endpoint.state]}</span>}
      </div>
    ),
  },
  {
    id: 'direction',
    header: 'Direction',
    width: '92px',
    from: 'medium',
    cell: ({ direction, listens }) => (
      <div className="sl-cell-lines">
        <span>{directionWords[direction]}</span>
        {listens ? <span className="sl-small sl-dim">Listens</span> : null}
      </div>
    ),
  },
  { id: 'security', header: 'Protection', width: 'minmax(0, 1.4fr)', from: 'medium', cell: (endpoint) => <Posture endpoint={endpoint} /> },
  { id: 'uses', header: 'Used by', width: 'minmax(0, 2fr)', from: 'wide', cell: (endpoint) => <Users endpoint={endpoint} /> },
  { id: 'devices', header: 'Devices', width: '68px', cell: ({ deviceCount }) => formatCount(deviceCount) },
];

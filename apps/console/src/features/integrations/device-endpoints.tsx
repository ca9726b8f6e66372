import { useQuery } from '@tanstack/react-query';
import { deviceIntegrationsQuery } from '../../api/integration-queries.ts';
import { ErrorNotice } from '../../ui/notice.tsx';
import { useMembership } from '../session/membership.ts';
import { EndpointsPanel } from './endpoints-panel.tsx';

/** What a device talks to now: its release, with its variables. */
export function DeviceEndpoints({ deviceId }: { deviceId: string }) {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(deviceIntegrationsQuery(organizationId, deviceId));
  if (error !== null) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  return (
    <EndpointsPanel map={data} empty={data?.release === null ? 'Nothing runs there, as far as is known' : 'It talks to nothing outside'} />
  );
}

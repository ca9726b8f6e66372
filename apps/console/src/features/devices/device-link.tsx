import { Link } from '@tanstack/react-router';
import { useMembership } from '../session/membership.ts';

/** Leads to a device; in a row of a list it reaches over the whole row. */
export function DeviceLink({ device }: { device: { id: string; name: string } }) {
  const { organizationId } = useMembership();
  return (
    <Link
      to="/organizations/$organizationId/devices/$deviceId"
      params={{ organizationId, deviceId: device.id }}
      className="sl-row-link sl-truncate"
    >
      {device.name}
    </Link>
  );
}

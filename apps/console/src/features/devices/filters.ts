import type { Device, DeviceApproval } from '@sluice/contracts';
import type { DeviceFilters } from '../../api/queries.ts';
import { oneOf, searchText, uuid } from '../../ui/url-values.ts';

export const healths = ['healthy', 'unhealthy', 'unknown'] as const satisfies readonly Device['health'][];
export const connectivities = ['online', 'offline', 'never'] as const satisfies readonly Device['connectivity'][];
export const approvals = ['pending', 'approved', 'quarantined', 'revoked'] as const satisfies readonly DeviceApproval[];

/** The filters of the device list from the address; what the API would refuse is left out. */
export function parseDeviceFilters(search: Record<string, unknown>): DeviceFilters {
  return {
    ...searchText('search', search['search'], 100),
    ...oneOf('health', search['health'], healths),
    ...oneOf('connectivity', search['connectivity'], connectivities),
    ...oneOf('approval', search['approval'], approvals),
    ...uuid('groupId', search['groupId']),
    ...uuid('releaseId', search['releaseId']),
  };
}

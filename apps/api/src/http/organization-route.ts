import { Closed, Uuid } from '@sluice/contracts';
import type { TObject, TProperties } from 'typebox';

/** The path below which everything of one organization stands. */
export const organizationPath = '/api/v1/organizations/:organizationId';

/** The path parameters of a route below an organization, with more of its own. */
export function organizationParams<P extends TProperties>(more: P): TObject<P & { organizationId: typeof Uuid }> {
  return Closed({ organizationId: Uuid, ...more });
}

export const OrganizationParams = Closed({ organizationId: Uuid });

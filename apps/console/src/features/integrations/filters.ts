import type { FleetIntegrationQuery } from '@sluice/contracts';
import type { IntegrationFilters } from '../../api/integration-queries.ts';
import { flag, oneOf, searchText, uuid } from '../../ui/url-values.ts';
import { endpointDirections, endpointKinds } from './endpoint-words.ts';

export const securityFilters = [
  'insecure',
  'tls_off',
  'authentication_off',
  'certificate_check_off',
] as const satisfies readonly NonNullable<FleetIntegrationQuery['security']>[];

export const securityWords: Readonly<Record<(typeof securityFilters)[number], string>> = {
  insecure: 'Anything unprotected',
  tls_off: 'No TLS',
  authentication_off: 'No login',
  certificate_check_off: 'Certificates not checked',
};

/** The filters of the integration map from the address; what the API would refuse is left out. */
export function parseIntegrationFilters(search: Record<string, unknown>): IntegrationFilters {
  return {
    ...searchText('address', search['address'], 2000),
    ...oneOf('kind', search['kind'], endpointKinds),
    ...oneOf('direction', search['direction'], endpointDirections),
    ...oneOf('security', search['security'], securityFilters),
    ...flag('idle', search['idle']),
    ...uuid('groupId', search['groupId']),
    ...uuid('stageId', search['stageId']),
    ...uuid('applicationId', search['applicationId']),
  };
}

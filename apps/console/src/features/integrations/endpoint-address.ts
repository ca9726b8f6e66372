import type { FleetEndpoint } from '@sluice/contracts';
import { oneOf, searchText } from '../../ui/url-values.ts';
import { endpointKinds } from './endpoint-words.ts';

/** Which endpoint an address of the console means: its kind and its own address are its identity. */
export type EndpointIdentity = { kind?: FleetEndpoint['kind']; address?: string };

export function parseEndpoint(search: Record<string, unknown>): EndpointIdentity {
  return { ...oneOf('kind', search['kind'], endpointKinds), ...searchText('address', search['address'], 2000) };
}

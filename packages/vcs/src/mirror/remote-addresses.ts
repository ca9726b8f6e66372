import { isIP, type LookupFunction } from 'node:net';
import { type FindAddresses, guardLookup as guard, neverAsked, plainAddress } from '@sluice/platform';
import { RemoteError } from './remote-error.ts';

/**
 * Whether nothing is ever asked at this address. A remote may be a server of the own network: that is what operators have. Never is it link-local,
 * a cloud's metadata or a group.
 */
export function isRefusedAddress(address: string): boolean {
  return isIP(plainAddress(address)) === 0 || neverAsked.has(address);
}

function refusal(host: string): RemoteError {
  return new RemoteError(
    'ADDRESS_REFUSED',
    `${host} leads to a link-local, metadata or group address, where no git server is asked. Give the server's own address.`,
  );
}

/** @throws RemoteError ADDRESS_REFUSED when the host is written as an address that is never asked */
export function refuseLiteralAddress(hostname: string): void {
  const bare = plainAddress(hostname);
  if (isIP(bare) !== 0 && isRefusedAddress(bare)) throw refusal(bare);
}

/** Finds the addresses of a host, without those that are never asked. It runs for each connection, so a name cannot change in between. */
export function guardLookup(find: FindAddresses): LookupFunction {
  return guard(find, { permits: (address) => !isRefusedAddress(address), refusal });
}

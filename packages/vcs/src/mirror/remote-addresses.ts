import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { RemoteError } from './remote-error.ts';

// A remote may be a server of the own network: that is what operators have. Never is it one of these: what clouds tell a machine about itself
// (credentials among it), neighbours without an address of their own, groups, and "this host".
const refusedAddresses = new BlockList();
refusedAddresses.addSubnet('0.0.0.0', 8, 'ipv4');
refusedAddresses.addSubnet('169.254.0.0', 16, 'ipv4');
refusedAddresses.addAddress('100.100.100.200', 'ipv4');
refusedAddresses.addAddress('168.63.129.16', 'ipv4');
refusedAddresses.addSubnet('224.0.0.0', 3, 'ipv4');
refusedAddresses.addAddress('::', 'ipv6');
refusedAddresses.addSubnet('fe80::', 10, 'ipv6');
refusedAddresses.addSubnet('ff00::', 8, 'ipv6');
refusedAddresses.addAddress('fd00:ec2::254', 'ipv6');
refusedAddresses.addAddress('fd20:ce::254', 'ipv6');

/** Whether nothing is ever asked at this address. IPv4 inside IPv6 counts as the IPv4 address that it is. */
export function isRefusedAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 0) return true;
  return refusedAddresses.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function refusal(host: string): RemoteError {
  return new RemoteError(
    'ADDRESS_REFUSED',
    `${host} leads to a link-local, metadata or group address, where no git server is asked. Give the server's own address.`,
  );
}

/** @throws RemoteError ADDRESS_REFUSED when the host is written as an address that is never asked */
export function refuseLiteralAddress(hostname: string): void {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 && isRefusedAddress(bare)) throw refusal(bare);
}

/** Finds the addresses of a host as the system does, without those that are never asked. It runs for each connection, so a name cannot change in between. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
    if (error !== null) return callback(error, []);
    const [first, ...others] = found.filter(({ address }) => !isRefusedAddress(address));
    if (first === undefined) return callback(refusal(hostname), []);
    return options.all === true ? callback(null, [first, ...others]) : callback(null, first.address, first.family);
  });
};

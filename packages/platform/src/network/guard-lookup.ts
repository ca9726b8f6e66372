import type { LookupAddress, LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** As `lookup` of `node:dns`, with all addresses. */
export type FindAddresses = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/** `refusal` makes the error for a name none of whose addresses is permitted. */
export type LookupRules = { permits(address: string, hostname: string): boolean; refusal(hostname: string): Error };

/**
 * Finds the addresses of a host, without those that are not permitted. It is given to the connection itself and runs for each one, so a name
 * cannot lead elsewhere between the check and the connection. Hosts that are written as addresses are not looked up: check those before.
 */
export function guardLookup(find: FindAddresses, { permits, refusal }: LookupRules): LookupFunction {
  return (hostname, options, callback) => {
    find(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const [first, ...others] = found.filter(({ address }) => permits(address, hostname));
      if (first === undefined) return callback(refusal(hostname), []);
      return options.all === true ? callback(null, [first, ...others]) : callback(null, first.address, first.family);
    });
  };
}

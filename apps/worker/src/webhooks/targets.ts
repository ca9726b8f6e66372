import { isIP } from 'node:net';
import { addressList, internalAddresses, neverAsked, plainAddress } from '@sluice/platform';

/** Where webhooks may go. */
export type WebhookTargets = {
  /** Whether a connection to this address, found for this host, may be made. */
  permits(address: string, target: { hostname: string; isEncrypted: boolean }): boolean;
  /** Whether a host that somebody names, in a redirect say, is written as an internal one. */
  isInternal(hostname: string): boolean;
};

const hostName = /^(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i;

/**
 * Public addresses by https, and what the operator allows: addresses, subnets and host names, which may also be asked by http. What clouds tell
 * their machines, link-local addresses and groups are never asked.
 * @throws TypeError naming the entry that is none of these
 */
export function webhookTargets(allowed: readonly string[]): WebhookTargets {
  const isAddress = (entry: string): boolean => isIP(entry.split('/')[0] ?? '') !== 0;
  const networks = addressList(allowed.filter(isAddress));
  const hosts = new Set(allowed.filter((entry) => !isAddress(entry)).map((entry) => entry.toLowerCase()));
  for (const host of hosts) if (!hostName.test(host)) throw new TypeError(`${host} is no address, subnet or host name`);
  return {
    permits: (address, { hostname, isEncrypted }) => {
      if (isIP(plainAddress(address)) === 0 || neverAsked.has(address)) return false;
      if (hosts.has(hostname.toLowerCase()) || networks.has(address)) return true;
      return isEncrypted && !internalAddresses.has(address);
    },
    isInternal: (hostname) => {
      const bare = plainAddress(hostname);
      return internalAddresses.has(bare) || neverAsked.has(bare) || /(?:^|\.)localhost$/i.test(bare);
    },
  };
}

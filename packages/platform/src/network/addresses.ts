/** Which addresses a server may be asked at, when people or strangers say where it is. */
import { BlockList, isIP } from 'node:net';

/** Addresses, subnets in the notation of CIDR, or both; IPv4 inside IPv6 counts as the IPv4 address that it is. */
export type AddressList = { has(address: string): boolean };

/** @throws TypeError for what is neither an address nor a subnet */
export function addressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const length = bits === undefined ? most : Number(bits);
    if (family === 0 || !/^\d{1,3}$/.test(bits ?? '0') || length > most) throw new TypeError(`${entry} is neither an address nor a subnet`);
    list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  const check = (address: string): boolean => list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return {
    has: (address) => {
      const plain = plainAddress(address);
      if (isIP(plain) === 0) return false;
      const inner = embeddedIpv4(plain);
      return check(plain) || (inner !== undefined && check(inner));
    },
  };
}

/** Without the zone of a link-local address and the brackets of a URL. */
export function plainAddress(address: string): string {
  return address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
}

function groupsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const octet = (index: number): number => Number(dotted?.[index]);
  const hex = (high: number, low: number): string => ((high << 8) | low).toString(16);
  const text = dotted === null ? address : `${dotted[1]}${hex(octet(2), octet(3))}:${hex(octet(4), octet(5))}`;
  const [head = '', tail] = text.split('::');
  const parse = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const before = parse(head);
  if (tail === undefined) return before;
  const after = parse(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

/**
 * The IPv4 address that an IPv6 address leads to: mapped (::ffff:0:0/96) and compatible (::/96) ones (RFC 4291), those of NAT64 (RFC 6052)
 * and of 6to4 (RFC 3056). Undefined: none.
 */
export function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const groups = groupsOf(address);
  const [a = 0, b = 0, c = 0] = groups;
  const ipv4 = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  if (a === 0x2002) return ipv4(b, c);
  const isNat64 = a === 0x64 && b === 0xff9b && groups.slice(2, 6).every((group) => group === 0);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  // :: and ::1 are addresses of their own.
  const isCompatible = groups.slice(0, 6).every((group) => group === 0) && groups[6] !== 0;
  return isNat64 || isMapped || isCompatible ? ipv4(groups[6], groups[7]) : undefined;
}

/** What clouds tell a machine about itself (credentials among it), neighbours without an address of their own, groups, and "this host". */
export const neverAsked = addressList([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200',
  '168.63.129.16',
  '224.0.0.0/3',
  '::/128',
  'fe80::/10',
  'ff00::/8',
  'fd00:ec2::254',
  'fd20:ce::254',
]);

/** This machine, private networks (RFC 1918, 4193, 6598), and what is reserved: nothing of the public network. */
export const internalAddresses = addressList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '::1/128',
  'fc00::/7',
  'fec0::/10',
  '100::/64',
  '2001:db8::/32',
]);

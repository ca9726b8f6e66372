/** Where a server may be asked whose address somebody else names. */
export { type AddressList, addressList, embeddedIpv4, internalAddresses, neverAsked, plainAddress } from './addresses.ts';
export { type FindAddresses, guardLookup, type LookupRules } from './guard-lookup.ts';

import { isIP } from 'node:net';
import { expect, it } from 'vitest';
import { addressList, embeddedIpv4, internalAddresses, neverAsked } from './addresses.ts';
import { guardLookup } from './guard-lookup.ts';

it.each([
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::ffff:7f00:1', '127.0.0.1'],
  ['::10.0.0.7', '10.0.0.7'],
  ['64:ff9b::a9fe:a9fe', '169.254.169.254'],
  ['64:ff9b::8.8.8.8', '8.8.8.8'],
  ['2002:c0a8:0101::1', '192.168.1.1'],
  ['2001:db8::1', undefined],
  ['64:ff9b:1::a00:1', undefined],
  ['::1', undefined],
  ['::', undefined],
  ['10.0.0.1', undefined],
])('when %s leads to an IPv4 address, that is %s', (address, inner) => {
  expect(isIP(address)).not.toBe(0);
  expect(embeddedIpv4(address)).toBe(inner);
});

it('when an address is internal or never asked, it is so in each of its forms; public ones are neither', () => {
  const internal = ['127.0.0.1', '10.1.2.3', '192.168.0.9', '172.31.0.1', '100.64.0.1', '::1', '[::1]', 'fd12::1', '::ffff:10.0.0.1'];
  for (const address of [...internal, '::ffff:a00:1', '64:ff9b::10.0.0.1', '2002:7f00:1::', '0:0:0:0:0:0:0:1'])
    expect(internalAddresses.has(address), address).toBe(true);
  for (const address of ['0.0.0.0', '169.254.169.254', '::', 'fe80::1%eth0', 'ff02::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe'])
    expect(neverAsked.has(address), address).toBe(true);
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '64:ff9b::8.8.8.8', '::ffff:8.8.8.8', '100.128.0.1'])
    expect(internalAddresses.has(address) || neverAsked.has(address), address).toBe(false);
});

it('when an entry of a list is neither an address nor a subnet, it is refused', () => {
  for (const entry of ['example.com', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0/8', '', '::1/129', '10.0.0.0/'])
    expect(() => addressList([entry]), entry).toThrow(TypeError);
});

it('when a name leads to several addresses, only those that are permitted are connected to, and none is an error of its own', () => {
  const answers: unknown[] = [];
  const found = [
    { address: '127.0.0.1', family: 4 },
    { address: '8.8.8.8', family: 4 },
  ];
  const rules = { permits: (address: string) => !internalAddresses.has(address), refusal: (name: string) => new Error(`refused ${name}`) };
  const ask = (addresses: typeof found, all: boolean): void =>
    guardLookup((_name, _options, done) => done(null, addresses), rules)('x.example', { all }, (error, address) => {
      answers.push(error?.message ?? address);
    });
  ask(found, false);
  ask(found, true);
  ask(found.slice(0, 1), false);
  expect(answers).toEqual(['8.8.8.8', [found[1]], 'refused x.example']);
});

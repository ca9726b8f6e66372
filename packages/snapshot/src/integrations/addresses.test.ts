// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of flows.
import { describe, expect, it } from 'vitest';
import { addressesIn, authorityOf, withoutSecrets } from './addresses.ts';

describe('addressesIn', () => {
  it.each<[string, string[]]>([
    ['fetch("https://mes.plant/a?b=1#c");', ['https://mes.plant/a?b=1#c']],
    ['const url = `http://${host}:${port}/a/${id}`;', ['http://${host}:${port}/a/${id}']],
    ['a // see http://docs.plant\nb = "opc.tcp://plc:4840"', ['opc.tcp://plc:4840']],
    ['<a href="http://a.b/c.">x</a>, (mqtts://x.y).', ['http://a.b/c', 'mqtts://x.y']],
    ['xmlns="http://www.w3.org/2000/svg" http:// nothing://x', []],
    ['http://a.b http://a.b', ['http://a.b']],
  ])('when the text is %s, it finds what is an address', (text, expected) => {
    expect(addressesIn(text)).toEqual(expected);
  });
});

describe('texts that are made to keep one busy', () => {
  it.each(['http://', 'http://}', 'http://a ', '?', '&token', '}', '//', 'http://a?token'])('when %s is repeated, it ends', (piece) => {
    const text = piece.repeat(200_000);
    expect(addressesIn(text).length).toBeLessThan(3);
    expect(withoutSecrets(`http://a/${text}`).length).toBeGreaterThan(0);
  });
});

describe('withoutSecrets', () => {
  it.each([
    ['mongodb://user:pa:ss@host/db', 'mongodb://***@host/db'],
    ['https://host/a?user=x&pw=y&api_key=z#f', 'https://host/a?user=x&pw=***&api_key=***#f'],
    ['https://host/a@b?x=1', 'https://host/a@b?x=1'],
    ['exec:ls user@host', 'exec:ls user@host'],
  ])('when given %s, nothing that lets others in is left', (address, expected) => {
    expect(withoutSecrets(address)).toBe(expected);
  });
});

describe('authorityOf', () => {
  it.each([
    ['mqtt://Broker:1883', 'broker:1883'],
    ['https://u@host/a', 'host'],
    ['s7://[::1]:102', '[::1]:102'],
    ['file:///data/x', null],
    ['/route', null],
  ])('when given %s, it is %s', (address, expected) => {
    expect(authorityOf(address)).toBe(expected);
  });
});

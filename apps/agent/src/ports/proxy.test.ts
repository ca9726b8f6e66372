import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';

describe('the proxy for an address', () => {
  it.each([
    ['https://sluice.example', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    ['https://sluice.example', { https_proxy: 'proxy:3128' }, 'http://proxy:3128/'],
    ['http://sluice.example', { HTTPS_PROXY: 'http://proxy:3128' }, undefined],
    ['http://sluice.example', { ALL_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    ['https://sluice.example', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'other,.example' }, undefined],
    ['https://sluice.example', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'ample' }, 'http://proxy:3128/'],
    ['https://sluice.example:8443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'sluice.example:443' }, 'http://proxy:3128/'],
    ['https://sluice.example', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '*' }, undefined],
    ['https://sluice.example', {}, undefined],
  ])('when the address is %s and the environment %o, it is %s', (address, environment, expected) => {
    expect(proxyFor(new URL(address), environment)?.href).toBe(expected);
  });
});

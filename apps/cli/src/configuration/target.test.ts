import { describe, expect, it } from 'vitest';
import { chooseTarget, controlPlaneUrl, isPlainRemote } from './target.ts';

const organization = { id: 'o1', name: 'One' };
const configuration = {
  currentContext: 'test',
  contexts: {
    test: { url: 'http://test', token: 'test-token', organization },
    prod: { url: 'https://prod', token: 'prod-token' },
  },
};

describe('chooseTarget', () => {
  it('when nothing else is said, it is the current context', () => {
    expect(chooseTarget(configuration, {}, undefined)).toEqual({
      url: 'http://test',
      token: 'test-token',
      organization,
      contextName: 'test',
    });
  });

  it('when the environment names a context, it goes before the current one, and the flag before both', () => {
    expect(chooseTarget(configuration, { SLUICE_CONTEXT: 'prod' }, undefined).token).toBe('prod-token');
    const environment = { SLUICE_CONTEXT: 'prod', SLUICE_URL: 'https://else', SLUICE_TOKEN: 'else' };
    expect(chooseTarget(configuration, environment, 'test').token).toBe('test-token');
  });

  it('when the environment has address and token, no configuration is needed', () => {
    const empty = { currentContext: null, contexts: {} };
    const target = chooseTarget(empty, { SLUICE_URL: 'https://ci/', SLUICE_TOKEN: 'ci' }, undefined);
    expect(target).toEqual({ url: 'https://ci', token: 'ci', organization: undefined, contextName: null });
  });

  it('when only the token is given, it is for the current address, and its organization is asked for', () => {
    expect(chooseTarget(configuration, { SLUICE_TOKEN: 'other' }, undefined)).toMatchObject({
      url: 'http://test',
      token: 'other',
      organization: undefined,
    });
  });

  it('when only another address is given, the stored token does not go there', () => {
    expect(() => chooseTarget(configuration, { SLUICE_URL: 'https://evil' }, undefined)).toThrow(
      expect.objectContaining({ code: 'NOT_SIGNED_IN', exitCode: 4 }),
    );
  });

  it('when there is no context or an unknown one, it says so', () => {
    expect(() => chooseTarget({ currentContext: null, contexts: {} }, {}, undefined)).toThrow(
      expect.objectContaining({ code: 'NOT_SIGNED_IN' }),
    );
    expect(() => chooseTarget(configuration, {}, 'toString')).toThrow(
      expect.objectContaining({ code: 'CONTEXT_UNKNOWN', exitCode: 5, candidates: ['test', 'prod'] }),
    );
  });
});

it.each(['sluice.example', 'ftp://x', 'https://a:b@x', 'https://x?y=1', 'https://x#y'])('when the address is %s, it is refused', (url) => {
  expect(() => controlPlaneUrl(url)).toThrow(expect.objectContaining({ exitCode: 2 }));
});

it('when the address has a path, it stays without its slash', () => {
  expect(controlPlaneUrl('https://x.example/sluice/')).toBe('https://x.example/sluice');
});

it('when the way is not encrypted and leaves the machine, it is plain', () => {
  const urls = ['http://10.0.0.1', 'http://127.0.0.1:3400', 'http://localhost', 'http://[::1]:1', 'https://x'];
  expect(urls.map(isPlainRemote)).toEqual([true, false, false, false, false]);
});

import { expect, it } from 'vitest';
import { createMemoryFiles } from '../testing/memory-files.ts';
import { configurationPath, loadConfiguration, parseConfiguration, saveConfiguration } from './config-file.ts';
import { withContext, withoutContext } from './contexts.ts';

const portsOf = (files = createMemoryFiles()) => ({ environment: { XDG_CONFIG_HOME: '/configuration' }, homeFolder: '/people/kim', files });

it('when a configuration is saved, only its owner may read it, and it comes back', async () => {
  const ports = portsOf();
  const context = { url: 'https://x', token: 't', organization: { id: 'o', name: 'One' } };
  const configuration = withContext(await loadConfiguration(ports), 'prod', context);
  await saveConfiguration(ports, configuration);
  expect([...ports.files.private]).toEqual(['/configuration/sluice/config.json']);
  expect(await loadConfiguration(ports)).toEqual({ currentContext: 'prod', contexts: { prod: context } });
});

it('when the current context is removed, none is current', () => {
  const configuration = withContext({ currentContext: null, contexts: {} }, 'prod', { url: 'u', token: 't' });
  expect(withoutContext(configuration, 'prod')).toEqual({ currentContext: null, contexts: {} });
  expect(() => withoutContext(configuration, 'test')).toThrow(expect.objectContaining({ code: 'CONTEXT_UNKNOWN' }));
});

it.each(['', 'null', '[]', '{}', '{"contexts":{"a":{}}}', '{"contexts":{"a":{"url":"u","token":1}}}'])(
  'when the file holds %j, it is refused',
  async (text) => {
    expect(parseConfiguration(text)).toBeUndefined();
    const ports = portsOf(createMemoryFiles({ '/configuration/sluice/config.json': text }));
    await expect(loadConfiguration(ports)).rejects.toMatchObject({ code: 'CONFIGURATION_MALFORMED' });
  },
);

it('when XDG_CONFIG_HOME is not absolute or not set, it is the folder below home', () => {
  const homeFolder = '/people/kim';
  expect(configurationPath({ environment: {}, homeFolder })).toBe('/people/kim/.config/sluice/config.json');
  expect(configurationPath({ environment: { XDG_CONFIG_HOME: 'here' }, homeFolder })).toBe('/people/kim/.config/sluice/config.json');
});

import { loadConfiguration, saveConfiguration } from '../../configuration/config-file.ts';
import { contextNamed } from '../../configuration/contexts.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';

export const contextUse = defineVerb({
  summary: 'Use another stored sign-in from now on',
  parameters: { name: argument('name', 'The name of the context') },
  run: async ({ ports, note }, { name }) => {
    const configuration = await loadConfiguration(ports);
    const { url } = contextNamed(configuration, name);
    await saveConfiguration(ports, { ...configuration, currentContext: name });
    note(`Commands now go to ${url}.`);
    return undefined;
  },
});

import { loadConfiguration } from '../../configuration/config-file.ts';
import { contextNamed } from '../../configuration/contexts.ts';
import { chooseTarget } from '../../configuration/target.ts';
import { defineVerb } from '../../frame/define.ts';
import { optionalArgument } from '../../frame/parameters.ts';
import { contextView, shownContexts } from './view.ts';

export const contextShow = defineVerb({
  summary: 'One stored sign-in; without a name, the one that commands use now',
  parameters: { name: optionalArgument('name', 'The name of the context') },
  run: async ({ ports, common, print }, { name }) => {
    const configuration = await loadConfiguration(ports);
    const target = name === undefined ? chooseTarget(configuration, ports.environment, common.context) : undefined;
    const contextName = name ?? target?.contextName ?? null;
    if (contextName !== null) contextNamed(configuration, contextName);
    const shown = shownContexts(configuration).find((context) => context.name === contextName);
    print.one(shown ?? { name: 'environment', current: true, url: target?.url ?? '', organization: null }, contextView);
    return undefined;
  },
});

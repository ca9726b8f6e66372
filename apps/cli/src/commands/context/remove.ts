import { loadConfiguration, saveConfiguration } from '../../configuration/config-file.ts';
import { withoutContext } from '../../configuration/contexts.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag } from '../../frame/parameters.ts';

export const contextRemove = defineVerb({
  summary: 'Forget a stored sign-in; its token stays valid',
  parameters: { name: argument('name', 'The name of the context'), yes: flag('-y, --yes', 'Do not ask') },
  run: async ({ ports, note, confirm }, { name, yes }) => {
    const remaining = withoutContext(await loadConfiguration(ports), name);
    await confirm(`Forget the context "${name}" and its token?`, yes);
    await saveConfiguration(ports, remaining);
    note(`The context "${name}" is forgotten. Its token stays valid until it expires or is revoked.`);
    return undefined;
  },
});

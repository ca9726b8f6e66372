import { loadConfiguration } from '../../configuration/config-file.ts';
import { defineVerb } from '../../frame/define.ts';
import { printList } from '../../frame/lists.ts';
import { contextView, shownContexts } from './view.ts';

export const contextList = defineVerb({
  summary: 'The stored sign-ins',
  parameters: {},
  run: async (invocation) => {
    printList(invocation, shownContexts(await loadConfiguration(invocation.ports)), contextView);
    return undefined;
  },
});

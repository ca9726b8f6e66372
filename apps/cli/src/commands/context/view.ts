import type { Configuration } from '../../configuration/contexts.ts';
import type { View } from '../../output/printer.ts';

/** A context as it is shown: never with its token. */
export type ShownContext = { name: string; current: boolean; url: string; organization: string | null };

/** The contexts by name. */
export function shownContexts({ contexts, currentContext }: Configuration): ShownContext[] {
  return Object.entries(contexts)
    .map(([name, { url, organization }]) => ({ name, current: name === currentContext, url, organization: organization?.name ?? null }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

export const contextView: View<ShownContext> = {
  noun: 'contexts',
  name: (context) => context.name,
  columns: [
    { title: 'Name', value: (context) => context.name },
    { title: 'Current', value: (context) => (context.current ? 'yes' : '') },
    { title: 'Url', value: (context) => context.url },
    { title: 'Organization', value: (context) => context.organization ?? '' },
  ],
};

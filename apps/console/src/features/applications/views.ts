import { oneOf } from '../../ui/url-values.ts';

/** The lists of an application, one shown at a time. */
export const applicationViews = ['snapshots', 'releases', 'remotes'] as const;
export type ApplicationView = (typeof applicationViews)[number];

/** Which list the address asks for; the first one needs no word. */
export function parseApplicationView(search: Record<string, unknown>): { view?: ApplicationView } {
  return oneOf('view', search['view'], applicationViews);
}

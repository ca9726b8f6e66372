import type { Query } from '../http/client.ts';
import type { View } from '../output/printer.ts';
import type { Invocation } from './invocation.ts';
import { flag, integer } from './parameters.ts';
import type { Session } from './session.ts';

const limitDefault = 100;

/** The options of every list. */
export const listParameters = {
  limit: integer('--limit <count>', `How many at most (default ${limitDefault})`),
  all: flag('--all', 'Everything, however much it is'),
};
export type ListValues = { limit: number | undefined; all: boolean };

/** Reads a list as far as was asked for, and says when there is more. */
export async function readList<T>(
  { note }: Pick<Invocation, 'note'>,
  session: Session,
  request: { path: string; query?: Query; values: ListValues /** How the list is sorted; default: newest first. */; sorted?: 'by name' },
): Promise<T[]> {
  const limit = request.values.all ? Number.POSITIVE_INFINITY : (request.values.limit ?? limitDefault);
  const { items, more } = await session.upTo<T>(request.path, request.query ?? {}, limit);
  // Whoever asked for so many knows.
  const which = request.sorted === undefined ? 'newest' : 'first';
  if (more && request.values.limit === undefined) note(`These are the ${which} ${items.length}; there are more: add --all or --limit.`);
  return items;
}

/** Prints a list; for people also that it is empty. */
export function printList<T>({ print, note }: Invocation, items: readonly T[], view: View<T>): void {
  print.list(items, view);
  if (items.length === 0 && print.isForPeople) note(`There are no ${view.noun}.`);
}

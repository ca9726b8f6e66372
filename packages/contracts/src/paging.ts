import { type TObject, type TSchema, Type } from 'typebox';
import { Closed } from './schema.ts';

/** Query of every list: an opaque cursor from the previous page and the page's size (default 50). */
export const PageQuery = Closed({
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});
export type PageQuery = { cursor?: string; limit?: number };

/** One page of a list; `nextCursor` is null on the last one. */
export function Page<T extends TSchema>(
  item: T,
): TObject<{
  items: import('typebox').TArray<T>;
  nextCursor: import('typebox').TUnion<[import('typebox').TString, import('typebox').TNull]>;
}> {
  return Closed({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) });
}
export type Page<T> = { items: T[]; nextCursor: string | null };

// INVARIANTS
// - Applying the changes to the value before gives the value after, with the same order of members: `JSON.stringify` of both is equal.
// - Without regard to `reordered`, changes do not depend on the order of members.
import { isObject, type JsonObject, type JsonValue, pointerPart } from '../json.ts';
import { applyHunks, type Hunk, lineHunks } from './line-diff.ts';

/**
 * A change of one place in a JSON value. `pointer` is a JSON pointer (RFC 6901).
 * - `added`: `position` is the place of the member among all members of its object after the change.
 * - `text`: a text of several lines, line by line.
 * - `list`: an array whose length changed, item by item; each line is the JSON of an item.
 * - `reordered`: the members of an object stand in another order; `after` has all their names.
 */
export type JsonChange = { pointer: string } & (
  | { kind: 'added'; after: JsonValue; position: number }
  | { kind: 'removed'; before: JsonValue }
  | { kind: 'replaced'; before: JsonValue; after: JsonValue }
  | { kind: 'text' | 'list'; hunks: Hunk[] }
  | { kind: 'reordered'; after: string[] }
);

/** What changed between two values, in the order of the members before, with those that are new behind. */
export function diffJson(before: JsonValue, after: JsonValue): JsonChange[] {
  const changes: JsonChange[] = [];
  compare(before, after, '', changes);
  return changes;
}

/** Equality of JSON data, the order of members included. */
export function identical(before: JsonValue | undefined, after: JsonValue | undefined): boolean {
  if (before === after) return true;
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return false;
  if (Array.isArray(before)) {
    if (!Array.isArray(after) || before.length !== after.length) return false;
    for (let index = 0; index < before.length; index += 1) if (!identical(before[index], after[index])) return false;
    return true;
  }
  if (Array.isArray(after)) return false;
  const names = Object.keys(before);
  const others = Object.keys(after);
  if (names.length !== others.length) return false;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index];
    if (name === undefined || name !== others[index] || !identical(before[name], after[name])) return false;
  }
  return true;
}

function compare(before: JsonValue, after: JsonValue, pointer: string, changes: JsonChange[]): void {
  if (before === after) return;
  if (isObject(before) && isObject(after)) compareObjects(before, after, pointer, changes);
  else if (Array.isArray(before) && Array.isArray(after)) compareArrays(before, after, pointer, changes);
  else if (typeof before === 'string' && typeof after === 'string' && (before.includes('\n') || after.includes('\n'))) {
    changes.push({ pointer, kind: 'text', hunks: lineHunks(before.split('\n'), after.split('\n')) });
  } else if (!identical(before, after)) changes.push({ pointer, kind: 'replaced', before, after });
}

function compareArrays(before: JsonValue[], after: JsonValue[], pointer: string, changes: JsonChange[]): void {
  if (before.length !== after.length) {
    const lines = (items: JsonValue[]): string[] => items.map((item) => JSON.stringify(item));
    changes.push({ pointer, kind: 'list', hunks: lineHunks(lines(before), lines(after)) });
    return;
  }
  for (const [index, item] of before.entries()) compare(item, after[index] ?? null, pointer + pointerPart(index), changes);
}

function compareObjects(before: JsonObject, after: JsonObject, pointer: string, changes: JsonChange[]): void {
  for (const [name, value] of Object.entries(before)) {
    const place = pointer + pointerPart(name);
    if (!Object.hasOwn(after, name)) changes.push({ pointer: place, kind: 'removed', before: value });
    else compare(value, after[name] ?? null, place, changes);
  }
  const names = Object.keys(after);
  for (const [position, name] of names.entries()) {
    if (Object.hasOwn(before, name)) continue;
    changes.push({ pointer: pointer + pointerPart(name), kind: 'added', after: after[name] ?? null, position });
  }
  const kept = Object.keys(before).filter((name) => Object.hasOwn(after, name));
  const current = names.filter((name) => Object.hasOwn(before, name));
  if (kept.some((name, index) => name !== current[index])) changes.push({ pointer, kind: 'reordered', after: names });
}

/** The value after the changes, in whatever order these come. @throws RangeError when they were not made from this value */
export function applyJsonChanges(before: JsonValue, changes: readonly JsonChange[]): JsonValue {
  return applyAt(
    before,
    changes.map((change) => ({ change, path: pathOf(change.pointer) })),
    0,
  );
}

type Placed = { change: JsonChange; path: readonly string[] };

function pathOf(pointer: string): string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function applyAt(value: JsonValue, changes: readonly Placed[], depth: number): JsonValue {
  const own = changes.filter(({ path }) => path.length === depth).map(({ change }) => change);
  const deeper = Map.groupBy(
    changes.filter(({ path }) => path.length > depth),
    ({ path }) => path[depth] ?? '',
  );
  let result = value;
  if (Array.isArray(value)) result = value.map((item, index) => changedMember(item, deeper.get(String(index)), depth));
  else if (isObject(value)) result = changedObject(value, deeper, depth);
  else if (deeper.size > 0) throw new RangeError('The changes were made from another value.');
  return own.reduce(applyOwn, result);
}

function changedObject(value: JsonObject, deeper: ReadonlyMap<string, Placed[]>, depth: number): JsonObject {
  const isOwn = ({ path }: Placed): boolean => path.length === depth + 1;
  const kept: [string, JsonValue][] = [];
  for (const [name, member] of Object.entries(value)) {
    const changes = deeper.get(name);
    if (changes?.some((placed) => placed.change.kind === 'removed' && isOwn(placed))) continue;
    kept.push([name, changedMember(member, changes, depth)]);
  }
  const members: ([string, JsonValue] | undefined)[] = [];
  for (const [name, changes] of deeper) {
    for (const placed of changes) {
      if (placed.change.kind === 'added' && isOwn(placed)) members[placed.change.position] = [name, placed.change.after];
    }
  }
  let position = 0;
  for (const member of kept) {
    while (members[position] !== undefined) position += 1;
    members[position] = member;
  }
  return Object.fromEntries(members.filter((member) => member !== undefined));
}

function changedMember(value: JsonValue, changes: readonly Placed[] | undefined, depth: number): JsonValue {
  return changes === undefined ? value : applyAt(value, changes, depth + 1);
}

/** What changes a value itself, not a part of it; `added` and `removed` are the business of the object around it. */
function applyOwn(value: JsonValue, change: JsonChange): JsonValue {
  switch (change.kind) {
    case 'replaced':
      return change.after;
    case 'text':
      if (typeof value !== 'string') throw new RangeError('The changes were made from another value.');
      return applyHunks(value.split('\n'), change.hunks).join('\n');
    case 'list': {
      if (!Array.isArray(value)) throw new RangeError('The changes were made from another value.');
      const lines = value.map((item) => JSON.stringify(item));
      return applyHunks(lines, change.hunks).map((line): JsonValue => JSON.parse(line));
    }
    case 'reordered':
      if (!isObject(value)) throw new RangeError('The changes were made from another value.');
      return Object.fromEntries(change.after.map((name) => [name, value[name] ?? null]));
    case 'added':
    case 'removed':
      return value;
  }
}

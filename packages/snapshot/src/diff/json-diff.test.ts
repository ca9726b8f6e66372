import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json.ts';
import { applyJsonChanges, diffJson } from './json-diff.ts';

const parsed = (text: string): JsonValue => JSON.parse(text);
const word = fc.constantFrom('a', 'b', 'a/b', '~1', '10', '2', '', 'constructor', 'one\ntwo', 'one\nthree\r\n', '\uFFFD');
const json: fc.Arbitrary<JsonValue> = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      word,
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(null, true, 0.5),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(word, tie('value'), { maxKeys: 5 }),
    ),
  }))
  .value.map((value) => parsed(JSON.stringify(value)));

describe('diffJson', () => {
  it('when values are equal, there is no change', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(diffJson(value, parsed(JSON.stringify(value)))).toEqual([]);
      }),
    );
  });

  it('when applied, its changes give the other value byte by byte', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const changes = parsed(JSON.stringify(diffJson(before, after))) as ReturnType<typeof diffJson>;
        const applied = applyJsonChanges(before, changes.toReversed());
        expect(applied).toEqual(after);
        expect(JSON.stringify(applied)).toBe(JSON.stringify(after));
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, JsonValue, JsonValue, unknown[]]>([
    ['a member is new', { a: 1 }, { a: 1, b: 2 }, [{ pointer: '/b', kind: 'added', after: 2, position: 1 }]],
    ['a member is gone', { 'a/~': 1 }, {}, [{ pointer: '/a~1~0', kind: 'removed', before: 1 }]],
    [
      'a value deep inside is another',
      { a: [{ b: 1 }] },
      { a: [{ b: '1' }] },
      [{ pointer: '/a/0/b', kind: 'replaced', before: 1, after: '1' }],
    ],
    ['members changed places', { a: 1, b: 2 }, { b: 2, a: 1 }, [{ pointer: '', kind: 'reordered', after: ['b', 'a'] }]],
    ['an array became an object', { a: [] }, { a: {} }, [{ pointer: '/a', kind: 'replaced', before: [], after: {} }]],
  ])('when %s, it says so', (_, before, after, expected) => {
    expect(diffJson(before, after)).toEqual(expected);
  });

  it('when a text of several lines or the length of a list changed, it says which lines and items', () => {
    const [text, list] = diffJson({ text: 'a\nb', list: [{ t: 'set' }] }, { text: 'a\nc', list: [{ t: 'set' }, { t: 'move' }] });
    expect(text).toMatchObject({
      pointer: '/text',
      kind: 'text',
      hunks: [{ lines: [{ text: 'a' }, { change: '-' }, { change: '+', text: 'c' }] }],
    });
    expect(list).toMatchObject({ kind: 'list', hunks: [{ lines: [{ change: ' ' }, { change: '+', text: '{"t":"move"}' }] }] });
  });

  it('when changes are applied to another value, it refuses', () => {
    expect(() => applyJsonChanges(1, diffJson({ a: 1 }, { a: 2 }))).toThrow(RangeError);
    expect(() => applyJsonChanges({ a: 'x\ny' }, diffJson({ a: 'a\nb' }, { a: 'a\nc' }))).toThrow(RangeError);
  });
});

import { expect, it } from 'vitest';
import { isId, nearNames, pickNamed, splitQualified } from './match.ts';

const items = [
  { id: 1, names: ['line/v1', 'v1'] },
  { id: 2, names: ['oven/v1', 'v1'] },
  { id: 3, names: ['oven/v2', 'v2'] },
];
const choices = { noun: 'release', items, namesOf: (item: (typeof items)[number]) => item.names };

it('when one thing has the name, it is that one', () => {
  expect(pickNamed('v2', choices).id).toBe(3);
  expect(pickNamed('oven/v1', choices).id).toBe(2);
});

it('when several have the name, all are candidates, and it is a mistake of usage', () => {
  expect(() => pickNamed('v1', choices)).toThrow(
    expect.objectContaining({ code: 'AMBIGUOUS', exitCode: 2, candidates: ['line/v1', 'oven/v1'] }),
  );
});

it('when none has the name, it is not found, and what is near is a candidate', () => {
  expect(() => pickNamed('oven', choices)).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND', exitCode: 5, candidates: ['oven/v1', 'oven/v2'] }),
  );
});

it('when nothing is near, the first few show what names look like', () => {
  expect(nearNames('zzz', ['a', 'b'])).toEqual(['a', 'b']);
  expect(nearNames('Line-Three', ['line', 'oven'])).toEqual(['line']);
});

it('when a reference names its owner, it is split at the last slash', () => {
  expect(splitQualified('hall 1/line/v1')).toEqual({ owner: 'hall 1/line', name: 'v1' });
  expect([splitQualified('v1'), splitQualified('/v1'), splitQualified('line/')]).toEqual([undefined, undefined, undefined]);
});

it('when a reference is an id, no name is looked up', () => {
  expect([isId('01a202cc-23e8-7068-8f38-6a322d7b8ad0'), isId('01a202cc'), isId('line')]).toEqual([true, false, false]);
});

import type { DiffRestart } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { nodeNames } from './node-names.ts';
import { placeWords, restartSentence, typeWords, valueWords } from './words.ts';

const none: DiffRestart = { scope: 'none', reasons: [], restarted: [], started: [], stopped: [], rewired: [] };

describe('restartSentence', () => {
  it('when nodes restart, each kind is counted, and kinds with none are left out', () => {
    const restart: DiffRestart = { ...none, scope: 'nodes', restarted: ['a', 'b'], stopped: ['c'] };
    expect(restartSentence(restart)).toBe('2 nodes restart, 1 node stops. Everything else goes on running.');
  });

  it('when the process restarts, it says why', () => {
    expect(restartSentence({ ...none, scope: 'process', reasons: ['modules', 'settings'] })).toBe(
      'Node-RED itself restarts: modules changed, settings changed.',
    );
  });

  it('when nothing restarts, it says so', () => expect(restartSentence(none)).toBe('Nothing restarts.'));
});

it('when a node is an instance of a subflow, its type is called by the name of that', () => {
  const names = nodeNames([{ id: 's1', type: 'subflow', name: 'Scale' }], []);
  expect(['subflow:s1', 'subflow:gone', 'function'].map((type) => typeWords(type, names))).toEqual([
    'subflow Scale',
    'subflow gone',
    'function',
  ]);
});

describe('placeWords', () => {
  it('when a pointer has escapes, they are read back', () => expect(placeWords('/rules/0/a~1b~0c')).toBe('rules › 0 › a/b~c'));
  it('when a pointer is empty, it means the whole', () => expect(placeWords('')).toBe('everything'));
});

describe('valueWords', () => {
  const names = nodeNames([{ id: 'a1', type: 'tab', label: 'Filling' }], []);

  it('when a value is an empty text, that is said', () => expect(valueWords('', names)).toBe('(empty)'));
  it('when a value is the id of a node, its name stands before it', () => expect(valueWords('a1', names)).toBe('Filling (a1)'));
  it('when a value is no text, it is JSON; nothing is nothing', () => {
    expect([1, '1', [1], undefined].map((value) => valueWords(value, names))).toEqual(['1', '1', '[1]', '']);
  });
});

import { describe, expect, it } from 'vitest';
import { flowOutline } from './flow-outline.ts';

describe('flowOutline', () => {
  it('when nodes stand on tabs, in subflows and nowhere, each comes to its place, tabs first', () => {
    const outline = flowOutline([
      { id: 'broker', type: 'mqtt-broker', name: 'Plant broker', broker: 'broker.ulm' },
      { id: 's', type: 'subflow', name: 'Scale' },
      { id: 'in-s', type: 'function', z: 's' },
      { id: 't', type: 'tab', label: 'Filling', disabled: true, info: 'Line 1' },
      { id: 'in-t', type: 'inject', z: 't', name: '', d: true },
    ]);
    expect(outline.map(({ kind, label, nodes }) => [kind, label, nodes.map(({ id }) => id)])).toEqual([
      ['tab', 'Filling', ['in-t']],
      ['subflow', 'Scale', ['in-s']],
      ['global', 'Configuration for all tabs', ['broker']],
    ]);
    expect(outline[0]).toMatchObject({ disabled: true, info: 'Line 1', nodes: [{ name: null, disabled: true }] });
  });

  it('when a node names a tab that is not there, it stands under that name', () => {
    expect(flowOutline([{ id: 'n', type: 'debug', z: 'gone' }])).toMatchObject([{ kind: 'absent', label: 'gone', nodes: [{ id: 'n' }] }]);
  });

  it('when properties are shown, position, wires and what is empty are left out', () => {
    const [tab] = flowOutline([{ id: 'n', type: 'file', x: 10, y: 20, wires: [[]], filename: '/data/log', encoding: '', proxy: null }]);
    expect(tab?.nodes[0]?.properties).toEqual([['filename', '/data/log']]);
  });

  it('when a file holds what is no node, it does not matter', () => {
    expect(flowOutline([null, 'text', 7, [], {}])).toMatchObject([{ kind: 'global', nodes: [{ id: '', type: '', name: null }] }]);
  });
});

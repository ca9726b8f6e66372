import { describe, expect, it } from 'vitest';
import { drawingOf, outputPlace } from './drawing.ts';
import { overlay } from './overlay.ts';

const tab = { id: 't', type: 'tab', label: 'Filling' };
const inject = { id: 'a', type: 'inject', z: 't', name: 'Tick', x: 100, y: 80, wires: [['b', 'elsewhere']] };
const code = { id: 'b', type: 'function', z: 't', name: 'Check', x: 300.5, y: 80, wires: [[], []] };

describe('drawingOf', () => {
  it('when nodes stand on the tab, they and the wires between them are drawn, and nothing of other tabs', () => {
    const other = { id: 'elsewhere', type: 'debug', z: 'u', x: 10, y: 10, wires: [] };
    const config = { id: 'c', type: 'mqtt-broker', z: 't', name: 'Broker' };
    const drawing = drawingOf([tab, inject, code, other, config], 't');
    expect(drawing.nodes.map(({ id, inputs, outputs }) => [id, inputs, outputs])).toEqual([
      ['a', false, 1],
      ['b', true, 2],
    ]);
    expect(drawing.wires).toEqual([{ from: 'a', output: 0, to: 'b' }]);
    expect(drawing.leftOut).toBe(0);
  });

  it('when a node has two outputs, they lie above and below its middle', () => {
    const [, node] = drawingOf([inject, code], 't').nodes;
    if (node === undefined) throw new Error('the node is not drawn');
    expect(outputPlace(node, 0).y + outputPlace(node, 1).y).toBe(160);
    expect(outputPlace(node, 1).y).toBeGreaterThan(outputPlace(node, 0).y);
  });

  it('when coordinates are none or far out, the node is left out and counted', () => {
    const odd = [Number.NaN, 1e12, '5', null].map((x, index) => ({ id: `n${index}`, type: 'debug', z: 't', x, y: 1 }));
    expect(drawingOf([...odd, null, 7, [], { z: 't' }], 't')).toMatchObject({ nodes: [], leftOut: 4 });
  });

  it('when wires are flat texts or nonsense, those that can be read are drawn', () => {
    const flat = { ...inject, wires: ['b', 7, [null, 'b']] };
    expect(drawingOf([flat, code], 't').wires.map(({ output }) => output)).toEqual([0, 2]);
  });

  it('when a label is switched off, or the node is a link, it is a small square', () => {
    const shapes = [{ type: 'link in' }, { type: 'link in', l: true }, { type: 'debug', l: false }, { type: 'debug' }].map(
      (node, index) => drawingOf([{ id: `n${index}`, z: 't', x: 1, y: 1, ...node }], 't').nodes[0]?.shape,
    );
    expect(shapes).toEqual(['small', 'node', 'small', 'node']);
  });

  it('when a subflow is used, its name is the label', () => {
    const instance = { id: 'i', type: 'subflow:s', z: 't', name: '', x: 1, y: 1, wires: [] };
    expect(drawingOf([{ id: 's', type: 'subflow', name: 'Scale' }, instance], 't').nodes[0]?.label).toBe('Scale');
  });
});

describe('overlay', () => {
  it('when nodes and wires come, go, change and move, each has its mark', () => {
    const gone = { id: 'g', type: 'debug', z: 't', x: 500, y: 80, wires: [] };
    const before = drawingOf([inject, { ...code, wires: [['g']] }, gone], 't');
    const after = drawingOf(
      [
        { ...inject, x: 120 },
        { ...code, wires: [['n']] },
        { ...gone, id: 'n' },
      ],
      't',
    );
    const { nodes, wires } = overlay(before, after, { changed: new Set(['b']), moved: new Set(['a']) });
    expect(nodes.map(({ id, mark }) => [id, mark])).toEqual([
      ['g', 'removed'],
      ['a', 'moved'],
      ['b', 'changed'],
      ['n', 'added'],
    ]);
    expect(wires.map(({ from, to, mark }) => [from, to, mark])).toEqual([
      ['b', 'g', 'removed'],
      ['a', 'b', 'same'],
      ['b', 'n', 'added'],
    ]);
  });
});

import { expect, it } from 'vitest';
import { modulesUsed } from './modules-used.ts';

const sets = [
  { module: 'node-red', version: '5.0.7', types: ['inject', 'function'] },
  { module: 'node-red-contrib-modbus', version: '5.23.3', types: ['modbus-read', 'modbus-client'] },
  { module: '@plant/nodes', version: '1.0.0', types: ['plant in'] },
  { types: ['of a folder'], local: true },
];
const versions = new Map([
  ['moment', '2.30.1'],
  ['@scope/math', '3.0.0'],
]);
const used = (flows: { id: string; type: string }[]) => modulesUsed(flows, sets, (name) => versions.get(name));

it('when flows use types of modules, each module is named once with the version that is installed', () => {
  const flows = [
    { id: 't', type: 'tab' },
    { id: 's', type: 'subflow' },
    { id: 'i', type: 'subflow:s' },
    { id: 'a', type: 'inject' },
    { id: 'b', type: 'modbus-read' },
    { id: 'c', type: 'modbus-client' },
    { id: 'd', type: 'plant in' },
  ];
  expect(used(flows)).toEqual({
    dependencies: { '@plant/nodes': '1.0.0', 'node-red-contrib-modbus': '5.23.3' },
    missing: [],
    withoutModule: [],
  });
});

it('when functions use libraries, those of the registry are named and those of Node are not', () => {
  const modules = ['moment@2', '@scope/math/part', 'fs', 'node:os', 'fs/promises', '../elsewhere', 'not-installed'];
  const flows = [{ id: 'f', type: 'function', libs: modules.map((module) => ({ var: 'x', module })) }];
  expect(used(flows).dependencies).toEqual({ '@scope/math': '3.0.0', moment: '2.30.1' });
});

it('when types have no module, they are told apart from types that nobody knows', () => {
  expect(
    used([
      { id: 'a', type: 'of a folder' },
      { id: 'b', type: 'unheard of' },
    ]),
  ).toEqual({ dependencies: {}, missing: ['unheard of'], withoutModule: ['of a folder'] });
});

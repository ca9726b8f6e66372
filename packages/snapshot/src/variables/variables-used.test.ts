// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { variablesUsed } from './variables-used.ts';

const env = (...names: string[]): JsonObject[] => names.map((name) => ({ name, value: '1', type: 'str' }));
const node = (properties: JsonObject = {}): FlowNode => ({ id: 'n', type: 'debug', z: 't', ...properties });
const tab = (properties: JsonObject = {}): FlowNode => ({ id: 't', type: 'tab', ...properties });

describe('variablesUsed finds', () => {
  it.each<[string, JsonObject, string[]]>([
    ['whole properties', { host: '${HOST}', port: '$(PORT)' }, ['HOST', 'PORT']],
    ['properties inside lists and objects', { rules: [{ v: '${LIMIT}' }], headers: { auth: ['${TOKEN}'] } }, ['LIMIT', 'TOKEN']],
    ['nothing where a property is not replaced as a whole', { url: 'http://${HOST}/', info: '${DOC}', name: '${NAME}' }, []],
    [
      'calls in functions',
      { type: 'function', func: 'env.get("A"); env . get( \'B\' )', initialize: 'env.get(`C`)', finalize: 'env.get("D")' },
      ['A', 'B', 'C', 'D'],
    ],
    ['no computed names', { type: 'function', func: 'env.get(name); env.get("A" + x); env.get(`B${x}`); myenv.get2("C")' }, []],
    ['no calls outside functions', { type: 'template', template: 'env.get("A")' }, []],
    ['tags in templates', { type: 'template', template: 'a {{env.A}} {{{ env.B }}} {{#env.C}} {{payload.env.D}}' }, ['A', 'B', 'C']],
    [
      'typed inputs',
      { payload: 'A', payloadType: 'env', hostField: 'no', host: 'B', hostFieldType: 'env', propertyType: 'msg', property: 'C' },
      ['A', 'B'],
    ],
    [
      'typed inputs of change, switch and inject',
      { rules: [{ t: 'set', to: 'A', tot: 'env', from: 'B', fromt: 'env' }], props: [{ p: 'x', v: 'C', vt: 'env' }] },
      ['A', 'B', 'C'],
    ],
    ['text around names in typed inputs', { topic: '${SITE}/${LINE}/x', topicType: 'env' }, ['LINE', 'SITE']],
    ['calls in JSONata', { rules: [{ t: 'set', to: '$env("A") & $env(\'B\')', tot: 'jsonata' }] }, ['A', 'B']],
    ["nothing of Node-RED's own", { a: '${NR_NODE_ID}', b: '${NR_FLOW_NAME}', c: '${A}' }, ['A']],
    [
      'nothing that no environment can hold',
      { a: '${msg.payload}', b: '${1A}', c: '${a-b}', d: '${}', e: '${__proto__}', f: '${constructor}' },
      ['__proto__', 'constructor'],
    ],
  ])('%s', (_, properties, expected) => {
    expect(variablesUsed([tab(), node(properties)])).toEqual(expected);
  });

  it('each name once, sorted', () => {
    expect(variablesUsed([tab(), node({ a: '${B}' }), node({ a: '${A}', b: '${B}' })])).toEqual(['A', 'B']);
  });
});

describe('variablesUsed leaves out', () => {
  const reads = (extra: JsonObject = {}): FlowNode => node({ a: '${TAB}', b: '${GROUP}', c: '${GLOBAL}', d: '${OUTSIDE}', ...extra });

  it('what tab, groups and global-config define, and only for those within', () => {
    const flows = [
      tab({ env: env('TAB') }),
      { id: 'g', type: 'config', env: env('OUTSIDE') },
      { id: 'g1', type: 'group', z: 't', env: env('GROUP') },
      { id: 'g2', type: 'group', z: 't', g: 'g1', env: [] },
      { id: 'c', type: 'global-config', env: env('GLOBAL') },
    ];
    expect(variablesUsed([...flows, reads({ g: 'g2' })])).toEqual(['OUTSIDE']);
    expect(variablesUsed([...flows, reads()])).toEqual(['GROUP', 'OUTSIDE']);
    expect(variablesUsed([...flows, reads({ z: 'another tab' })])).toEqual(['GROUP', 'OUTSIDE', 'TAB']);
  });

  it('what a subflow or every instance of it defines', () => {
    const inner = node({ z: 's', a: '${A}', b: '${B}', c: '${C}' });
    const template: FlowNode = { id: 's', type: 'subflow', env: env('A') };
    const instance = (id: string, names: string[]): FlowNode => ({ id, type: 'subflow:s', z: 't', env: env(...names) });
    expect(variablesUsed([tab(), template, inner, instance('i', ['B']), instance('j', ['B', 'C'])])).toEqual(['C']);
    expect(variablesUsed([tab({ env: env('C') }), template, inner, instance('i', ['B'])])).toEqual([]);
    expect(variablesUsed([tab(), template, inner])).toEqual([]);
  });

  it('what disabled nodes and tabs read', () => {
    expect(variablesUsed([tab(), node({ d: true, a: '${A}' })])).toEqual([]);
    expect(variablesUsed([tab({ disabled: true, env: [{ name: 'x', value: '${B}' }] }), node({ a: '${A}' })])).toEqual([]);
    const subflow: FlowNode[] = [
      tab(),
      { id: 's', type: 'subflow' },
      node({ z: 's', a: '${A}' }),
      { id: 'i', type: 'subflow:s', z: 't', d: true },
    ];
    expect(variablesUsed(subflow)).toEqual([]);
  });

  it('nothing of what an env list takes from outside itself, even under the same name', () => {
    const value = (name: string, text: JsonValue, type = 'str'): JsonObject => ({ name, value: text, type });
    expect(variablesUsed([tab({ env: [value('HOST', '${HOST}')] }), node({ a: '${HOST}' })])).toEqual(['HOST']);
    expect(variablesUsed([tab({ env: [value('A', 'B', 'env'), value('B', '1')] })])).toEqual([]);
    expect(variablesUsed([tab({ env: [value('A', 'X${B}Y', 'env')] })])).toEqual(['B']);
  });

  it('one level when the parent is asked for', () => {
    const flows = (outer: string[]): FlowNode[] => [
      tab({ env: env(...outer) }),
      { id: 's', type: 'subflow', env: env('A') },
      { id: 'i', type: 'subflow:s', z: 't', env: env('A') },
      node({ z: 's', type: 'function', func: 'env.get("$parent.A")' }),
    ];
    expect(variablesUsed(flows([]))).toEqual(['A']);
    expect(variablesUsed(flows(['A']))).toEqual([]);
  });

  it('and ends, when groups or subflows contain themselves', () => {
    const loop: FlowNode[] = [
      { id: 'a', type: 'group', g: 'b', z: 't' },
      { id: 'b', type: 'group', g: 'a', z: 't' },
      { id: 's', type: 'subflow' },
      { id: 'i', type: 'subflow:s', z: 's' },
    ];
    expect(variablesUsed([...loop, node({ g: 'a', x1: '${A}' }), node({ z: 's', x1: '${B}' })])).toEqual([]);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import { describe, expect, it } from 'vitest';
import { parseFlows } from '../flows/parse-flows.ts';
import { refusal } from '../testing/refusal.ts';
import { readFlowFile } from './read-flow-file.ts';

const flows = [
  { id: 't', type: 'tab' },
  { id: 'b', type: 'mqtt-broker', broker: '${BROKER}', port: '${PORT}' },
];
const read = (document: unknown) => readFlowFile(JSON.stringify(document));

describe('readFlowFile', () => {
  it('when it is an array, or nothing that it knows, the text comes back untouched', () => {
    for (const text of [' [{"id": "a"}]\n', '{"nodes":[]}', '{', '', 'null', '{"__proto__":{"flows":[]}}']) {
      expect(readFlowFile(text)).toEqual({ flows: text, notes: [] });
    }
  });

  it('when it is a FlowFuse snapshot, modules, variables, credentials and its name come along', () => {
    const snapshot = {
      id: 'x',
      name: 'before the holidays',
      flows: { flows, credentials: { $: 'ff' } },
      settings: {
        settings: { httpAdminRoot: '/' },
        modules: { 'node-red': '4.1.0' },
        env: {
          PORT: '1883',
          FF_PROJECT_ID: 'p',
          LEVEL: 3,
          'a-b': 'x',
          API: { value: 'v' },
          PIN: { hidden: true, $: 'ff' },
          DB_PASSWORD: 'x',
        },
      },
    };
    const found = read(snapshot);
    expect(found).toMatchObject({ flows: JSON.stringify(flows), credentials: '{"$":"ff"}', message: 'before the holidays' });
    expect(JSON.parse(found.package ?? '')).toEqual({ dependencies: { 'node-red': '4.1.0' } });
    expect(found).not.toHaveProperty('settings');
    expect(found.variables).toEqual([
      { name: 'PORT', required: false, secret: false, default: '1883' },
      { name: 'LEVEL', required: false, secret: false, default: '3' },
      { name: 'API', required: false, secret: false, default: 'v' },
      { name: 'PIN', required: true, secret: true },
      { name: 'DB_PASSWORD', required: true, secret: true },
      { name: 'BROKER', required: true, secret: false },
    ]);
    expect(found.notes.join(' ')).toMatch(/PIN, DB_PASSWORD.*1 variables/);
  });

  it('when it is a project of a FlowFuse device or an answer of the admin API, the same', () => {
    const device = { id: 'a', flows, credentials: {}, env: { BROKER: 'b' }, modules: {}, settings: { palette: {} } };
    expect(read(device)).toEqual({
      flows: JSON.stringify(flows),
      package: '{"dependencies":{}}',
      variables: [
        { name: 'BROKER', required: false, secret: false, default: 'b' },
        { name: 'PORT', required: true, secret: false },
      ],
      notes: [],
    });
    expect(read({ flows, rev: 'x' })).toEqual({ flows: JSON.stringify(flows), notes: [] });
  });

  it('when it is one tab as the admin API answers, tab, subflows, nodes and config nodes become an array', () => {
    const subflow = {
      id: 's',
      type: 'subflow',
      name: 'scale',
      nodes: [{ id: 'm', type: 'change', z: 's' }],
      configs: [{ id: 'k', type: 'c' }],
    };
    const tab = { id: 't', label: 'Line', nodes: [{ id: 'n', type: 'debug', z: 't' }], configs: [{ id: 'b', type: 'mqtt-broker' }] };
    expect(parseFlows(JSON.stringify({ ...tab, subflows: [subflow] })).flows).toEqual([
      { type: 'tab', id: 't', label: 'Line' },
      { id: 's', type: 'subflow', name: 'scale' },
      { id: 'm', type: 'change', z: 's' },
      { id: 'k', type: 'c' },
      { id: 'n', type: 'debug', z: 't' },
      { id: 'b', type: 'mqtt-broker' },
    ]);
    expect(read(tab).flows).toBe(JSON.stringify(parseFlows(JSON.stringify(tab)).flows));
    expect(parseFlows('{"id":"global","configs":[{"id":"b","type":"x"}]}').flows).toEqual([{ id: 'b', type: 'x' }]);
    expect(() => parseFlows('{"id":"t","nodes":[],"configs":[{"id":"b"}]}')).toThrow(refusal('FLOWS_MALFORMED', '/configs/0/type'));
  });

  it('when it is a subflow as a module, the subflow stands before its nodes', () => {
    const module = {
      id: 's',
      type: 'subflow',
      name: 'scale',
      meta: { module: 'node-red-scale' },
      flow: [{ id: 'm', type: 'change', z: 's' }],
    };
    const { flow, ...subflow } = module;
    expect(parseFlows(JSON.stringify(module))).toMatchObject({ form: 'subflow_module', flows: [subflow, ...flow] });
    expect(() => parseFlows('{"id":"s","type":"subflow","flow":[{}]}')).toThrow(refusal('FLOWS_MALFORMED', '/flow/0/id'));
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import { anyFlows } from '../testing/generated-flows.ts';
import type { Endpoint } from './endpoint.ts';
import { integrationsOf } from './integration-map.ts';
import { splitIntegrations } from './split-map.ts';

const placed = { z: 't', x: 1, y: 1, wires: [] };
const plant: FlowNode[] = [
  { id: 't', type: 'tab', label: 'Line', env: [{ name: 'CELL', type: 'env', value: 'SITE' }] },
  { id: 'b', type: 'mqtt-broker', broker: '${BROKER}', port: '1883' },
  { id: 'c', type: 'mqtt-broker', broker: 'central', port: '1883' },
  { id: 'i', type: 'mqtt in', topic: 'a', broker: 'b', ...placed },
  { id: 'j', type: 'mqtt in', topic: '${CELL}', broker: 'c', ...placed },
  { id: 'k', type: 'mqtt in', topic: 'state', broker: 'c', ...placed },
  { id: 'h', type: 'http request', method: 'GET', url: 'http://mes/', ...placed },
  { id: 'f', type: 'function', func: 'return env.get("LIMIT")', ...placed },
];

/** What is named and who stands behind it. */
function named(endpoints: readonly Endpoint[]): string[] {
  const uses = endpoints.flatMap(({ kind, address, nodes }) =>
    nodes.map(({ id, path, detail }) => `${kind} ${address}: ${[...path, id].join('/')} ${detail ?? ''}`),
  );
  return [...new Set(uses)].sort();
}

const values = fc.dictionary(fc.constantFrom('A', 'B'), fc.constantFrom('central', 'two', ''), { maxKeys: 2 });
const text = fc.constantFrom('central', 'other', '${A}', '$(B)', '${C}', '');
const env = fc.array(
  fc.record({ name: fc.constantFrom('A', 'C'), value: fc.constantFrom('central', 'B', '${B}'), type: fc.constantFrom('str', 'env') }),
  { maxLength: 2 },
);
/** Flows in which variables pass through tabs, groups, instances and config nodes. */
const withVariables: fc.Arbitrary<FlowNode[]> = fc
  .record({
    surroundings: fc.tuple(env, env, env, env),
    hosts: fc.tuple(text, text),
    users: fc.array(
      fc.record({
        z: fc.constantFrom('t', 's'),
        g: fc.constantFrom('', 'g'),
        broker: fc.constantFrom('b0', 'b1', 'u0'),
        topic: text,
        type: fc.constantFrom('mqtt in', 'mqtt out', 'http request'),
        url: text,
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ surroundings: [ofTab, ofGroup, ofSubflow, ofInstance], hosts, users }) => [
    { id: 't', type: 'tab', label: 'T', env: ofTab },
    { id: 'g', type: 'group', z: 't', env: ofGroup },
    { id: 's', type: 'subflow', name: 'S', env: ofSubflow },
    { id: 'si', type: 'subflow:s', env: ofInstance, ...placed },
    ...hosts.map((broker, index): FlowNode => ({ id: `b${index}`, type: 'mqtt-broker', broker, port: '1883' })),
    ...users.map((user, index): FlowNode => ({ ...placed, id: `u${index}`, ...user })),
  ]);

describe('splitIntegrations', () => {
  it('when variables reach a few nodes, only those wait for values', () => {
    const split = splitIntegrations(plant);
    expect(split.variables).toEqual(['BROKER', 'CELL', 'SITE']);
    expect(named(split.fixed)).toEqual(['http http://mes/: h GET', 'mqtt mqtt://central:1883: k state']);
    const given = { BROKER: 'local', SITE: 'ulm' };
    expect(named(split.resolve(given))).toEqual(['mqtt mqtt://central:1883: j ulm', 'mqtt mqtt://local:1883: i a']);
  });

  it('when flows name no variables, nothing depends on a target', () => {
    const split = splitIntegrations(plant.filter(({ id }) => ['c', 'k', 'h', 'f'].includes(id)));
    expect([split.variables, split.resolve({ LIMIT: '1' })]).toEqual([[], []]);
  });

  it('when any flows are put together again, it is the whole map', () => {
    const property = fc.property(fc.oneof(anyFlows, withVariables), values, (flows, given) => {
      const { fixed, resolve } = splitIntegrations(flows);
      expect(named([...fixed, ...resolve(given)])).toEqual(named(integrationsOf(flows, { variables: given }).endpoints));
    });
    fc.assert(property, { numRuns: 300 });
  });
});

import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject } from '../json.ts';
import { diffSnapshots } from './diff-snapshots.ts';

const tab: FlowNode = { id: 't', type: 'tab' };
const placed = { z: 't', x: 1, y: 1, wires: [] };
const broker = (properties: JsonObject): FlowNode[] => [
  tab,
  { id: 'b', type: 'mqtt-broker', broker: 'broker.plant', port: '8883', ...properties },
  { id: 'c', type: 'tls-config', verifyservercert: properties['checked'] ?? true },
  { id: 'i', type: 'mqtt in', topic: 'a', broker: 'b', ...placed },
];
const route = (properties: JsonObject = {}): FlowNode[] => [
  tab,
  { id: 'h', type: 'http in', url: '/a', method: 'get', ...placed, ...properties },
];
const command = (properties: JsonObject = {}): FlowNode[] => [tab, { id: 'e', type: 'exec', command: 'ls', ...placed, ...properties }];
const risks = (before: FlowNode[], after: FlowNode[]): string[] =>
  diffSnapshots({ flows: before }, { flows: after }).risks.map(({ code }) => code);

describe('risks of a change', () => {
  it.each<[string, FlowNode[], FlowNode[], string[]]>([
    ['TLS goes', broker({ usetls: true }), broker({ usetls: false }), ['tls_off']],
    ['TLS comes', broker({ usetls: false }), broker({ usetls: true }), []],
    [
      'the check of certificates goes',
      broker({ usetls: true, tls: 'c' }),
      broker({ usetls: true, tls: 'c', checked: false }),
      ['certificate_check_off'],
    ],
    ['TLS comes without a check', broker({}), broker({ usetls: true, tls: 'c', checked: false }), ['certificate_check_off']],
    [
      'a broker changes that was not checked',
      broker({ usetls: true, tls: 'c', checked: false }),
      broker({ broker: 'x', usetls: true, tls: 'c', checked: false }),
      [],
    ],
    ['a route comes', [tab], route(), ['inbound_without_authentication']],
    ['a route gets another address', route(), route({ url: '/b' }), ['inbound_without_authentication']],
    ['a route gets another method', route(), route({ method: 'post' }), []],
    ['a route is switched on', route({ d: true }), route(), ['inbound_without_authentication']],
    ['a route comes that is switched off', [tab], route({ d: true }), []],
    ['a route goes', route(), [tab], []],
    ['a command comes', [tab], command(), ['exec_added']],
    ['a command becomes another', command(), command({ command: 'reboot' }), ['exec_added']],
    ['a command is renamed', command(), command({ name: 'list' }), []],
    ['a command comes into code', [tab], [tab, { id: 'f', type: 'function', func: 'require("child_process")', ...placed }], ['exec_added']],
  ])('when %s, they are named', (_, before, after, expected) => {
    expect(risks(before, after)).toEqual(expected);
  });
});

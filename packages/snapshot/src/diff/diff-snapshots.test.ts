// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { editedFlows } from '../testing/generated-flows.ts';
import { applyDiff } from './apply-diff.ts';
import { diffSnapshots, type SnapshotDiff } from './diff-snapshots.ts';
import type { SnapshotParts } from './snapshot-parts.ts';

const tab: FlowNode = { id: 't', type: 'tab', label: 'Line 1', disabled: false, info: '', env: [] };
const broker: FlowNode = { id: 'b', type: 'mqtt-broker', name: '', broker: 'broker.plant', port: '8883', usetls: true, tls: 'c' };
const tls: FlowNode = { id: 'c', type: 'tls-config', cert: '', verifyservercert: true };
const read: FlowNode = { id: 'r', type: 'mqtt in', z: 't', name: 'in', topic: 'line/1', broker: 'b', x: 100, y: 40, wires: [['f']] };
const code: FlowNode = { id: 'f', type: 'function', z: 't', name: '', func: 'const a = 1;\nreturn msg;', x: 200, y: 40, wires: [['d']] };
const debug: FlowNode = { id: 'd', type: 'debug', z: 't', name: '', active: true, x: 300, y: 40, wires: [] };
const flows = [tab, broker, tls, read, code, debug];

const change = (id: string, properties: JsonObject): FlowNode[] =>
  flows.map((node) => (node.id === id ? { ...node, ...properties } : node));
const diffFlows = (after: readonly FlowNode[], before: readonly FlowNode[] = flows): SnapshotDiff =>
  diffSnapshots({ flows: before }, { flows: after });
const nodesOf = ({ sections }: SnapshotDiff) => sections.flatMap(({ nodes, cosmetic }) => [...nodes, ...cosmetic]);
const asSent = (diff: SnapshotDiff): SnapshotDiff => JSON.parse(JSON.stringify(diff));

describe('the class of a change', () => {
  it.each<[string, FlowNode[], SnapshotDiff['class']]>([
    ['nothing', flows, null],
    ['a position', change('r', { x: 1, y: 2.5 }), 'cosmetic'],
    ['a name', change('f', { name: 'twice' }), 'cosmetic'],
    ['a description', change('f', { info: '# doc' }), 'cosmetic'],
    ['the label of a tab', change('t', { label: 'Line 2' }), 'cosmetic'],
    ['the order of nodes', flows.toReversed(), 'cosmetic'],
    ['the order of members', [...flows.slice(0, 5), Object.fromEntries(Object.entries(debug).reverse()) as FlowNode], 'cosmetic'],
    ['a comment', [...flows, { id: 'x', type: 'comment', z: 't', name: 'why', x: 1, y: 1, wires: [] }], 'cosmetic'],
    ['a group', [...flows, { id: 'x', type: 'group', z: 't', style: {}, nodes: ['r'], x: 1, y: 1, w: 9, h: 9 }], 'cosmetic'],
    ['wires', change('r', { wires: [['d']] }), 'wiring'],
    ['a junction', [...flows, { id: 'x', type: 'junction', z: 't', x: 1, y: 1, wires: [[]] }], 'wiring'],
    ['code', change('f', { func: 'return null;' }), 'logic'],
    ['a disabled node', change('d', { d: true }), 'logic'],
    ['a disabled tab', change('t', { disabled: true }), 'integration'],
    ['a topic', change('r', { topic: 'line/2' }), 'integration'],
    ['an address', change('b', { broker: 'other.plant' }), 'integration'],
    ['TLS', change('b', { usetls: false }), 'security'],
    ['the check of certificates', change('c', { verifyservercert: false }), 'security'],
    ['a route', [...flows, { id: 'x', type: 'http in', z: 't', url: '/orders', method: 'post', x: 1, y: 1, wires: [[]] }], 'security'],
    ['a command', [...flows, { id: 'x', type: 'exec', z: 't', command: 'ls', x: 1, y: 1, wires: [[], [], []] }], 'security'],
    [
      'a secret in code',
      change('f', { func: 'const a = 1;\nmsg.headers = { authorization: "Bearer abcdefghijklmnopqrstuvwxyz" };' }),
      'security',
    ],
    ['an unknown node', [...flows, { id: 'x', type: 'acme reader', z: 't', host: '10.0.0.1', x: 1, y: 1, wires: [] }], 'integration'],
    ['modules of a function', change('f', { libs: [{ var: 'axios', module: 'axios' }] }), 'dependency'],
    ['variables of a tab', change('t', { env: [{ name: 'A', value: '1', type: 'str' }] }), 'environment'],
  ])('when it touches %s, it is of the right class', (_, after, expected) => {
    expect(diffFlows(after).class).toBe(expected);
  });

  it.each<[string, Partial<SnapshotParts>, Partial<SnapshotParts>, SnapshotDiff['class']]>([
    ['a module', { dependencies: { a: '1.0.0' } }, { dependencies: { a: '1.0.1' } }, 'dependency'],
    ['the runtime', { runtime: { nodeRed: '5.0.6', node: null } }, { runtime: { nodeRed: '5.0.7', node: null } }, 'dependency'],
    ['a variable', { variables: [] }, { variables: [{ name: 'A', required: true, secret: false }] }, 'environment'],
    ['a setting', { settings: { logging: {} } }, { settings: { logging: { level: 'debug' } } }, 'settings'],
  ])('when it touches %s, it is of its own class, and the process restarts', (_, before, after, expected) => {
    const diff = diffSnapshots({ flows, ...before }, { flows, ...after });
    expect(diff.class).toBe(expected);
    expect(diff.restart).toMatchObject({ scope: 'process', restarted: ['b', 'c', 'r', 'f', 'd'] });
  });

  it('when a group with variables is entered or left, it is logic; any other group is cosmetic', () => {
    const grouped = (env: JsonValue, g: string): FlowNode[] => [
      ...change('f', { g }),
      { id: 'g1', type: 'group', env },
      { id: 'g2', type: 'group', g: 'g1' },
    ];
    expect(diffFlows(grouped([], 'g1'), grouped([], 'g2')).class).toBe('cosmetic');
    expect(diffFlows(grouped([{ name: 'A', value: '1' }], 'g1'), grouped([{ name: 'A', value: '1' }], 'none')).class).toBe('logic');
    expect(diffFlows(grouped([{ name: 'A', value: '1' }], 'g2'), grouped([{ name: 'A', value: '1' }], 'none')).class).toBe('logic');
  });

  it('when links stand in another order, it is cosmetic', () => {
    const link = (...links: string[]): FlowNode[] => [{ id: 'l', type: 'link out', z: 't', links, x: 1, y: 1, wires: [] }];
    expect(diffFlows(link('a', 'b'), link('b', 'a')).class).toBe('cosmetic');
    expect(diffFlows(link('a', 'b'), link('b')).class).toBe('wiring');
  });
});

describe('what a change is told as', () => {
  it('when a function changed, its code is told line by line, with its tab', () => {
    const diff = diffFlows(change('f', { func: 'const a = 2;\nreturn msg;', x: 7 }));
    expect(diff.sections).toMatchObject([
      { kind: 'tab', id: 't', label: 'Line 1', change: 'changed', class: 'logic', counts: { changed: 1 } },
    ]);
    expect(diff.sections[0]?.nodes).toMatchObject([
      {
        id: 'f',
        change: 'changed',
        changes: [
          {
            pointer: '/func',
            kind: 'text',
            class: 'logic',
            hunks: [{ lines: [{ change: '-' }, { change: '+', text: 'const a = 2;' }, { change: ' ' }] }],
          },
        ],
        cosmetic: [{ pointer: '/x', before: 200, after: 7 }],
      },
    ]);
  });

  it('when wires changed, it says which', () => {
    const [node] = nodesOf(diffFlows(change('r', { wires: [[], ['d']] })));
    expect(node).toMatchObject({ connected: [{ output: 1, to: 'd' }], disconnected: [{ output: 0, to: 'f' }] });
  });

  it('when classes differ, counts name each node by its gravest, and cosmetic ones stand apart', () => {
    const after = change('b', { port: '1883', usetls: false }).map((node) => (node.id === 'd' ? { ...node, x: 1 } : node));
    const diff = diffFlows(after);
    expect(diff.counts).toMatchObject({
      classes: { cosmetic: 1, wiring: 0, logic: 0, integration: 0, security: 1 },
      nodes: { added: 0, removed: 0, changed: 1, cosmetic: 1 },
    });
    expect(diff.sections.map(({ kind, cosmetic }) => [kind, cosmetic.length])).toEqual([
      ['tab', 1],
      ['global', 0],
    ]);
  });

  it('when a broker moves and loses its protection, both are told, with the nodes behind it and what restarts', () => {
    const diff = diffFlows(change('b', { broker: 'other', port: '1883', usetls: false }));
    expect(diff.endpoints).toMatchObject([
      {
        change: 'changed',
        aspects: ['address', 'security'],
        before: { address: 'mqtts://broker.plant:8883' },
        after: { address: 'mqtt://other:1883', nodes: [{ id: 'r', detail: 'line/1' }] },
      },
    ]);
    expect(diff.risks).toEqual([{ code: 'tls_off', nodeIds: ['r'], address: 'mqtt://other:1883', pointer: null }]);
    expect(diff.restart).toMatchObject({ scope: 'nodes', restarted: ['b', 'r'], started: [], stopped: [] });
  });

  it('when a new variable has no value by itself, it says that someone has to give one', () => {
    const variables = (...names: string[]) => names.map((name) => ({ name, required: true, secret: false }));
    const diff = diffSnapshots(
      { flows, variables: variables('A') },
      { flows, variables: [...variables('B'), { name: 'C', required: true, secret: false, default: 'x' }] },
    );
    expect(diff.variables.map(({ name, needsValue }) => [name, needsValue])).toEqual([
      ['A', false],
      ['B', true],
      ['C', false],
    ]);
  });

  it('when only one side has a lock, indirect modules are not called changes, and direct ones are compared by their versions', () => {
    const at = (version: string) => ({ version, resolved: null, integrity: 'sha512-x' }) as never;
    const locked = { 'node_modules/a': at('1.0.0'), 'node_modules/z': at('1.0.0') };
    expect(diffSnapshots({ flows: [], dependencies: { z: '1.0.0' } }, { flows: [], dependencies: { z: '1.0.0' }, locked }).modules).toEqual(
      [],
    );
    expect(diffSnapshots({ flows: [], dependencies: { z: '0.9.0' } }, { flows: [], dependencies: { z: '1.0.0' }, locked }).modules).toEqual(
      [{ name: 'z', direct: true, before: '0.9.0', after: '1.0.0', contentChanged: false }],
    );
  });

  it('when modules changed, direct ones come first, and the same version from elsewhere is told', () => {
    const at = (version: string, integrity: string) => ({ version, resolved: null, integrity, link: false });
    const diff = diffSnapshots(
      { flows, dependencies: { z: '^1.0.0' }, locked: { 'node_modules/a': at('1.0.0', 'x'), 'node_modules/z': at('1.0.0', 'x') } },
      { flows, dependencies: { z: '^1.0.0' }, locked: { 'node_modules/a': at('1.0.0', 'y'), 'node_modules/z': at('1.1.0', 'y') } },
    );
    expect(diff.modules).toEqual([
      { name: 'z', direct: true, before: '1.0.0', after: '1.1.0', contentChanged: false },
      { name: 'a', direct: false, before: '1.0.0', after: '1.0.0', contentChanged: true },
    ]);
  });

  it('when a secret was in the flows before, it is no risk of this change', () => {
    const secret = { password: 'hunter22', host: 'db' };
    const database = (properties: JsonObject): FlowNode[] => [...flows, { id: 'p', type: 'postgreSQLConfig', ...properties }];
    expect(diffFlows(database({ ...secret, host: 'other' }), database(secret)).risks).toEqual([]);
    expect(diffFlows(database({ ...secret, password: 'another' }), database(secret)).risks).toMatchObject([
      { code: 'secret_in_plain_text', pointer: '/password' },
    ]);
    expect(diffFlows(database(secret)).risks).toMatchObject([{ code: 'secret_in_plain_text', nodeIds: ['p'] }]);
  });
});

describe('odd flows', () => {
  it('when ids occur twice, the first is compared with the first', () => {
    const twice = [...flows, { ...debug, active: false }];
    expect(nodesOf(diffFlows(twice.with(6, { ...debug, active: true }), twice))).toMatchObject([{ id: 'd', before: 6, after: 6 }]);
    expect(nodesOf(diffFlows(twice))).toMatchObject([{ id: 'd', change: 'added', before: null, after: 6 }]);
  });

  it('when tabs are absent, ids without sense and wires flat, nothing breaks', () => {
    const odd: FlowNode[] = [
      { id: '', type: 'debug', z: 'absent', wires: ['a', 'b'] },
      { id: '__proto', type: 'link in', z: 5, links: 'none', wires: null },
      { id: 'constructor', type: 'group', g: 'constructor', nodes: 'x', env: 'y' },
      { id: 's', type: 'subflow', in: null, out: [{}] },
      { id: 'i', type: 'subflow:s', z: 's', env: [null, 1, {}] },
    ];
    const diff = diffFlows(odd);
    expect(diff.sections.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['absent', 'global', 'subflow']));
    expect(applyDiff({ flows }, asSent(diff))).toEqual({ flows: odd });
  });
});

const parts = fc.record(
  {
    dependencies: fc.dictionary(fc.constantFrom('a', '@b/c', '9'), fc.constantFrom('1.0.0', '^2.0.0')),
    runtime: fc.record({ nodeRed: fc.constantFrom('5.0.7', null), node: fc.constantFrom('24.1.0', null) }),
    variables: fc.array(fc.record({ name: fc.constantFrom('A', 'B'), required: fc.boolean(), secret: fc.boolean() }), { maxLength: 2 }),
    settings: fc.dictionary(
      fc.constantFrom('ui', 'lang', '1'),
      fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
    ),
  },
  { requiredKeys: [] },
);
const asRead = (value: SnapshotParts): SnapshotParts => JSON.parse(JSON.stringify(value));

describe('properties of differences', () => {
  it('when a snapshot is compared with itself, nothing differs', () => {
    fc.assert(
      fc.property(editedFlows, parts, ({ before }, rest) => {
        const snapshot = asRead({ flows: before, ...rest });
        const diff = diffSnapshots(snapshot, structuredClone(snapshot));
        expect(diff).toMatchObject({ class: null, sections: [], endpoints: [], risks: [], parts: [], order: null });
        expect(diff.restart.restarted).toEqual([]);
      }),
    );
  });

  it('when a difference is sent and applied, it gives the other snapshot, byte by byte', () => {
    fc.assert(
      fc.property(editedFlows, parts, parts, ({ before, after }, restBefore, restAfter) => {
        const [from, to] = [asRead({ flows: before, ...restBefore }), asRead({ flows: after, ...restAfter })];
        const applied = applyDiff(from, asSent(diffSnapshots(from, to)));
        expect(applied).toEqual(to);
        expect(JSON.stringify(applied)).toBe(JSON.stringify(to));
      }),
      { numRuns: 500 },
    );
  });

  it('when nodes move, it is cosmetic and nothing restarts', () => {
    fc.assert(
      fc.property(editedFlows, fc.array(fc.integer(), { minLength: 1 }), ({ before }, steps) => {
        const moved = before.map((node, index) =>
          'x' in node && 'y' in node && node.type !== 'tab' ? { ...node, x: steps[index % steps.length] ?? 0, y: 0.5 } : node,
        );
        // The runtime takes this text for a reference to what changed, and restarts the node with every deployment.
        fc.pre(!JSON.stringify(before).includes('constructor'));
        const diff = diffFlows(moved, before);
        expect(['cosmetic', null]).toContain(diff.class);
        expect(diff).toMatchObject({ endpoints: [], risks: [] });
        // What the runtime refuses to compare restarts as a whole, whatever changed.
        if (diff.restart.scope !== 'process')
          expect(diff.restart).toMatchObject({ scope: 'none', restarted: [], started: [], stopped: [] });
      }),
    );
  });

  it('when members stand in another order, classes stay and nothing restarts by it', () => {
    const shuffled = (value: JsonValue): JsonValue => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .map(([name, member]): [string, JsonValue] => [name, shuffled(member)])
          .reverse(),
      );
    };
    const summary = (diff: SnapshotDiff) =>
      nodesOf(diff)
        .map(({ id, class: name }) => `${id} ${name}`)
        .sort();
    fc.assert(
      fc.property(editedFlows, ({ before, after }) => {
        const direct = diffFlows(after, before);
        const reordered = diffFlows(after.map(shuffled) as FlowNode[], before);
        const cosmetic = new Set(
          nodesOf(reordered)
            .filter((node) => node.class === 'cosmetic')
            .map(({ id }) => id),
        );
        expect(summary(reordered).filter((line) => !cosmetic.has(line.split(' ')[0] ?? ''))).toEqual(
          summary(direct).filter((line) => !cosmetic.has(line.split(' ')[0] ?? '')),
        );
        expect(diffFlows(before.map(shuffled) as FlowNode[], before).class ?? 'cosmetic').toBe('cosmetic');
      }),
    );
  });
});

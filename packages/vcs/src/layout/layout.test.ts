import type { FlowNode } from '@sluice/snapshot';
import { parseFlows } from '@sluice/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTree, type GitTree } from '../objects/tree.ts';
import { readFlows } from './read-flows.ts';
import { readSnapshotTree, snapshotTree } from './snapshot-files.ts';
import { writeFlows } from './write-flows.ts';

const tab = { id: 'f6f2187d.f17ca8', type: 'tab', label: 'Linie 1', disabled: false, info: '' };
const code = { id: 'a1', type: 'function', z: tab.id, name: 'Scale', func: 'const x = msg.payload;\nreturn msg;', wires: [['b2']] };
const template = { id: 'b2', type: 'template', z: tab.id, format: 'json', template: '{"a": {{payload}}}', wires: [] };
const broker = { id: 'c3', type: 'mqtt-broker', broker: 'localhost', port: '1883' };

const textOf = (files: ReadonlyMap<string, Buffer>, path: string): string | undefined => files.get(path)?.toString();
const throughFiles = (nodes: readonly object[]): string => JSON.stringify(readFlows(writeFlows(nodes as FlowNode[])));

describe('writeFlows', () => {
  it('when flows are laid out, each tab has a folder by its id, code and templates are files, and the rest is in lines', () => {
    const files = writeFlows([tab, broker, code, template] as FlowNode[]);
    expect([...files.keys()].sort()).toEqual([
      'flows/f6f2187d.f17ca8/a1.js',
      'flows/f6f2187d.f17ca8/b2.json',
      'flows/f6f2187d.f17ca8/flow.json',
      'flows/global/flow.json',
      'flows/order.json',
    ]);
    expect(textOf(files, 'flows/f6f2187d.f17ca8/a1.js')).toBe('const x = msg.payload;\nreturn msg;\n');
    expect(textOf(files, 'flows/f6f2187d.f17ca8/flow.json')).toContain('    "func": {"$file":"a1.js"},\n    "wires": [["b2"]]\n');
    expect(textOf(files, 'flows/order.json')).toContain('    ["f6f2187d.f17ca8",1],\n    ["global",1],\n    ["f6f2187d.f17ca8",2]\n');
  });

  it('when a tab is renamed, no file moves and one line changes', () => {
    const before = writeFlows([tab, code] as FlowNode[]);
    const after = writeFlows([{ ...tab, label: 'Linie 2' }, code] as FlowNode[]);
    expect([...after.keys()]).toEqual([...before.keys()]);
    const path = 'flows/f6f2187d.f17ca8/flow.json';
    const lines = (textOf(before, path) ?? '').split('\n');
    const changed = (textOf(after, path) ?? '').split('\n').filter((line, index) => line !== lines[index]);
    expect(changed).toEqual(['    "label": "Linie 2",']);
  });

  it('when ids cannot be names of files, names are safe, told apart and no way out of the folder', () => {
    const ids = [
      '../../etc/passwd',
      '.git',
      'CON',
      'con',
      'Tab',
      'tab',
      'order.json',
      'global',
      'flow',
      'a/b',
      'ä',
      '+',
      '\ud800',
      '\ud801',
      'x'.repeat(300),
    ];
    const nodes = ids.flatMap((id) => [
      { id, type: 'tab' },
      { id, type: 'function', z: id, func: '1' },
      { id, type: 'template', format: 'json', template: '{}' },
    ]);
    const files = writeFlows(nodes as FlowNode[]);
    for (const path of files.keys()) expect(path).toMatch(/^flows(\/[a-z0-9+][a-z0-9._+-]{0,80}){1,2}$/);
    expect([...files.keys()].filter((path) => /(^|\/)(con|prn|aux|nul)(\.|\/|$)/.test(path))).toEqual([]);
    expect(throughFiles(nodes)).toBe(JSON.stringify(nodes));
  });
});

describe('readFlows', () => {
  it.each<[string, object[]]>([
    ['hold nothing', []],
    ['have only configuration', [broker]],
    ['are an export whose tab is not there', [{ ...code, z: 'absent' }]],
    ['have the same id several times', [tab, code, code, { ...code, func: 'other\n' }, tab]],
    ['weave tabs, configuration and nodes', [code, broker, tab, template, broker, code]],
    [
      'hold CR, U+FFFD, NUL, BOM, half surrogates and a line break at the end',
      ['\r\n', '\uFFFD\n', 'a\0\n', '\uFEFFx\n', '\ud83d\n', '\n', '', 'x\n\n'].map((func, index) => ({
        ...code,
        id: `n${index}`,
        func,
        name: func,
        initialize: func,
      })),
    ],
    [
      'hold what looks like our references',
      [{ ...code, func: { $file: 'a1.js' }, x: { $value: { $file: 'x' } }, y: { $file: 'x', z: 1 }, z2: [{ $file: 'x' }] }],
    ],
    [
      'name properties oddly',
      [
        {
          id: 'a',
          type: 'function',
          func: 'main',
          'a/b': 'x\ny',
          '': 'x\ny',
          constructor: 'x\ny',
          '2': 'x\ny',
          '1': 1,
          FUNC: '\n',
          fuNC: '\n',
        },
      ],
    ],
    ['have flat wires and numbers as text', [{ ...code, wires: ['a', 'b'], x: 140.5, y: 1e21, w: '0080' }]],
    [
      'have texts whose names meet',
      [
        { id: 'a', type: 'function', func: '1', initialize: '2' },
        { id: 'a.initialize', type: 'function', func: '3' },
      ],
    ],
  ])('when flows %s, they come back byte for byte', (_what, nodes) => {
    expect(throughFiles(nodes)).toBe(JSON.stringify(nodes));
  });

  it('when flows are arbitrary, they come back byte for byte', () => {
    const id = fc.oneof(
      fc.constantFrom('a', 'A', 'a.b', 'flow', 'global', 'order.json', '../x', 'con'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 70 }),
    );
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a\nb', 'a\r\nb\r', '\n', '\uFEFF\n'));
    const value = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }), fc.record({ $file: text }), fc.record({ $value: fc.jsonValue() }));
    const node = fc.tuple(
      fc.record({ id, type: fc.constantFrom('tab', 'subflow', 'function', 'template', 'ui_template', 'x') }),
      fc.record({ z: id, func: value, template: value, format: value, info: value }, { requiredKeys: [] }),
      fc.dictionary(
        fc.string().filter((name) => !['__proto__', 'id', 'type', 'credentials'].includes(name)),
        value,
        { maxKeys: 4 },
      ),
    );
    fc.assert(
      fc.property(fc.array(node, { maxLength: 8 }), (parts) => {
        const nodes = parts.map(([head, known, more]) => ({ ...head, ...known, ...more }));
        fc.pre(!JSON.stringify(nodes).includes('__proto__'));
        const parsed = parseFlows(JSON.stringify(nodes));
        const tree = snapshotTree({ flows: parsed.flows, packageJson: Buffer.from('{}'), lock: null, settings: {}, variables: [] });
        expect(tree.object.oid).toMatch(/^[0-9a-f]{40}$/);
        expect(throughFiles(parsed.flows)).toBe(Buffer.from(parsed.bytes).toString());
      }),
      { numRuns: 60 },
    );
  });

  it.each<[string, (files: Map<string, Buffer>) => void]>([
    ['has no order', (files) => files.delete('flows/order.json')],
    ['is of another layout', (files) => files.set('flows/order.json', Buffer.from('{"layout":2,"order":[]}'))],
    ['lacks a file that a node refers to', (files) => files.delete('flows/f6f2187d.f17ca8/a1.js')],
    ['lacks a folder', (files) => files.delete('flows/global/flow.json')],
    ['holds no JSON', (files) => files.set('flows/global/flow.json', Buffer.from('[{'))],
    ['holds no nodes', (files) => files.set('flows/global/flow.json', Buffer.from('[1]'))],
    [
      'refers to a file elsewhere',
      (files) => files.set('flows/global/flow.json', Buffer.from('[{"id":"a","func":{"$file":"../order.json"}}]')),
    ],
  ])('when a tree that somebody changed %s, it is refused', (_what, change) => {
    const files = writeFlows([tab, code, broker] as FlowNode[]);
    change(files);
    expect(() => readFlows(files)).toThrow(expect.objectContaining({ code: 'LAYOUT_MALFORMED' }));
  });

  it('when somebody added a node by hand, it comes at the end', () => {
    const files = writeFlows([tab, code, broker] as FlowNode[]);
    files.set('flows/global/flow.json', Buffer.from(JSON.stringify([broker, { id: 'd4', type: 'x' }])));
    expect(readFlows(files)).toEqual([tab, code, broker, { id: 'd4', type: 'x' }]);
  });
});

it('when a snapshot is laid out, its parts come back, and the order of variables does not matter', () => {
  const variables = [
    { name: 'B', required: true, secret: false },
    { name: 'A', required: false, secret: true },
  ];
  const parts = { flows: [tab, code] as FlowNode[], packageJson: Buffer.from('{ }\n'), lock: Buffer.from('{}'), settings: { a: 1 } };
  const tree = snapshotTree({ ...parts, variables });
  expect(snapshotTree({ ...parts, variables: variables.toReversed() }).object.oid).toBe(tree.object.oid);
  const cache = new Map<string, GitTree>();
  for (const _ of [1, 2]) expect(snapshotTree({ ...parts, variables }, cache)).toEqual(tree);
  const renamed = [{ ...tab, label: 'x' }, code] as FlowNode[];
  expect(snapshotTree({ ...parts, flows: renamed, variables }, cache)).toEqual(snapshotTree({ ...parts, flows: renamed, variables }));
  expect(cache.size).toBe(2);
  const files = new Map([
    ...writeFlows(parts.flows),
    ['package.json', parts.packageJson],
    ['package-lock.json', parts.lock],
    ['settings.json', Buffer.from('{"a":1}')],
    ['variables.json', Buffer.from('[]')],
  ]);
  const read = readSnapshotTree(files);
  expect(read).toMatchObject({ packageJson: parts.packageJson, lock: parts.lock, settings: { a: 1 }, variables: [] });
  expect(read.flows.toString()).toBe(JSON.stringify(parts.flows));
  expect(buildTree(new Map([['a.txt', Buffer.from('x')]])).object.oid).not.toBe(tree.object.oid);
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotError } from '../errors.ts';
import { refusal } from '../testing/refusal.ts';
import { parseFlows } from './parse-flows.ts';
import { flowsRevision } from './revision.ts';

const tab = { id: 'f6f2187d.f17ca8', type: 'tab', label: 'Linie 1 – Füllen 🍾', disabled: false, info: '' };
const inject = { id: 'start-here', type: 'inject', z: tab.id, repeat: '6', x: 140.5, y: 80, wires: [['2f']] };
const flows = [tab, inject];
const limits = { bytesMax: 10_000, nodesMax: 5, depthMax: 10 };
const revisionOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

describe('parseFlows', () => {
  it("when given an array of nodes, it keeps them, and the revision is Node-RED's", () => {
    const parsed = parseFlows(JSON.stringify(flows, null, 4));
    expect(parsed).toMatchObject({ form: 'array', credentials: null, modules: null, environment: null });
    expect(JSON.stringify(parsed.flows)).toBe(JSON.stringify(flows));
    expect(Buffer.from(parsed.bytes).toString()).toBe(JSON.stringify(flows));
    expect(parsed.revision).toBe(revisionOf(flows));
    expect(flowsRevision(parsed.flows)).toBe(parsed.revision);
  });

  it('when keys stand in another order, that order is kept and makes another revision', () => {
    const reordered = [{ type: 'tab', id: tab.id }];
    expect(JSON.stringify(parseFlows(JSON.stringify(reordered)).flows)).toBe(JSON.stringify(reordered));
    expect(parseFlows(JSON.stringify(reordered)).revision).not.toBe(parseFlows(JSON.stringify([{ id: tab.id, type: 'tab' }])).revision);
  });

  it('when bytes come with a byte order mark, CRLF and escaped slashes, the flows are the same', () => {
    const text = `\uFEFF${JSON.stringify(flows, null, 2).replaceAll('\n', '\r\n').replaceAll('/', '\\/')}`;
    expect(parseFlows(text).revision).toBe(revisionOf(flows));
    expect(parseFlows(new TextEncoder().encode(text)).revision).toBe(revisionOf(flows));
  });

  it('when given a FlowFuse snapshot, it finds flows, credentials, modules and environment', () => {
    const settings = { settings: {}, env: { LINE: '1' }, modules: { 'node-red': '5.0.7' } };
    const parsed = parseFlows(JSON.stringify({ id: 'a', name: 'v1', flows: { flows, credentials: { $: 'ff' } }, settings }));
    expect(parsed).toMatchObject({
      form: 'flowfuse_snapshot',
      flows,
      credentials: { $: 'ff' },
      modules: settings.modules,
      environment: settings.env,
    });
  });

  it('when given a project of a FlowFuse device or an answer of the admin API, it finds the same', () => {
    const project = { id: 'a', flows, credentials: { n: { user: 'a' } }, env: { LINE: '1' }, modules: { 'node-red': '5.0.7' } };
    expect(parseFlows(JSON.stringify(project))).toMatchObject({
      form: 'flows_object',
      flows,
      credentials: project.credentials,
      modules: project.modules,
      environment: project.env,
    });
    expect(parseFlows(JSON.stringify({ flows, rev: 'x' }))).toMatchObject({ form: 'flows_object', flows, credentials: null });
  });

  it('when files are as odd as real ones, they are accepted unchanged', () => {
    const odd: Record<string, unknown>[] = [
      { id: 'n1', type: 'debug', z: 'a tab that is not here', wires: ['flat', 'wires'] },
      { id: 'n1', type: 'debug', z: '', d: true, wires: [['nowhere']] },
      { id: '2', type: 'mqtt-broker', port: '1883', broker: '${BROKER}', credentials: undefined },
      { id: '3', type: 'template', template: 'a\r\n\uFFFD\u0000'.repeat(2000), links: ['x'], g: 'no group' },
      { id: 'constructor', type: 'toString', hasOwnProperty: 1, prototype: {}, constructor: { prototype: null } },
    ];
    const parsed = parseFlows(JSON.stringify(odd));
    expect(Buffer.from(parsed.bytes).toString()).toBe(JSON.stringify(odd));
    expect(parseFlows('[]').flows).toEqual([]);
  });

  it('when nodes carry their credentials inline, they are taken out and the rest keeps its order', () => {
    const parsed = parseFlows('[{"id":"a","credentials":{"password":"x"},"type":"mqtt-broker"},{"id":"b","type":"t","credentials":{}}]');
    expect(Buffer.from(parsed.bytes).toString()).toBe('[{"id":"a","type":"mqtt-broker"},{"id":"b","type":"t"}]');
    expect([...parsed.inlineCredentials]).toEqual([['a', { password: 'x' }]]);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['empty', '', ''],
    ['not JSON', '[{"id":"a"', ''],
    ['not UTF-8', Uint8Array.of(0x5b, 0xff, 0x5d), ''],
    ['UTF-16', new Uint8Array(Buffer.from('\uFEFF[]', 'utf16le')), ''],
    ['a number', '5', ''],
    ['null', 'null', ''],
    ['an object without flows', '{"nodes":[]}', ''],
    ['flows that are no array', '{"flows":{"flows":{}}}', ''],
    ['flows of the prototype', '{"__proto__":{"flows":[]}}', ''],
    ['a node that is null', '[null]', '/0'],
    ['a node that is an array', '[{"id":"a","type":"b"},[]]', '/1'],
    ['a node without id', '{"flows":[{"type":"a"}]}', '/flows/0/id'],
    ['a node with an empty type', '{"flows":{"flows":[{"id":"a","type":""}]}}', '/flows/flows/0/type'],
    ['a node whose id is a number', '[{"id":1,"type":"a"}]', '/0/id'],
    ['a key that changes a prototype', '[{"id":"a","type":"b","x":[{"~/":{"__proto__":{"polluted":1}}}]}]', '/0/x/0/~0~1/__proto__'],
    ['such a key, written with escapes', '[{"id":"a","type":"b","\\u005f_proto__":1}]', '/0/__proto__'],
    ['deeper than the limit', `[{"id":"a","type":"b","x":${'['.repeat(9)}${']'.repeat(9)}}]`, ''],
  ])('when the file is %s, it is refused and says where', (_, source, pointer) => {
    expect(() => parseFlows(source, limits)).toThrow(refusal('FLOWS_MALFORMED', pointer));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('when brackets stand inside strings, they are not depth', () => {
    const text = JSON.stringify([{ id: 'a', type: 'b', func: `"\\${'[{'.repeat(500)}` }]);
    expect(parseFlows(text, limits).flows).toHaveLength(1);
  });

  it('when a hostile file nests millions of times, it is refused without being parsed', () => {
    const text = '['.repeat(3_000_000) + ']'.repeat(3_000_000);
    expect(() => parseFlows(text)).toThrow(refusal('FLOWS_MALFORMED'));
  });

  it('when there are too many bytes or nodes, the limits are said', () => {
    expect(() => parseFlows(' '.repeat(10_001), limits)).toThrow(refusal('FLOWS_TOO_LARGE', ''));
    expect(() => parseFlows('ü'.repeat(5_001), limits)).toThrow(refusal('FLOWS_TOO_LARGE'));
    const six = Array.from({ length: 6 }, (__, index) => ({ id: `n${index}`, type: 't' }));
    expect(() => parseFlows(JSON.stringify({ flows: six }), limits)).toThrow(refusal('FLOWS_TOO_LARGE', '/flows'));
    expect(parseFlows(JSON.stringify(six.slice(1)), limits).flows).toHaveLength(5);
  });

  it('when a file cannot be read, the message holds nothing of its content', () => {
    try {
      parseFlows('[{"id":"a","password":"hunter2" "type":"b"}]');
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toMatch(/line 1, column \d+/);
      expect((error as Error).message).not.toContain('hunter2');
    }
  });

  it('when bytes are arbitrary, it either reads them or refuses them, never anything else', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.json().map((text) => `{"flows":${text}}`),
      fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\0e-')).map(([at, character]) => {
        const text = JSON.stringify({ flows: { flows, credentials: {} } });
        return text.slice(0, at % text.length) + character + text.slice((at % text.length) + 1);
      }),
    );
    fc.assert(
      fc.property(anything, (source) => {
        try {
          const parsed = parseFlows(source, limits);
          expect(parsed.revision).toBe(revisionOf(parsed.flows));
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('when nodes hold any JSON, they survive unchanged', () => {
    const node = fc.dictionary(
      fc.string().filter((name) => !['__proto__', 'id', 'type', 'credentials'].includes(name)),
      fc.jsonValue({ maxDepth: 4 }),
    );
    fc.assert(
      fc.property(fc.array(node, { maxLength: 5 }), (nodes) => {
        const valid = nodes.map((properties, index) => ({ id: `n${index}`, type: 't', ...properties }));
        const text = JSON.stringify(valid);
        fc.pre(!text.includes('__proto__'));
        expect(Buffer.from(parseFlows(text).bytes).toString()).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});

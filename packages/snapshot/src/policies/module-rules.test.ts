import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject } from '../json.ts';
import { parseLock } from '../modules/lock.ts';
import { parseAdvisories } from './advisories.ts';
import { checkPolicies, type Finding, type PolicyOptions } from './check-policies.ts';
import { isDenied } from './licence-expression.ts';
import { fitsAny } from './names.ts';
import { PolicyError } from './policy-error.ts';
import type { PolicySnapshot } from './rule-input.ts';
import type { PolicyRule } from './rules.ts';

type Package = {
  version?: string;
  resolved?: string;
  dependencies?: Record<string, string>;
  license?: string;
  engines?: JsonObject;
  [more: string]: unknown;
};
const registry = 'https://registry.npmjs.org';

/** A lock whose root asks for the packages that stand directly in node_modules and are named here. */
function locked(direct: readonly string[], packages: Record<string, Package>): PolicySnapshot {
  const dependencies = Object.fromEntries(direct.map((name) => [name, packages[name]?.version ?? '1.0.0']));
  const places = Object.entries(packages).map(([name, value]) => [
    `node_modules/${name}`,
    { version: '1.0.0', resolved: `${registry}/${name}/-/x.tgz`, ...value },
  ]);
  const lock = parseLock(JSON.stringify({ lockfileVersion: 3, packages: { '': { dependencies }, ...Object.fromEntries(places) } }));
  return { flows: [], dependencies, lock };
}

function found(rule: PolicyRule, snapshot: PolicySnapshot, options: PolicyOptions = {}): Finding[] {
  return checkPolicies(snapshot, options).filter((finding) => finding.rule === rule);
}
const modules = (findings: readonly Finding[]): (string | undefined)[] => findings.map(({ module }) => module);
const node = (type: string, more: JsonObject = {}): FlowNode => ({ id: 'n', type, x: 1, y: 1, ...more });

describe('module_missing', () => {
  it('when no module can bring a type, it is found and blocks', () => {
    const [finding] = found('module_missing', { flows: [node('modbus-read')], dependencies: { 'node-red': '5.0.7' } });
    expect(finding).toMatchObject({
      module: 'node-red-contrib-modbus',
      subject: 'node-red-contrib-modbus',
      severity: 'block',
      nodeId: 'n',
    });
    expect(found('module_missing', { flows: [node('never-heard-of')], dependencies: {} })[0]).toMatchObject({ subject: 'never-heard-of' });
    expect(found('module_missing', { flows: [node('modbus-read', { d: true })], dependencies: {} })).toHaveLength(1);
  });

  it('when another module may bring it, it only warns, and says nothing about types that nobody knows', () => {
    const dependencies = { 'our-own-modbus': '1.0.0' };
    expect(found('module_missing', { flows: [node('modbus-read')], dependencies })[0]?.severity).toBe('warn');
    expect(found('module_missing', { flows: [node('never-heard-of')], dependencies })).toEqual([]);
  });

  it('when a module is there or known to bring it, nothing is found', () => {
    expect(found('module_missing', { flows: [node('modbus-read')], dependencies: { 'node-red-contrib-modbus': '5.23.3' } })).toEqual([]);
    const known = { modules: { 'our-own-modbus': { nodeTypes: ['modbus-read'] } } };
    expect(found('module_missing', { flows: [node('modbus-read')], dependencies: { 'our-own-modbus': '1.0.0' } }, known)).toEqual([]);
    expect(found('module_missing', { ...locked(['a'], { a: {}, 'node-red-contrib-modbus': {} }), flows: [node('modbus-read')] })).toEqual(
      [],
    );
    expect(found('module_missing', { flows: [node('modbus-read')] })).toEqual([]);
    expect(found('module_missing', { flows: [node('mqtt in'), node('subflow:x'), node('tab')], dependencies: {} })).toEqual([]);
  });

  it('when the editor wrote down a module, it is looked for', () => {
    const flows = [{ id: 'g', type: 'global-config', modules: { 'node-red': '5.0.7', 'node-red-contrib-x': '1.0.0' } }];
    expect(modules(found('module_missing', { flows, dependencies: { 'node-red': '5.0.7' } }))).toEqual(['node-red-contrib-x']);
    expect(found('module_missing', { flows, dependencies: { 'node-red-contrib-x': '1.0.0' } })).toEqual([]);
  });
});

describe('subflow_missing', () => {
  it('when the subflow of an instance is absent, it is found', () => {
    expect(found('subflow_missing', { flows: [node('subflow:s')] })).toHaveLength(1);
    expect(found('subflow_missing', { flows: [node('subflow:s'), { id: 's', type: 'subflow' }] })).toEqual([]);
  });
});

describe('function_module_missing', () => {
  const libs = (...names: string[]): FlowNode => node('function', { libs: names.map((module) => ({ var: 'x', module })) });
  it('when a library is not asked for, it is found; what Node brings is not', () => {
    const flows = [libs('moment', '@a/b/c@1.2.3', 'fs/promises', 'node:crypto', 'os', '')];
    expect(modules(found('function_module_missing', { flows, dependencies: {} }))).toEqual(['moment', '@a/b']);
    expect(found('function_module_missing', { flows, dependencies: { moment: '2.0.0', '@a/b': '1.0.0' } })).toEqual([]);
    expect(found('function_module_missing', { flows: [{ ...libs('moment'), d: true }], dependencies: {} })).toEqual([]);
  });
});

describe('module_unpinned', () => {
  const dependencies = { a: '1.2.3', b: '^1.0.0', c: 'latest', d: '' };
  it('when no lock pins a range or tag, it is found', () => {
    expect(modules(found('module_unpinned', { flows: [], dependencies }))).toEqual(['b', 'c', 'd']);
  });

  it('when a lock pins it, it is found only if exact versions are asked for', () => {
    const snapshot = { ...locked(['a', 'b'], { a: {}, b: {} }), dependencies: { a: '1.0.0', b: '^1.0.0' } };
    expect(found('module_unpinned', snapshot)).toEqual([]);
    expect(modules(found('module_unpinned', snapshot, { exactVersions: true }))).toEqual(['b']);
  });
});

describe('module_not_allowed', () => {
  it('when there is a list, what it does not name is found', () => {
    const snapshot = {
      flows: [],
      dependencies: { 'node-red': '5.0.7', 'node-red-contrib-modbus': '1.0.0', '@acme/nodes': '1.0.0', evil: '1.0.0' },
    };
    expect(found('module_not_allowed', snapshot)).toEqual([]);
    const options = { allowedModules: ['node-red-contrib-*', '@acme/*'] };
    expect(modules(found('module_not_allowed', snapshot, options))).toEqual(['evil']);
    expect(modules(found('module_not_allowed', snapshot, { allowedModules: [] }))).toHaveLength(3);
  });
});

describe('fitsAny', () => {
  it.each<[string, string, boolean]>([
    ['a-b-c', 'a*b*c', true],
    ['a-x-c', 'a*b*c', false],
    ['abc', 'a*b*bc', false],
    ['a', 'a*a', false],
    ['A', 'a', true],
    ['anything', '*', true],
    ['ab', 'a', false],
  ])('when %s is compared with %s, it is %s', (name, pattern, expected) => {
    expect(fitsAny(name, [pattern])).toBe(expected);
  });
});

describe('module_from_elsewhere', () => {
  const serial = '@openp4nr/modbus-serial';
  const modbus = locked(['node-red-contrib-modbus'], {
    'node-red-contrib-modbus': { version: '5.45.2', dependencies: { [serial]: 'https://dl.example.com/s.tgz' } },
    [serial]: { version: '8.4.0', resolved: 'https://user:pass@dl.example.com/s.tgz' },
  });

  it('when a transitive dependency is a tarball of another host, the chain from package.json is named', () => {
    const [finding] = found('module_from_elsewhere', modbus);
    expect(finding).toMatchObject({ module: serial, severity: 'block', subject: `${serial}#8.4.0` });
    expect(finding?.message).toContain('comes from dl.example.com');
    expect(finding?.message).toContain(`node-red-contrib-modbus 5.45.2 → ${serial} 8.4.0`);
    expect(finding?.fix).toContain('5.23.3');
    expect(JSON.stringify(finding)).not.toContain('pass@');
  });

  it.each<[string, Package, boolean]>([
    ['the public registry', {}, false],
    ['a configured registry', { resolved: 'https://npm.example.net/npm/a/-/a.tgz' }, false],
    ['a host that begins like a configured one', { resolved: 'https://npm.example.net.evil.com/a.tgz' }, true],
    ['a path that begins like a configured one', { resolved: 'https://npm.example.net/npm-old/a.tgz' }, true],
    ['another path of a configured host', { resolved: 'https://npm.example.net/other/a.tgz' }, true],
    ['a git repository', { resolved: 'git+ssh://git@github.com/a/a.git#abc' }, true],
    ['a file', { resolved: 'file:../a.tgz' }, true],
    ['no address at all, as npm can be told', { resolved: undefined as unknown as string }, false],
    ["another package's tarball", { resolved: 'https://x.example/a.tgz', inBundle: true }, false],
    ['anywhere, for development only', { resolved: 'https://x.example/a.tgz', dev: true }, false],
    ['no address that can be read', { resolved: 'https://[' }, true],
  ])('when it comes from %s, it is found or not', (_, item, isFound) => {
    const options = { registries: ['https://npm.example.net/npm'] };
    expect(modules(found('module_from_elsewhere', locked(['a'], { a: item }), options))).toEqual(isFound ? ['a'] : []);
  });

  it('when there is no lock, addresses in package.json are found', () => {
    const dependencies = {
      a: 'github:a/b',
      b: 'a/b',
      c: 'https://x/c.tgz',
      d: '^1.0.0',
      e: 'latest',
      f: 'file:../f',
      g: '1.0.0 - 2.0.0',
      h: 'npm:i@1.0.0',
    };
    expect(modules(found('module_from_elsewhere', { flows: [], dependencies }))).toEqual(['a', 'b', 'c', 'f']);
  });

  it('when packages ask for each other in a circle or are nested, chains end', () => {
    const snapshot = locked(['a'], {
      a: { dependencies: { b: '1' } },
      b: { dependencies: { a: '1', c: '2' } },
      c: {},
      'b/node_modules/c': { version: '2.0.0', resolved: 'https://x.example/c.tgz', dependencies: { a: '1' } },
    });
    expect(found('module_from_elsewhere', snapshot)[0]?.message).toContain('a 1.0.0 → b 1.0.0 → c 2.0.0');
  });
});

describe('module_vulnerable', () => {
  const advisory = {
    id: 'GHSA-1',
    module: 'b',
    range: '<2.0.0',
    severity: 'high',
    title: 'Prototype pollution',
    url: 'https://x.example/1',
    fixedIn: '2.0.0',
  } as const;
  const snapshot = locked(['a'], { a: { dependencies: { b: '1' } }, b: { version: '1.5.0' } });

  it('when a version in the range is installed, it is found with its way in', () => {
    const [finding] = found('module_vulnerable', snapshot, { advisories: [advisory] });
    expect(finding).toMatchObject({ module: 'b', severity: 'block', subject: 'b#GHSA-1' });
    expect(finding?.message).toContain('a 1.0.0 → b 1.5.0');
    expect(finding?.fix).toContain('2.0.0');
    expect(found('module_vulnerable', snapshot, { advisories: [{ ...advisory, severity: 'moderate' }] })[0]?.severity).toBe('warn');
    expect(found('module_vulnerable', snapshot, { advisories: [{ ...advisory, range: '>=1.6.0' }] })).toEqual([]);
  });

  it('when there is no lock, only what is certain is found', () => {
    const asked = (b: string) => found('module_vulnerable', { flows: [], dependencies: { b } }, { advisories: [advisory] });
    expect([asked('1.0.0'), asked('^1.0.0')].map((findings) => findings.length)).toEqual([1, 1]);
    expect([asked('>=1.0.0'), asked('2.0.0'), asked('latest')].flat()).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['no JSON', '[', ''],
    ['no list', '{}', ''],
    ['no object', '[1]', '/0'],
    ['no range', JSON.stringify([advisory, { ...advisory, range: 'all of them' }]), '/1/range'],
    ['an unknown severity', JSON.stringify([{ ...advisory, severity: 'bad' }]), '/0/severity'],
    ['no title', JSON.stringify([{ ...advisory, title: undefined }]), '/0'],
  ])('when the file holds %s, it is refused and says where', (_, text, pointer) => {
    expect(() => parseAdvisories(text)).toThrow(expect.objectContaining({ name: 'PolicyError', code: 'ADVISORIES_MALFORMED', pointer }));
  });

  it('when the file is good, url and fixedIn may be left out', () => {
    const { url, fixedIn, ...rest } = advisory;
    expect(parseAdvisories(JSON.stringify([rest, { ...rest, url, fixedIn }]))).toEqual([{ ...rest, url: null, fixedIn: null }, advisory]);
    expect(new PolicyError('ADVISORIES_MALFORMED', 'x').pointer).toBe('');
  });
});

describe('runtime_too_old', () => {
  const runtime = { nodeRed: '4.1.15', node: '20.1.0' };
  it('when a module asks for a newer Node-RED or Node, it is found', () => {
    const snapshot = { ...locked(['a'], { a: { engines: { node: '>=22' } } }), runtime };
    expect(found('runtime_too_old', snapshot, { modules: { a: { nodeRedRange: '>=5' } } }).map(({ subject }) => subject)).toEqual([
      'a#Node-RED',
      'a#Node',
    ]);
    expect(found('runtime_too_old', snapshot, { modules: { 'a@1.0.0': { nodeRange: '>=18' }, a: { nodeRedRange: '>=5' } } })).toEqual([]);
  });

  it('when the runtime is newer than asked for, unknown, or the package is indirect, nothing is found', () => {
    expect(found('runtime_too_old', { ...locked(['a'], { a: { engines: { node: '<18' } } }), runtime })).toEqual([]);
    expect(found('runtime_too_old', locked(['a'], { a: { engines: { node: '>=22' } } }))).toEqual([]);
    const indirect = locked(['a'], { a: { dependencies: { b: '1' } }, b: { engines: { node: '>=22' } } });
    expect(found('runtime_too_old', { ...indirect, runtime })).toEqual([]);
  });
});

describe('licence_denied', () => {
  it('when a licence is on the list, it is found, of indirect packages, too', () => {
    const snapshot = locked(['a'], { a: { license: 'MIT', dependencies: { b: '1' } }, b: { license: 'AGPL-3.0-only' } });
    expect(found('licence_denied', snapshot)).toEqual([]);
    expect(modules(found('licence_denied', snapshot, { deniedLicences: ['AGPL-*'] }))).toEqual(['b']);
    expect(found('licence_denied', snapshot, { deniedLicences: ['AGPL-*'], modules: { b: { licence: 'MIT' } } })).toEqual([]);
    expect(modules(found('licence_denied', locked(['a'], { a: {} }), { deniedLicences: ['UNKNOWN'] }))).toEqual(['a']);
  });

  it.each<[string, boolean]>([
    ['GPL-3.0-only', true],
    ['MIT OR GPL-3.0-only', false],
    ['(GPL-2.0-only OR GPL-3.0-only)', true],
    ['MIT AND GPL-3.0-only', true],
    ['(MIT OR GPL-3.0-only) AND Apache-2.0', false],
    ['MIT OR GPL-3.0-only AND Apache-2.0', false],
    ['GPL-2.0-only WITH Classpath-exception-2.0', true],
    ['SEE LICENSE IN GPL-x', false],
    ['((((', false],
    ['', false],
  ])('when %s is judged, a choice that is not denied lets it pass', (expression, expected) => {
    expect(isDenied(expression, ['GPL-*'])).toBe(expected);
  });
});

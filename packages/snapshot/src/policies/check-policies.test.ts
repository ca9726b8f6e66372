// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import { catalogue } from '../integrations/catalogue/index.ts';
import type { JsonValue } from '../json.ts';
import { anyFlows } from '../testing/generated-flows.ts';
import { checkPolicies, type Finding, isBlocked, type PolicyOptions } from './check-policies.ts';
import { PolicyError } from './policy-error.ts';
import { policyRules, ruleNames } from './rules.ts';
import type { Waiver } from './waivers.ts';

const exec: FlowNode = { id: 'n1', type: 'exec', z: 't', name: 'Restart', command: 'reboot', x: 1, y: 1 };
const tab: FlowNode = { id: 't', type: 'tab', label: 'Line 3' };
const password: FlowNode = { id: 'c1', type: 'postgreSQLConfig', host: 'localhost', password: 'S3cret!' };
const waiver: Waiver = { rule: 'exec', reason: 'The watchdog needs it', by: 'Ada', at: '2026-11-22T10:00:00Z' };

const only = (rule: string, findings: readonly Finding[]): Finding[] => findings.filter((finding) => finding.rule === rule);

function refusal(options: PolicyOptions): unknown {
  try {
    checkPolicies({ flows: [] }, options);
  } catch (error) {
    return error instanceof PolicyError ? `${error.code} ${error.pointer}` : error;
  }
  return undefined;
}

describe('checkPolicies', () => {
  it('when something is found, it names node and tab, and says what, why and what to do', () => {
    const [finding] = only('exec', checkPolicies({ flows: [tab, exec] }));
    expect(finding).toEqual({
      rule: 'exec',
      severity: 'warn',
      subject: 'n1',
      nodeId: 'n1',
      nodeType: 'exec',
      nodeName: 'Restart',
      tab: 'Line 3',
      tabId: 't',
      message: 'The exec node "Restart" runs a command of the operating system.',
      why: expect.stringContaining('every right of the runtime'),
      fix: expect.stringContaining('waive this with the reason'),
    });
  });

  it('when a severity is set, it is that one, and a rule that is off is silent', () => {
    const severity = (rules: PolicyOptions['rules']) =>
      only('exec', checkPolicies({ flows: [tab, exec] }, { rules: rules ?? {} }))[0]?.severity;
    expect(severity({ exec: 'block' })).toBe('block');
    expect(severity({ exec: 'off' })).toBeUndefined();
    expect(isBlocked(checkPolicies({ flows: [tab, exec] }, { rules: { exec: 'block' } }))).toBe(true);
    expect(isBlocked(checkPolicies({ flows: [tab, exec] }))).toBe(false);
  });

  it('when a finding repeats through instances of a subflow, it stands once', () => {
    const endpoint: FlowNode = { id: 'e', type: 'mqtt-broker', z: 's', broker: 'mqtt.example.com', usetls: false };
    const out: FlowNode = { id: 'o', type: 'mqtt out', z: 's', broker: 'e', x: 1, y: 1 };
    const instance = (id: string): FlowNode => ({ id, type: 'subflow:s', z: 't', x: 1, y: 1 });
    const flows = [tab, { id: 's', type: 'subflow' }, endpoint, out, instance('i'), instance('j')];
    expect(only('mqtt_without_tls', checkPolicies({ flows }))).toHaveLength(1);
    expect(only('mqtt_without_tls', checkPolicies({ flows: flows.slice(0, 4) }))).toEqual([]);
  });

  it('when a sentence begins with the name of a module, the name stays as it is', () => {
    const findings = checkPolicies({ flows: [], dependencies: { lodash: '*' } }, { rules: { module_unpinned: 'warn' } });
    expect(only('module_unpinned', findings)[0]?.message).toMatch(/^lodash is asked for/);
  });

  it('when a secret is found, no finding repeats it', () => {
    const findings = checkPolicies({ flows: [password] });
    expect(only('secret_in_plain_text', findings)).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toContain('S3cret');
  });
});

describe('a waiver', () => {
  const blocking = { rules: { exec: 'block' } } as const;

  it.each<[string, Waiver[], boolean]>([
    ['names the whole rule', [waiver], true],
    ['names the subject', [{ ...waiver, subject: 'n1' }], true],
    ['names another subject', [{ ...waiver, subject: 'n2' }], false],
    ['names another rule', [{ ...waiver, rule: 'no_catch' }], false],
  ])('when it %s, the finding stays and is waived or not', (_, waivers, isWaived) => {
    const findings = checkPolicies({ flows: [tab, exec] }, { ...blocking, waivers });
    expect(only('exec', findings)).toHaveLength(1);
    expect(only('exec', findings)[0]?.waiver !== undefined).toBe(isWaived);
    expect(isBlocked(findings)).toBe(!isWaived);
  });

  it('when it names one place, another place of the same node is not waived', () => {
    const flows = [{ ...password, connectionString: 'postgres://a:b0b0b0@db/x' }];
    const waivers = [{ ...waiver, rule: 'secret_in_plain_text', subject: 'c1#/password' }];
    const findings = only('secret_in_plain_text', checkPolicies({ flows }, { waivers }));
    expect(findings.map(({ subject, waiver: by }) => [subject, by?.by])).toEqual([
      ['c1#/password', 'Ada'],
      ['c1#/connectionString', undefined],
    ]);
    const all = checkPolicies({ flows }, { waivers: [{ ...waiver, rule: 'secret_in_plain_text', subject: 'c1' }] });
    expect(only('secret_in_plain_text', all).every(({ waiver: by }) => by !== undefined)).toBe(true);
  });

  it.each<[string, Partial<Waiver>, string]>([
    ['reason', { reason: ' ' }, '/waivers/1/reason'],
    ['rule', { rule: 'toString' }, '/waivers/1/rule'],
    ['subject', { subject: '' }, '/waivers/1/subject'],
    ['person', { by: '' }, '/waivers/1/by'],
    ['time', { at: 'yesterday' }, '/waivers/1/at'],
  ])('when it has no %s, it is refused', (_, change, pointer) => {
    expect(refusal({ waivers: [waiver, { ...waiver, ...change }] })).toBe(`WAIVER_REFUSED ${pointer}`);
    expect(refusal({ waivers: [waiver] })).toBeUndefined();
  });
});

describe('whatever the flows hold', () => {
  it('when a typed input holds an object that cannot become text, nothing throws', () => {
    const filename = { toString: 1, valueOf: 1 };
    const flows = [{ id: 'f', type: 'file', x: 1, y: 1, filename, filenameType: 'msg' }];
    expect(() => checkPolicies({ flows })).not.toThrow();
  });

  const value = fc.oneof(
    fc.constantFrom<JsonValue[]>(
      '',
      'a',
      '${A}',
      'c1',
      '__proto__',
      'require("child_process")',
      'https://u:p@h/',
      0,
      -1,
      true,
      false,
      null,
      { toString: 1, valueOf: 1 },
    ),
    fc.jsonValue().map((json) => json as JsonValue),
  );
  const names = [
    'z',
    'g',
    'd',
    'x',
    'y',
    'name',
    'env',
    'libs',
    'func',
    'scope',
    'broker',
    'server',
    'command',
    'modules',
    'wires',
    'info',
    'label',
  ];
  const types = [
    'tab',
    'subflow',
    'group',
    'catch',
    'function',
    'subflow:c1',
    'subflow:absent',
    'global-config',
    'constructor',
    ...catalogue.keys(),
  ];
  const node = fc
    .tuple(
      fc.constantFrom('c1', 'n1', 'n2', 't', '__proto__', ''),
      fc.constantFrom(...types),
      fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { maxKeys: 8 }),
    )
    .map(([id, type, properties]): FlowNode => ({ ...properties, id, type }));
  const options: PolicyOptions = {
    rules: Object.fromEntries(ruleNames.map((name) => [name, 'block'])),
    stage: { name: 'production', variables: { A: 'a' } },
    lint: [{ rule: 'x', message: 'y', location: ['n1', 'absent'] }],
  };
  const check = (flows: readonly FlowNode[], lock: string) =>
    checkPolicies({ flows, dependencies: { a: '^1.0.0' }, lock: { bytes: new TextEncoder().encode(lock) }, settings: {} }, options);

  it('when nodes are arbitrary, nothing throws and the result is JSON that comes out alike', () => {
    fc.assert(
      fc.property(
        fc.array(node, { maxLength: 12 }),
        fc.oneof(fc.json(), fc.constant('{"packages":{"node_modules/a":{}}}')),
        (flows, lock) => {
          const findings = check(flows, lock);
          expect(JSON.parse(JSON.stringify(findings))).toEqual(findings);
          expect(check(flows, lock)).toEqual(findings);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('when nodes refer to each other in every odd way, nothing throws', () => {
    fc.assert(
      fc.property(anyFlows, (flows) => void check(flows, '{}')),
      { numRuns: 200 },
    );
  });
});

describe('the documentation', () => {
  it('when it lists the rules, it lists each with its default', () => {
    const text = readFileSync(new URL('../../../../docs/policies.md', import.meta.url), 'utf8');
    const listed = [...text.matchAll(/^\| `([a-z_]+)` +\| (off|warn|block) +\|/gm)].map((match) => [match[1], match[2]]);
    expect(listed).toEqual(policyRules.map(({ rule, defaultSeverity }) => [rule, defaultSeverity]));
  });
});

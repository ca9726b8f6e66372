// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject } from '../json.ts';
import { checkPolicies, type PolicyOptions } from './check-policies.ts';
import type { PolicySnapshot } from './rule-input.ts';
import type { PolicyRule } from './rules.ts';

const tab: FlowNode = { id: 't', type: 'tab', label: 'Line 3' };
const at = (type: string, properties: JsonObject = {}, id = 'n'): FlowNode => ({ id, type, z: 't', x: 1, y: 1, ...properties });
const config = (type: string, properties: JsonObject = {}, id = 'c'): FlowNode => ({ id, type, ...properties });
const code = (func: string, properties: JsonObject = {}): FlowNode => at('function', { func, ...properties });

/** The subjects that a rule finds in these nodes, which stand on a tab. */
function subjects(rule: PolicyRule, nodes: readonly FlowNode[], more: Partial<PolicySnapshot> = {}, options: PolicyOptions = {}): string[] {
  return checkPolicies({ flows: [tab, ...nodes], ...more }, options)
    .filter((finding) => finding.rule === rule)
    .map(({ subject }) => subject);
}

/** Put together, so that nobody's scan of this repository takes them for real. */
const slackToken = `xoxb-${'1234567890-abcdefghij'}`;
const pem = `-----BEGIN ${'PRIVATE'} KEY-----\\nMIIE`;

describe('secret_in_plain_text', () => {
  it.each<[string, FlowNode, string[]]>([
    ['a password in a config node', config('postgreSQLConfig', { password: 'hunter2' }), ['c#/password']],
    ['a password in an address', config('mongodb4-client', { uri: 'mongodb://app:hunter2@db/plant' }), ['c#/uri']],
    ['a token in a property', at('influx', { apiToken: 'q7Zk2mP0xLw9' }), ['n#/apiToken']],
    ['a token in code', code(`const client = new Slack("${slackToken}");`), ['n#/func']],
    ['a key in code', code('const id = "AKIA' + 'ABCDEFGHIJKLMNOP";'), ['n#/func']],
    ['a private key', code(`const key = "${pem}";`), ['n#/func']],
    ['a password in a disabled node', config('x', { password: 'hunter2', d: true }), ['c#/password']],
    ['one of the passwords that are often left as they are', config('x', { password: 'changeme' }), ['c#/password']],
    ['a password that begins like a placeholder', config('x', { password: 'my-dog-is-2' }), ['c#/password']],
    ['a secret beside a placeholder', code('password = "your_password"; token = "q7Zk2mP0xLw9";'), ['n#/func']],
  ])('when there is %s, it is found', (_, node, expected) => {
    expect(subjects('secret_in_plain_text', [node])).toEqual(expected);
  });

  it.each<[string, FlowNode]>([
    ['a variable', config('x', { password: '${DB_PASSWORD}' })],
    ['crosses', config('x', { password: 'XX' + 'XXXXXX' })],
    ['what was taken out', config('x', { password: 'REDACTED-1' })],
    ['what is to be filled in', config('x', { token: '<your token>', apiKey: 'your_api_key', secret: 'enter-secret' })],
    ['crosses in an address', at('http request', { url: 'http://h/?user=a&pw=REDACTED-xxxxxxxx' })],
    ['placeholders in code', code("const login = {\n  password: 'your_password',\n};")],
    ['code that reads a variable', code('const password = env.get("DB_PASSWORD");')],
  ])('when there is only %s, nothing is found', (_, node) => {
    expect(subjects('secret_in_plain_text', [node])).toEqual([]);
  });
});

describe('exec', () => {
  it.each<[string, FlowNode]>([
    ['an exec node', at('exec', { command: 'ls' })],
    ['a daemon', at('daemon', { command: 'x' })],
    ['child_process as a library', code('', { libs: [{ var: 'c', module: 'child_process' }] })],
    ['child_process in code', code('global.get("child_process").exec("ls")')],
  ])('when there is %s, it is found', (_, node) => {
    expect(subjects('exec', [node])).toEqual(['n']);
  });

  it('when it does not run, or is only mentioned, nothing is found', () => {
    expect(subjects('exec', [at('exec', { d: true })])).toEqual([]);
    expect(subjects('exec', [code('// require("child_process")\n/* require("child_process") */ return msg;')])).toEqual([]);
    expect(subjects('exec', [at('exec', { z: 's' }), config('subflow', {}, 's')])).toEqual([]);
  });
});

describe('certificate_check_off', () => {
  const request = at('http request', { tls: 'c' });
  it.each<[string, FlowNode[], string[]]>([
    ['a tls-config', [config('tls-config', { verifyservercert: false }), request], ['c#/verifyservercert']],
    ['code', [code('https.request({ rejectUnauthorized: false })')], ['n#/func']],
    ['code for the whole process', [code("process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'")], ['n#/func']],
    ['a command', [at('exec', { command: 'NODE_TLS_REJECT_UNAUTHORIZED=0 node x' })], ['n#/command']],
    ['a variable of a tab', [{ ...tab, id: 'u', env: [{ name: 'NODE_TLS_REJECT_UNAUTHORIZED', value: '0' }] }], ['u#/env']],
  ])('when %s turns it off, it is found', (_, nodes, expected) => {
    expect(subjects('certificate_check_off', nodes)).toEqual(expected);
  });

  it('when a stage or a default turns it off, it is found', () => {
    const name = 'NODE_TLS_REJECT_UNAUTHORIZED';
    expect(subjects('certificate_check_off', [], {}, { stage: { name: 'p', variables: { [name]: '0' } } })).toEqual([name]);
    const variables = [{ name, required: false, secret: false, default: '0' }];
    expect(subjects('certificate_check_off', [], { variables })).toEqual([name]);
  });

  it('when it is on, only mentioned or not used, nothing is found', () => {
    expect(subjects('certificate_check_off', [config('tls-config', { verifyservercert: true }), request])).toEqual([]);
    expect(subjects('certificate_check_off', [config('tls-config', { verifyservercert: false })])).toEqual([]);
    expect(subjects('certificate_check_off', [code('x({ rejectUnauthorized: true }); // rejectUnauthorized: false')])).toEqual([]);
  });
});

describe('insecure_http_parser', () => {
  it('when it is on, it is found', () => {
    expect(subjects('insecure_http_parser', [at('http request', { insecureHTTPParser: true })])).toEqual(['n']);
    expect(subjects('insecure_http_parser', [at('http request', { insecureHTTPParser: false })])).toEqual([]);
  });
});

describe('connections without protection', () => {
  const mqtt = (broker: string, usetls = false): FlowNode[] => [
    config('mqtt-broker', { broker, usetls, port: '1883' }),
    at('mqtt in', { broker: 'c' }),
  ];
  it.each<[string, boolean]>([
    ['broker.hivemq.com', true],
    ['8.8.8.8', true],
    ['mqtt://broker.hivemq.com', true],
    ['192.168.1.20', false],
    ['172.18.0.1', false],
    ['broker', false],
    ['broker.local', false],
    ['mosquitto.plant.internal', false],
    ['localhost', false],
    ['mqtt://[::1]', false],
    ['mqtt://[fd00::1]', false],
    ['mqtt://[2001:db8::1]', true],
    ['${BROKER}', false],
  ])('when mqtt goes to %s without TLS, it is found only over public networks', (broker, isFound) => {
    expect(subjects('mqtt_without_tls', mqtt(broker))).toEqual(isFound ? ['c'] : []);
    expect(
      subjects(
        'mqtt_without_tls',
        mqtt(broker, true).map((node) => ({
          ...node,
          ...(node.type === 'mqtt-broker' && broker.includes('://') ? { broker: 'mqtts://broker.hivemq.com' } : {}),
        })),
      ),
    ).toEqual([]);
  });

  it('when a stage gives the host, it is judged by that', () => {
    const stage = { name: 'production', variables: { BROKER: 'broker.hivemq.com' } };
    expect(subjects('mqtt_without_tls', mqtt('${BROKER}'), {}, { stage })).toEqual(['c']);
  });

  it('when a config node is not used or its tab is off, nothing is found', () => {
    expect(subjects('mqtt_without_tls', mqtt('broker.hivemq.com').slice(0, 1))).toEqual([]);
    const flows = [{ ...tab, disabled: true }, ...mqtt('broker.hivemq.com')];
    expect(checkPolicies({ flows }).filter(({ rule }) => rule === 'mqtt_without_tls')).toEqual([]);
  });

  it('when OPC UA has no security, it is found', () => {
    const client = (endpoint: string, secpol: string, secmode: string): FlowNode[] => [
      config('OpcUa-Endpoint', { endpoint, secpol, secmode }),
      at('OpcUa-Client', { endpoint: 'c' }),
    ];
    expect(subjects('opcua_without_security', client('opc.tcp://10.0.0.5:4840', 'None', 'None'))).toEqual(['c']);
    expect(subjects('opcua_without_security', client('opc.tcp://10.0.0.5:4840', 'Basic256Sha256', 'SignAndEncrypt'))).toEqual([]);
    expect(subjects('opcua_without_security', client('opc.tcp://localhost:4840', 'None', 'None'))).toEqual([]);
    expect(subjects('opcua_without_security', [at('OpcUa-Server', { port: '53880', allowAnonymous: true })])).toEqual(['n']);
  });

  it('when a database on another host has no TLS, it is found', () => {
    const postgres = (host: string, ssl: boolean): FlowNode[] => [
      config('postgreSQLConfig', { host, hostFieldType: 'str', ssl, sslFieldType: 'bool' }),
      at('postgresql', { postgreSQLConfig: 'c' }),
    ];
    expect(subjects('database_without_tls', postgres('10.0.0.7', false))).toEqual(['c']);
    expect(subjects('database_without_tls', postgres('10.0.0.7', true))).toEqual([]);
    expect(subjects('database_without_tls', postgres('127.0.0.1', false))).toEqual([]);
  });
});

describe('http_in_without_authentication', () => {
  const route = at('http in', { url: '/start', method: 'post' });
  it('when nothing asks who is there, it is found', () => {
    expect(subjects('http_in_without_authentication', [route], { settings: {} })).toEqual(['n']);
    expect(subjects('http_in_without_authentication', [route], { settings: { httpNodeAuth: { user: 'a', pass: 'hash' } } })).toEqual([]);
    expect(subjects('http_in_without_authentication', [route], {}, { routesAreProtected: true })).toEqual([]);
    expect(subjects('http_in_without_authentication', [{ ...route, d: true }], { settings: {} })).toEqual([]);
  });
});

describe('variable_missing', () => {
  const reader = config('mqtt-broker', { broker: '${BROKER}' });
  const user = at('mqtt in', { broker: 'c' });
  const declared = (required: boolean, given?: string) => ({
    variables: [{ name: 'BROKER', required, secret: false, ...(given === undefined ? {} : { default: given }) }],
  });
  const stage = (variables: Record<string, string | null>): PolicyOptions => ({ stage: { name: 'production', variables } });

  it('when it is used or required without a value, it is found', () => {
    expect(subjects('variable_missing', [reader, user], {}, stage({}))).toEqual(['BROKER']);
    expect(subjects('variable_missing', [], declared(true), stage({}))).toEqual(['BROKER']);
    const [finding] = checkPolicies({ flows: [tab, reader, user] }, stage({})).filter(({ rule }) => rule === 'variable_missing');
    expect(finding).toMatchObject({ nodeId: 'c', severity: 'block' });
  });

  it('when it has a value, a default, is optional or no stage is asked about, nothing is found', () => {
    expect(subjects('variable_missing', [reader, user], declared(true), stage({ BROKER: null }))).toEqual([]);
    expect(subjects('variable_missing', [reader, user], declared(true, 'b'), stage({}))).toEqual([]);
    expect(subjects('variable_missing', [reader, user], declared(false), stage({}))).toEqual([]);
    expect(subjects('variable_missing', [reader, user])).toEqual([]);
  });
});

describe('no_catch', () => {
  const write = at('mqtt out', { broker: 'c' }, 'w');
  const caught = (properties: JsonObject): FlowNode[] => [write, at('catch', properties, 'k')];
  it.each<[string, FlowNode[], boolean]>([
    ['nothing catches', [write], true],
    ['an http request posts', [at('http request', { method: 'POST' })], true],
    ['an http request only reads', [at('http request', { method: 'GET' })], false],
    ['a catch hears all', caught({ scope: null }), false],
    ['a catch hears this node', caught({ scope: ['w'] }), false],
    ['a catch hears another node', caught({ scope: ['other'] }), true],
    ['a catch is disabled', caught({ d: true }), true],
    ['a catch stands on another tab', caught({ z: 'u' }), true],
    ['a catch hears only its group', caught({ scope: 'group', g: 'g1' }), true],
  ])('when %s, it is found or not', (_, nodes, isFound) => {
    expect(subjects('no_catch', [...nodes, { id: 'u', type: 'tab' }])).toEqual(isFound ? ['t'] : []);
  });

  it('when the node stands in a group within the group of the catch, it is heard', () => {
    const groups = [at('group', {}, 'g1'), at('group', { g: 'g1' }, 'g2')];
    expect(subjects('no_catch', [...groups, { ...write, g: 'g2' }, at('catch', { scope: 'group', g: 'g1' }, 'k')])).toEqual([]);
  });

  it('when a subflow writes, its own catch or one beside its instance hears it', () => {
    const subflow: FlowNode[] = [config('subflow', {}, 's'), { ...write, z: 's' }, at('subflow:s', {}, 'i')];
    expect(subjects('no_catch', subflow)).toEqual(['t']);
    expect(subjects('no_catch', [...subflow, at('catch', { z: 's' }, 'k')])).toEqual([]);
    expect(subjects('no_catch', [...subflow, at('catch', { scope: null }, 'k')])).toEqual([]);
  });
});

describe('sizes', () => {
  it('when a tab has too many nodes, it is found; comments do not count', () => {
    const nodes = (count: number, type = 'debug'): FlowNode[] =>
      Array.from({ length: count }, (_, index) => at(type, {}, `${type}${index}`));
    expect(subjects('flow_too_large', nodes(4), {}, { limits: { nodesPerTab: 3 } })).toEqual(['t']);
    expect(subjects('flow_too_large', [...nodes(3), ...nodes(3, 'comment')], {}, { limits: { nodesPerTab: 3 } })).toEqual([]);
    expect(subjects('flow_too_large', nodes(201))).toEqual(['t']);
  });

  it('when a function is too long, it is found', () => {
    expect(subjects('function_too_long', [code('\n'.repeat(300))])).toEqual(['n#/func']);
    expect(subjects('function_too_long', [code('', { finalize: 'x'.repeat(20_001) })])).toEqual(['n#/finalize']);
    expect(subjects('function_too_long', [code('\n'.repeat(299)), at('template', { func: '\n'.repeat(400) }, 'm')])).toEqual([]);
  });
});

describe('lint', () => {
  it('when nrlint found something, it becomes a finding at the first node that exists', () => {
    const lint = [
      { rule: 'no-loops', message: 'loop detected', location: ['absent', 'n'], severity: 'warn' },
      { rule: 'no-loops', message: 'loop detected', location: [] },
    ];
    expect(subjects('lint', [at('debug')], {}, { lint })).toEqual(['n#no-loops', 'no-loops']);
    expect(subjects('lint', [at('debug')])).toEqual([]);
  });
});

describe('group_missing', () => {
  const group = (id: string, g: string, z = 't'): FlowNode => ({ id, type: 'group', z, g, nodes: [] });

  it.each<[string, FlowNode[], string[]]>([
    ['a group that is not there', [group('a', 'absent'), group('b', 'a')], ['a']],
    ['a group on another tab', [{ id: 'u', type: 'tab' }, group('a', 'b'), group('b', '', 'u')], ['a']],
    ['itself', [group('a', 'a'), group('b', 'a')], ['a']],
    ['another one that stands in it', [group('a', 'b'), group('b', 'a'), group('c', 'b')], ['a', 'b']],
    ['a group of its subflow', [{ id: 's', type: 'subflow' }, at('subflow:s'), group('a', 'absent', 's')], ['a']],
  ])('when a group stands in %s, it is found', (_, nodes, expected) => {
    expect(subjects('group_missing', nodes)).toEqual(expected);
  });

  it.each<[string, FlowNode[]]>([
    ['groups stand in groups of the same tab', [group('b', 'a'), group('a', ''), group('c', 'b')]],
    ['the tab is disabled', [{ id: 'u', type: 'tab', disabled: true }, group('a', 'absent', 'u')]],
    ['the subflow is not used', [{ id: 's', type: 'subflow' }, group('a', 'absent', 's')]],
  ])('when %s, nothing is found', (_, nodes) => {
    expect(subjects('group_missing', nodes)).toEqual([]);
  });
});

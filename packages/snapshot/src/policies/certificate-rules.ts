import type { FlowNode } from '../flows/flow-node.ts';
import { isObject, type JsonValue } from '../json.ts';
import { codeOf } from './code.ts';
import { called } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

/** Properties that turn the check off, by type of node; `*` for every type. */
const switches: Readonly<Record<string, Readonly<Record<string, readonly JsonValue[]>>>> = {
  '*': {
    verifyservercert: [false, 'false'],
    rejectUnauthorized: [false, 'false'],
    rejectUnauthorizedCerts: [false, 'false'],
    NODE_TLS_REJECT_UNAUTHORIZED: ['0', 0],
  },
  'MSSQL-CN': { trustServerCertificate: [true, 'true'] },
  'mongodb4-client': { tlsInsecure: [true, 'true'] },
  'ccu-connection': { inSecure: [true, 'true'] },
  'OpcUa-Server': { autoAcceptUnknownCertificate: [true, 'true'] },
};

const inCode = /\brejectUnauthorized["'`]?\s*[:=]\s*(?:false\b|0\b|!1\b)|NODE_TLS_REJECT_UNAUTHORIZED["'`\]]*\s*[:=]\s*["'`]?0/;
const parserInCode = /\binsecureHTTPParser["'`]?\s*[:=]\s*(?:true\b|1\b|!0\b)|--insecure-http-parser\b/;
const inCommand = /\bNODE_TLS_REJECT_UNAUTHORIZED=["']?0/;
const variable = 'NODE_TLS_REJECT_UNAUTHORIZED';

const certificateFix =
  'Give the node the certificate of the authority that signed the server’s (tls-config: CA), and turn the check on again; self-signed servers work that way, too.';

function observeProperties(node: FlowNode): Observation[] {
  return [switches['*'], switches[node.type]].flatMap((known) =>
    Object.entries(known ?? {}).flatMap(([property, values]) => {
      const value = Object.hasOwn(node, property) ? node[property] : undefined;
      if (value === undefined || !values.includes(value)) return [];
      return [
        {
          node,
          place: `/${property}`,
          message: `${called(node)} does not check the certificates of the other side (${property}).`,
          fix: certificateFix,
        },
      ];
    }),
  );
}

function observeCode(node: FlowNode): Observation[] {
  const found = codeOf(node)
    .filter(({ code }) => inCode.test(code))
    .map(({ property }) => property);
  if (node.type === 'exec' && typeof node['command'] === 'string' && inCommand.test(node['command'])) found.push('command');
  return found.map((property) => ({
    node,
    place: `/${property}`,
    message: `The ${property === 'command' ? 'command' : 'code'} of ${called(node)} turns off the check of certificates.`,
    fix: 'Remove that, and pass the certificate of the authority instead (option `ca`).',
  }));
}

/** The variable turns the check off for everything in the process. */
function observeVariable({ flows, snapshot, options }: RuleInput): Observation[] {
  const owners = flows.running.filter(({ env }) =>
    isListWith(env, (entry) => entry['name'] === variable && (entry['value'] === '0' || entry['value'] === 0)),
  );
  const isGiven =
    options.stage?.variables[variable] === '0' || snapshot.variables?.some((known) => known.name === variable && known.default === '0');
  const message = `The variable ${variable} is 0, which turns off the check of certificates for everything that runs in this process.`;
  const fix = 'Remove the variable, and give each connection the certificate of its authority (tls-config: CA).';
  return [
    ...owners.map((node) => ({ node, place: '/env', message, fix })),
    ...(isGiven === true ? [{ name: variable, message, fix }] : []),
  ];
}

function isListWith(list: JsonValue | undefined, test: (entry: Readonly<Record<string, JsonValue>>) => boolean): boolean {
  return Array.isArray(list) && list.filter(isObject).some(test);
}

function observeParser(node: FlowNode): Observation[] {
  const isOn = node['insecureHTTPParser'] === true || codeOf(node).some(({ code }) => parserInCode.test(code));
  if (!isOn) return [];
  return [
    {
      node,
      message: `${called(node)} reads answers of web servers leniently (insecureHTTPParser).`,
      fix: 'Turn it off and have the server corrected; keep it only for a device that cannot be, inside a closed network, and waive it with the reason.',
    },
  ];
}

export const certificateRules = {
  certificate_check_off: {
    title: 'Certificates are not checked',
    why: 'Without the check anyone on the way can answer in the server’s place, read what is sent and change it; the encryption then protects from nobody.',
    defaultSeverity: 'warn',
    check: (input) => [
      ...input.flows.running.flatMap((node) => [...observeProperties(node), ...observeCode(node)]),
      ...observeVariable(input),
    ],
  },
  insecure_http_parser: {
    title: 'Lenient reading of HTTP',
    why: 'Malformed headers that are let through can smuggle requests past proxies and poison their caches.',
    defaultSeverity: 'warn',
    check: ({ flows }) => flows.running.flatMap(observeParser),
  },
} as const satisfies RuleFamily;

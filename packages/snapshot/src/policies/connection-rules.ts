import { authorityOf } from '../integrations/addresses.ts';
import type { EndpointKind } from '../integrations/endpoint.ts';
import { isLoopback, isPublic } from './hosts.ts';
import { called } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

/** Connections of a kind that are known to be unprotected, with the host they lead to; null for one that waits for others. */
function unprotected(
  input: RuleInput,
  kind: EndpointKind,
  isConcerned: (host: string | null) => boolean,
  describe: Describe,
): Observation[] {
  return input.flows.connections.flatMap(({ node, entry, connection }) => {
    if ((connection.kind ?? entry.kind) !== kind || connection.security?.tls !== 'no') return [];
    const host = connection.listens === true ? null : hostOf(connection.address.text);
    // A host that only a variable or a message knows can be any.
    if (host === undefined || !isConcerned(host)) return [];
    return [{ node, ...describe(called(node), host) }];
  });
}

type Describe = (who: string, host: string | null) => Pick<Observation, 'message' | 'fix'>;

function hostOf(address: string): string | undefined {
  if (/[${}()*\s]/.test(address)) return undefined;
  const authority = authorityOf(address);
  if (authority === null) return undefined;
  return authority.startsWith('[') ? authority.slice(1, Math.max(authority.indexOf(']'), 1)) : authority.replace(/:[^:]*$/, '');
}

export const connectionRules = {
  mqtt_without_tls: {
    title: 'MQTT over the internet without TLS',
    why: 'On the way through public networks everyone can read the messages and the password, and send messages of their own, such as commands to machines.',
    defaultSeverity: 'warn',
    check: (input) =>
      unprotected(
        input,
        'mqtt',
        (host) => host !== null && isPublic(host),
        (who, host) => ({
          message: `${who} talks to the public host ${host} without TLS.`,
          fix: 'Turn on TLS (usually port 8883) in the broker’s config node.',
        }),
      ),
  },
  opcua_without_security: {
    title: 'OPC UA without security',
    why: 'With security policy None nothing is signed or encrypted: values and writes can be read and changed on the way, and passwords are sent as they are.',
    defaultSeverity: 'warn',
    check: (input) =>
      unprotected(
        input,
        'opcua',
        (host) => host === null || !isLoopback(host),
        (who, host) => ({
          message: host === null ? `${who} lets anyone in without security.` : `${who} talks to ${host} with security policy None.`,
          fix: 'Choose a policy such as Basic256Sha256 with Sign or SignAndEncrypt, and have both sides trust each other’s certificates.',
        }),
      ),
  },
  database_without_tls: {
    title: 'Databases without TLS',
    why: 'The password and all data cross the network readable for everyone on the way.',
    defaultSeverity: 'warn',
    check: (input) =>
      unprotected(
        input,
        'database',
        (host) => host !== null && !isLoopback(host),
        (who, host) => ({
          message: `${who} talks to the database on ${host} without TLS.`,
          fix: 'Turn on TLS in the config node and on the server; a database on the same host or in the same pod can be waived with that reason.',
        }),
      ),
  },
} as const satisfies RuleFamily;

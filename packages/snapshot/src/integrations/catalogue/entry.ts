import type { Answer, Direction, EndpointKind, Security } from '../endpoint.ts';
import type { NodeReader } from '../reader.ts';
import { joined, type Value } from '../value.ts';

/** An address, and how the way there is protected; null where the question does not arise. */
export type Connection = { address: Value; security: Security | null; listens?: boolean; kind?: EndpointKind; direction?: Direction };

/**
 * What the catalogue knows about a type of node. To add one, put it into the file of its family.
 * A type with a `connection` names something outside; one without is only described by the config node that it refers to.
 */
export type CatalogueEntry = {
  kind: EndpointKind;
  /** Properties that say where to and what: their change is one of class `integration`. */
  integration: readonly string[];
  /** Properties that say how it is protected: their change is one of class `security`. */
  security?: readonly string[];
  /** Where the node leads to. Null or empty when it has nothing to say as configured. */
  connection?: (read: NodeReader) => Connection | readonly Connection[] | null;
  direction?: Direction | ((read: NodeReader) => Direction);
  /** Topic, register, table, path …: what the node does there. */
  detail?: (read: NodeReader) => Value | null;
  /** True when flows that add such a node deserve a second look, whatever it is set to. */
  isPrivileged?: boolean;
};

export type CatalogueFamily = Readonly<Record<string, CatalogueEntry>>;

export const unprotected: Security = { tls: 'no', authentication: 'unknown', certificateCheck: 'unknown' };

/** Protection by TLS that a node either has or not, with the tls-config it may refer to. */
export function tlsSecurity(isTls: boolean, read: NodeReader, tlsProperty = 'tls', authentication: Answer = 'unknown'): Security {
  const config = read.config(tlsProperty);
  return { tls: isTls ? 'yes' : 'no', authentication, certificateCheck: isTls ? certificateCheck(config) : 'unknown' };
}

/** Without a tls-config Node checks certificates, with one it does unless told not to. */
function certificateCheck(config: NodeReader | null): Answer {
  return config?.raw('verifyservercert') === false ? 'no' : 'yes';
}

/** `scheme://host:port`; without a host there is nothing to name. */
export function hostAndPort(scheme: string, host: Value, port: Value): Value | null {
  if (host.symbol === '') return null;
  return port.symbol === '' ? joined(scheme, '://', host) : joined(scheme, '://', host, ':', port);
}

/** A connection at an address, or none without an address. */
export function at(address: Value | null, security: Security | null): Connection | null {
  return address === null || address.symbol === '' ? null : { address, security };
}

/** What a listener of this host is called: it waits on all of its addresses. */
export function onThisHost(scheme: string, port: Value): Value {
  return joined(scheme, '://*:', port);
}

/** A type of node that does something through its config node: only what it does is to tell. */
export function user(
  kind: EndpointKind,
  direction: CatalogueEntry['direction'],
  properties: readonly string[],
  detail?: CatalogueEntry['detail'],
): CatalogueEntry {
  return {
    kind,
    integration: properties,
    ...(direction === undefined ? {} : { direction }),
    ...(detail === undefined ? {} : { detail }),
  };
}

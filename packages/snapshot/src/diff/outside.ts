import type { Endpoint, EndpointNode, IntegrationMap } from '../integrations/endpoint.ts';

/** What of an endpoint changed: `address` stands for one that the same nodes reached elsewhere before. */
export type EndpointAspect = 'address' | 'security' | 'direction' | 'listens' | 'state' | 'nodes';

/** How the way to something outside changes. */
export type EndpointChange =
  | { change: 'added'; after: Endpoint }
  | { change: 'removed'; before: Endpoint }
  | { change: 'changed'; aspects: EndpointAspect[]; before: Endpoint; after: Endpoint };

/**
 * What changes towards the outside world. An endpoint that is gone and one that is new are one change when the same nodes stand behind both: its
 * address changed.
 */
export function compareIntegrations(before: IntegrationMap, after: IntegrationMap): EndpointChange[] {
  const old = new Map(before.endpoints.map((endpoint) => [keyOf(endpoint), endpoint]));
  const current = new Map(after.endpoints.map((endpoint) => [keyOf(endpoint), endpoint]));
  const changed = after.endpoints.flatMap((endpoint): EndpointChange[] => {
    const previous = old.get(keyOf(endpoint));
    const aspects = previous === undefined ? [] : aspectsOf(previous, endpoint);
    return previous === undefined || aspects.length === 0 ? [] : [{ change: 'changed', aspects, before: previous, after: endpoint }];
  });
  const gone = before.endpoints.filter((endpoint) => !current.has(keyOf(endpoint)));
  const added = after.endpoints.filter((endpoint) => !old.has(keyOf(endpoint)));
  return [...moves(gone, added), ...changed];
}

function keyOf({ kind, address }: Endpoint): string {
  return `${kind} ${address}`;
}

function moves(gone: readonly Endpoint[], added: readonly Endpoint[]): EndpointChange[] {
  const left = new Set(gone);
  const result = added.map((after): EndpointChange => {
    const ids = new Set(after.nodes.map(({ id }) => id));
    const before = [...left].find((endpoint) => endpoint.nodes.some(({ id }) => ids.has(id)));
    if (before === undefined) return { change: 'added', after };
    left.delete(before);
    return { change: 'changed', aspects: ['address', ...aspectsOf(before, after)], before, after };
  });
  return [...result, ...[...left].map((before): EndpointChange => ({ change: 'removed', before }))];
}

function aspectsOf(before: Endpoint, after: Endpoint): EndpointAspect[] {
  const aspects: EndpointAspect[] = [];
  if (securityOf(before) !== securityOf(after)) aspects.push('security');
  if (before.direction !== after.direction) aspects.push('direction');
  if (before.listens !== after.listens) aspects.push('listens');
  if (before.state !== after.state) aspects.push('state');
  if (usesOf(before.nodes) !== usesOf(after.nodes)) aspects.push('nodes');
  return aspects;
}

function securityOf({ security }: Endpoint): string {
  return security === null ? '' : `${security.tls} ${security.authentication} ${security.certificateCheck}`;
}

/** Who does what there; names are cosmetic. */
function usesOf(nodes: readonly EndpointNode[]): string {
  return nodes
    .map(({ id, path, direction, detail, state }) => [...path, id, direction, detail ?? '', state].join('\u0000'))
    .sort()
    .join('\n');
}

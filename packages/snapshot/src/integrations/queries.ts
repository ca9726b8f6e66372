import type { Endpoint, EndpointNode, IntegrationMap } from './endpoint.ts';

/** An endpoint and whose map it stands in: a device, a stage, an application. */
export type Talker<Owner> = { owner: Owner; endpoint: Endpoint; nodes: EndpointNode[] };

/** The endpoints of a map that are in use, as lines of an answer to "what does it talk to": disabled and unused ones only when asked for. */
export function endpointsOf({ endpoints }: IntegrationMap, options: { idle?: boolean } = {}): Endpoint[] {
  const isIdle = ({ state }: Endpoint): boolean => state === 'disabled' || state === 'unused';
  return endpoints.filter((endpoint) => options.idle === true || !isIdle(endpoint));
}

/**
 * Who talks to something outside: given an address (`mqtt://broker:1883`), an authority (`broker:1883`), a host (`broker`), or a path of a file.
 * Capital letters make no difference. Idle ones are named, too: turning something on again needs what they talk to.
 */
export function whatTalksTo<Owner>(maps: ReadonlyMap<Owner, IntegrationMap>, wanted: string): Talker<Owner>[] {
  const name = wanted.trim().toLowerCase().replace(/\/+$/, '');
  if (name === '') return [];
  return [...maps].flatMap(([owner, { endpoints }]) =>
    endpoints.filter((endpoint) => isCalled(endpoint, name)).map((endpoint) => ({ owner, endpoint, nodes: endpoint.nodes })),
  );
}

function isCalled({ address, symbol, authority }: Endpoint, name: string): boolean {
  const whole = [address, symbol].map((text) => text.toLowerCase().replace(/\/+$/, ''));
  if (whole.some((text) => text === name || text.slice(text.indexOf('://') + '://'.length) === name || text === `exec:${name}`))
    return true;
  return authority !== null && (authority === name || hostOf(authority) === name);
}

/** The host of `host:port`, `[::1]:80` or `host`. */
function hostOf(authority: string): string {
  return authority.startsWith('[') ? authority.slice(1, Math.max(authority.indexOf(']'), 1)) : authority.replace(/:[^:]*$/, '');
}

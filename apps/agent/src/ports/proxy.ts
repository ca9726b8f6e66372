import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

/** The usual variables, lower or upper case. */
export type ProxyEnvironment = Record<string, string | undefined>;

function read(environment: ProxyEnvironment, name: string): string | undefined {
  const value = environment[name.toLowerCase()] ?? environment[name.toUpperCase()];
  return value === '' ? undefined : value;
}

function isExempt(target: URL, exemptions: string): boolean {
  const host = target.hostname.toLowerCase();
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return exemptions
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entryPort !== undefined && entryPort !== port) return false;
      const suffix = name.replace(/^\*?\./, '');
      return host === suffix || host.endsWith(`.${suffix}`);
    });
}

/** The proxy for an address by `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl reads them; undefined for none. */
export function proxyFor(target: URL, environment: ProxyEnvironment): URL | undefined {
  if (isExempt(target, read(environment, 'no_proxy') ?? '')) return undefined;
  const value = read(environment, target.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? read(environment, 'all_proxy');
  if (value === undefined) return undefined;
  return new URL(value.includes('://') ? value : `http://${value}`);
}

/** An HTTPS agent whose connections go through `CONNECT` at an HTTP proxy. */
export function tunnelAgent(proxy: URL, options: https.AgentOptions): https.Agent {
  const agent = new https.Agent(options);
  const authorization: Record<string, string> =
    proxy.username === ''
      ? {}
      : {
          'proxy-authorization': `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString('base64')}`,
        };
  const connect = (target: tls.ConnectionOptions, callback: (error: Error | null, stream?: Duplex) => void): undefined => {
    const authority = `${target.host}:${target.port ?? 443}`;
    const outgoing = http.request({
      hostname: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorization },
      agent: false,
    });
    outgoing.once('error', (error) => callback(error));
    outgoing.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) callback(null, tls.connect({ ...target, socket, servername: target.servername ?? target.host ?? '' }));
      else {
        socket.destroy();
        callback(new Error(`the proxy answered ${answer.statusCode} to CONNECT`));
      }
    });
    outgoing.end();
  };
  // Node documents `createConnection` of an agent as the place to override; its types do not know the callback form.
  return Object.assign(agent, { createConnection: connect });
}

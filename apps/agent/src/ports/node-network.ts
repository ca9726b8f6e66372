import * as http from 'node:http';
import * as https from 'node:https';
import { type Network, type NetworkAnswer, NetworkError, type NetworkRequest } from './network.ts';
import { type ProxyEnvironment, proxyFor, tunnelAgent } from './proxy.ts';

const keepAliveOptions = { keepAlive: true, maxSockets: 8, scheduling: 'lifo' as const };

function headersOf(message: http.IncomingMessage): Record<string, string> {
  const entries = Object.entries(message.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}

async function* readBody(message: http.IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of message) yield chunk as Uint8Array;
  } catch (cause) {
    throw new NetworkError('the connection broke while the answer was read', { cause });
  }
  if (!message.complete) throw new NetworkError('the answer ended early');
}

function requestOptions(target: URL, proxy: URL | undefined): http.RequestOptions {
  // A plain HTTP proxy takes the whole address as the path; HTTPS goes through a tunnel made by the agent.
  if (proxy !== undefined && target.protocol === 'http:') {
    return { hostname: proxy.hostname, port: proxy.port || 80, path: target.href, headers: { host: target.host } };
  }
  return { hostname: target.hostname.replace(/^\[|\]$/g, ''), port: target.port, path: target.pathname + target.search };
}

/** HTTP and HTTPS with connections kept alive, through the proxy that the environment names. */
export function createNodeNetwork(environment: ProxyEnvironment): Network {
  const plain = new http.Agent(keepAliveOptions);
  const secure = new https.Agent(keepAliveOptions);
  const tunnels = new Map<string, https.Agent>();

  const agentFor = (target: URL, proxy: URL | undefined): http.Agent => {
    if (target.protocol === 'http:') return plain;
    if (proxy === undefined) return secure;
    const known = tunnels.get(proxy.href) ?? tunnelAgent(proxy, keepAliveOptions);
    tunnels.set(proxy.href, known);
    return known;
  };

  const request = (options: NetworkRequest): Promise<NetworkAnswer> => {
    const target = new URL(options.url);
    const proxy = proxyFor(target, environment);
    const base = requestOptions(target, proxy);
    const module = target.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const outgoing = module.request({
        ...base,
        method: options.method,
        headers: { ...base.headers, ...options.headers, ...(options.body === undefined ? {} : { 'content-length': options.body.length }) },
        agent: agentFor(target, proxy),
        timeout: options.timeoutMs,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      outgoing.on('timeout', () => outgoing.destroy(new NetworkError(`no answer within ${options.timeoutMs} ms`)));
      outgoing.on('error', (cause) => reject(cause instanceof NetworkError ? cause : new NetworkError(cause.message, { cause })));
      outgoing.on('response', (message) =>
        resolve({
          status: message.statusCode ?? 0,
          headers: headersOf(message),
          body: readBody(message),
          discard: () => void message.resume(),
        }),
      );
      outgoing.end(options.body);
    });
  };
  return {
    request,
    close: () => {
      for (const agent of [plain, secure, ...tunnels.values()]) agent.destroy();
    },
  };
}

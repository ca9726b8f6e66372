import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Network, NetworkError } from '../src/ports/index.ts';
import { createNodeNetwork } from '../src/ports/node-network.ts';

const servers: Server[] = [];
const networks: Network[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function networkWith(environment: Record<string, string>): Network {
  const network = createNodeNetwork(environment);
  networks.push(network);
  return network;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const get = (network: Network, url: string, timeoutMs = 5_000) =>
  network.request({ method: 'GET', url, headers: { 'x-test': 'yes' }, timeoutMs });

afterEach(async () => {
  for (const network of networks.splice(0)) network.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('the network of a device', () => {
  it('when several requests are made, they share one connection', async () => {
    let connections = 0;
    const server = createServer((request, response) => response.end(`${request.url} ${request.headers['x-test']}`));
    server.on('connection', () => {
      connections += 1;
    });
    const host = await listen(server);
    const network = networkWith({});
    for (const path of ['/a', '/b']) {
      const answer = await get(network, `http://${host}${path}`);
      expect([answer.status, await textOf(answer.body)]).toEqual([200, `${path} yes`]);
    }
    expect(connections).toBe(1);
  });

  it('when a proxy is set for http, it gets the whole address', async () => {
    const proxy = await listen(createServer((request, response) => response.end(`${request.url} for ${request.headers.host}`)));
    const answer = await get(networkWith({ HTTP_PROXY: `http://${proxy}` }), 'http://sluice.example/device/v1/time');
    expect(await textOf(answer.body)).toBe('http://sluice.example/device/v1/time for sluice.example');
  });

  it('when a proxy is set for https, a tunnel is asked for, and its refusal is told', async () => {
    let asked = '';
    const server = createServer();
    server.on('connect', (request, socket) => {
      asked = `${request.url} ${request.headers['proxy-authorization']}`;
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    const proxy = await listen(server);
    await expect(get(networkWith({ HTTPS_PROXY: `http://user:word@${proxy}` }), 'https://sluice.example/')).rejects.toThrow(/407/);
    expect(asked).toBe(`sluice.example:443 Basic ${Buffer.from('user:word').toString('base64')}`);
  });

  it('when the answer stops in the middle, that is an error and not a short answer', async () => {
    const host = await listen(
      createServer((_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half', () => response.destroy());
      }),
    );
    const answer = await get(networkWith({}), `http://${host}/`);
    await expect(textOf(answer.body)).rejects.toBeInstanceOf(NetworkError);
  });

  it('when nobody answers, it gives up', async () => {
    const host = await listen(createServer(() => undefined));
    await expect(get(networkWith({}), `http://${host}/`, 50)).rejects.toBeInstanceOf(NetworkError);
  });

  it('when nothing listens, it says so', async () => {
    await expect(get(networkWith({}), 'http://127.0.0.1:9/')).rejects.toBeInstanceOf(NetworkError);
  });
});

// INVARIANTS
// 1. Nobody is told or obeyed anything before they have sent the token.
// 2. A client that does not read loses its connection; it never makes Node-RED hold what it does not read.
// 3. Clients come and go (the agent restarts); the runtime never notices.
import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { ProbeMessage, ProbeRequest } from '@sluice/contracts';

export type Client = { send(message: ProbeMessage): void };

export type SocketServer = {
  server: Server;
  /** Sends to every client that has shown the token. */
  broadcast(message: ProbeMessage): void;
};

export type SocketServerOptions = {
  token: string;
  /** Called once per client, after it has shown the token. */
  onReady: (client: Client) => void;
  onRequest: (request: Exclude<ProbeRequest, { type: 'hello' }>, client: Client) => void;
};

const strangerBytesMax = 4 * 1024;
const requestBytesMax = 128 * 1024 * 1024;
/** More than the largest answer, the flows that run, so that what follows it does not end the connection. */
const unreadBytesMax = 64 * 1024 * 1024;

function sameToken(left: unknown, right: string): boolean {
  if (typeof left !== 'string') return false;
  const [given, expected] = [Buffer.from(left), Buffer.from(right)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function parseRequest(line: string): ProbeRequest | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as ProbeRequest) : undefined;
  } catch {
    return undefined;
  }
}

function serve(socket: Socket, options: SocketServerOptions, clients: Set<Client>): void {
  let known = false;
  let parts: string[] = [];
  let size = 0;
  const client: Client = {
    send: (message) => {
      if (socket.writableLength > unreadBytesMax) socket.destroy();
      else socket.write(`${JSON.stringify(message)}\n`);
    },
  };
  const onLine = (line: string): void => {
    const request = parseRequest(line);
    if (request === undefined) return void socket.destroy();
    if (known) {
      if (request.type !== 'hello') options.onRequest(request, client);
      return;
    }
    if (request.type !== 'hello' || !sameToken(request.token, options.token)) return void socket.destroy();
    known = true;
    clients.add(client);
    options.onReady(client);
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    for (const [index, text] of lines.entries()) {
      parts.push(text);
      size += text.length;
      if (size > (known ? requestBytesMax : strangerBytesMax)) return void socket.destroy();
      if (index === lines.length - 1) continue;
      const line = parts.join('');
      parts = [];
      size = 0;
      if (!socket.destroyed) onLine(line);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clients.delete(client));
}

/** Builds the server; the caller lets it listen. It never keeps the process alive. */
export function createSocketServer(options: SocketServerOptions): SocketServer {
  const clients = new Set<Client>();
  const server = createServer((socket) => {
    socket.unref();
    serve(socket, options, clients);
  });
  server.unref();
  return {
    server,
    broadcast: (message) => {
      for (const client of clients) client.send(message);
    },
  };
}

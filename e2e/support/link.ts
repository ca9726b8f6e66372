import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A wire between browser and control plane that a test can cut. */
export type Link = {
  origin: string;
  /** Breaks every connection and takes no new one. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

/** Lays a wire to `target`, e.g. `http://127.0.0.1:3400`. `onSent` sees every byte that goes there. */
export async function layLink(target: string, { onSent }: { onSent?: (bytes: Buffer) => void } = {}): Promise<Link> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    keep(near, () => far);
    keep(far, () => near);
    if (isCut) near.destroy();
    else near.pipe(far).pipe(near);
    if (onSent !== undefined) near.on('data', onSent);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the link has no port');
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    origin: `http://127.0.0.1:${address.port}`,
    cut: () => {
      isCut = true;
      destroyAll();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      server.close();
      destroyAll();
      await once(server, 'close');
    },
  };
}

import { connect } from 'node:net';

/** A connection that carries lines of text. */
export type LineChannel = {
  send(line: string): void;
  close(): void;
};

/** What a channel tells its owner. */
export type LineListener = {
  onLine(line: string): void;
  /** Called once, whoever closed it. */
  onClose(): void;
};

/** Unix sockets of this machine. */
export type LocalSockets = {
  /** @throws the system's error when nothing listens there */
  connect(path: string, listener: LineListener): Promise<LineChannel>;
};

const lineBytesMax = 64 * 1024 * 1024;

export const nodeLocalSockets: LocalSockets = {
  connect: (path, listener) =>
    new Promise((resolve, reject) => {
      const socket = connect(path);
      let parts: string[] = [];
      let length = 0;
      socket.setEncoding('utf8');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        socket.on('error', () => socket.destroy());
        socket.once('close', () => listener.onClose());
        resolve({ send: (line) => void socket.write(`${line}\n`), close: () => socket.destroy() });
      });
      socket.on('data', (chunk: string) => {
        const ends = chunk.split('\n');
        const rest = ends.pop() ?? '';
        for (const end of ends) {
          const line = parts.join('') + end;
          [parts, length] = [[], 0];
          listener.onLine(line);
        }
        // Joined at its end only: a line may be flows of many megabytes, which come in small pieces.
        parts.push(rest);
        length += rest.length;
        if (length > lineBytesMax) socket.destroy();
      });
    }),
};

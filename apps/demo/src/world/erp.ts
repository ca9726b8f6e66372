import { createServer } from 'node:http';

/** One count that a line posted for its order. `atMs` is monotonic. */
export type PostedCount = { atMs: number; site: string; line: string; order: number; good: number; rejected: number };

export type Erp = { readonly port: number; close(): Promise<void> };

const bodyBytesMax = 64 * 1024;

/** Starts the small ERP: `POST /orders` with `{site, line, order, good, rejected}` is booked and answered 201, anything else is refused. */
export async function startErp({
  port,
  now,
  onCount,
}: {
  port: number;
  now: () => number;
  onCount: (count: PostedCount) => void;
}): Promise<Erp> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request) {
      length += chunk.length;
      if (length > bodyBytesMax) break;
      chunks.push(chunk);
    }
    const count = request.method === 'POST' && request.url === '/orders' ? parseCount(Buffer.concat(chunks).toString()) : null;
    if (count !== null) onCount({ atMs: now(), ...count });
    response.writeHead(count === null ? 400 : 201, { 'content-type': 'application/json' }).end(JSON.stringify({ booked: count !== null }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function parseCount(text: string): Omit<PostedCount, 'atMs'> | null {
  try {
    const { site, line, order, good, rejected } = JSON.parse(text);
    const numbers = [order, good, rejected].every((value) => Number.isInteger(value) && value >= 0);
    return typeof site === 'string' && typeof line === 'string' && numbers ? { site, line, order, good, rejected } : null;
  } catch {
    return null;
  }
}

import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/** A message as the broker saw it: what an observer outside of Sluice can prove. `atMs` is monotonic. */
export type SeenMessage = { atMs: number; topic: string; payload: unknown };

export type Broker = { readonly port: number; close(): Promise<void> };

/**
 * Starts an MQTT broker on the loopback interface and hands each published message to `onMessage`.
 * Payloads that are not JSON are passed on as text.
 */
export async function startBroker({
  port,
  now,
  onMessage,
}: {
  port: number;
  now: () => number;
  onMessage: (message: SeenMessage) => void;
}): Promise<Broker> {
  const broker = await Aedes.createBroker();
  broker.on('publish', (packet, client) => {
    if (client !== null) onMessage({ atMs: now(), topic: packet.topic, payload: parsePayload(packet.payload.toString()) });
  });
  const server = createServer(broker.handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return {
    port,
    close: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function parsePayload(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

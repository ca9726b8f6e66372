import { createServer } from 'node:net';
import type { Clock } from '@sluice/platform/clock';

/** Where the control plane is to listen. */
export type ListenAddress = { host: string; port: number };

/** The control plane cannot listen where it shall; the message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

// An api whose launcher was killed lets go of its port within moments.
const patienceMs = 5_000;
const pollMs = 100;

/** Why nobody can listen there now; undefined when it is possible. */
function obstacle({ host, port }: ListenAddress): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function explain({ host, port }: ListenAddress, error: NodeJS.ErrnoException): string {
  const variable = port === 65_535 ? 'SLUICE_PORT=3401' : `SLUICE_PORT=${port + 1}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use by another program (another Sluice, perhaps). End that one, or choose another port: ${variable} npm start`;
    case 'EACCES':
      return `This account may not listen on port ${port} of ${host}. Choose a port above 1023: SLUICE_PORT=3400 npm start`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}: correct SLUICE_HOST (127.0.0.1 for this machine only, 0.0.0.0 for every network).`;
    default:
      return `Port ${port} of ${host} cannot be listened on: ${error.message}`;
  }
}

/**
 * Checks, before anything is started, that the port can be had. A port in use is waited for a few seconds, because right after a crash it may
 * be held by the process that is just ending.
 * @throws ListenError, or the signal's reason
 */
export async function requireFreePort(
  address: ListenAddress,
  options: { clock: Pick<Clock, 'monotonic' | 'sleep'>; signal: AbortSignal; say: (sentence: string) => void },
): Promise<void> {
  const { clock, signal, say } = options;
  const deadline = clock.monotonic() + patienceMs;
  for (let said = false; ; said = true) {
    const error = await obstacle(address);
    if (error === undefined) return;
    if (error.code !== 'EADDRINUSE' || clock.monotonic() >= deadline) throw new ListenError(explain(address, error), { cause: error });
    if (!said) say(`Port ${address.port} is in use; waiting ${patienceMs / 1000} seconds for it …`);
    await clock.sleep(pollMs, signal);
  }
}

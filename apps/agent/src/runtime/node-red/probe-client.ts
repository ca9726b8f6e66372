import type { ProbeMessage, ProbeRequest, RuntimeHealth } from '@sluice/contracts';
import type { Clock, LineChannel, LocalSockets } from '../../ports/index.ts';
import type { HotApplied } from '../driver.ts';

export type ProbeClientDeps = { sockets: LocalSockets; clock: Clock; socketPath: string; token: string };

/** The agent's end of the connection into one runtime process. */
export type ProbeClient = {
  health(): RuntimeHealth | null;
  askHealth(): void;
  deploy(request: Omit<Extract<ProbeRequest, { type: 'deploy' }>, 'type' | 'id'>): Promise<HotApplied>;
  close(): void;
};

const reconnectMs = 250;
/** Health older than this says nothing about now. */
const healthAgeMsMax = 10_000;
const deployTimeoutMs = 45_000;

type PendingDeploy = { resolve: (applied: HotApplied) => void; reject: (error: Error) => void };

function parseMessage(line: string): ProbeMessage | undefined {
  try {
    return JSON.parse(line) as ProbeMessage;
  } catch {
    return undefined;
  }
}

/** Connects, and connects again whenever the connection ends, until closed. */
export function createProbeClient(deps: ProbeClientDeps): ProbeClient {
  const { clock } = deps;
  const closing = new AbortController();
  const deploys = new Map<string, PendingDeploy>();
  let channel: LineChannel | undefined;
  let latest: { health: RuntimeHealth; at: number } | undefined;
  let deployCount = 0;

  const send = (request: ProbeRequest): void => channel?.send(JSON.stringify(request));
  const failDeploys = (): void => {
    for (const { reject } of deploys.values()) reject(new Error('the connection to the runtime ended'));
    deploys.clear();
  };
  const onLine = (line: string): void => {
    const message = parseMessage(line);
    if (message?.type === 'health') latest = { health: message.health, at: clock.monotonic() };
    if (message?.type !== 'deployed' && message?.type !== 'deploy_failed') return;
    const pending = deploys.get(message.id);
    deploys.delete(message.id);
    if (message.type === 'deployed') pending?.resolve({ revision: message.revision, cutOverMs: message.cutOverMs });
    else pending?.reject(new Error(message.message));
  };
  const connectOnce = async (): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      deps.sockets.connect(deps.socketPath, { onLine, onClose: resolve }).then((connected) => {
        channel = connected;
        if (closing.signal.aborted) connected.close();
        send({ type: 'hello', token: deps.token });
        send({ type: 'health' });
      }, reject);
    });
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      // Refused or gone: the runtime is starting, or ending. Trying again is all there is to do.
      await connectOnce().catch(() => undefined);
      channel = undefined;
      failDeploys();
      await clock.sleep(reconnectMs, closing.signal).catch(() => undefined);
    }
  };
  void run();

  const deploy: ProbeClient['deploy'] = async (request) => {
    if (channel === undefined) throw new Error('there is no connection to the runtime');
    deployCount += 1;
    const id = String(deployCount);
    // What was measured before the switch must not count as the new flows' health.
    latest = undefined;
    const cancel = clock.setTimer(deployTimeoutMs, () => {
      deploys.get(id)?.reject(new Error(`the runtime did not answer within ${deployTimeoutMs} ms`));
      deploys.delete(id);
    });
    try {
      return await new Promise<HotApplied>((resolve, reject) => {
        deploys.set(id, { resolve, reject });
        send({ type: 'deploy', id, ...request });
      });
    } finally {
      cancel();
      latest = undefined;
      send({ type: 'health' });
    }
  };
  return {
    health: () => (latest !== undefined && clock.monotonic() - latest.at <= healthAgeMsMax ? latest.health : null),
    askHealth: () => send({ type: 'health' }),
    deploy,
    close: () => {
      closing.abort();
      channel?.close();
    },
  };
}

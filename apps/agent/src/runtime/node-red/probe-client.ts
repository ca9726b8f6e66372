import type { ProbeMessage, ProbeRequest, RunningFlows, RuntimeHealth } from '@sluice/contracts';
import type { Clock, LineChannel, LocalSockets } from '../../ports/index.ts';
import type { HotApplied } from '../driver.ts';

export type ProbeClientDeps = { sockets: LocalSockets; clock: Clock; socketPath: string; token: string };

/** The agent's end of the connection into one runtime process. */
export type ProbeClient = {
  health(): RuntimeHealth | null;
  askHealth(): void;
  deploy(request: Omit<Extract<ProbeRequest, { type: 'deploy' }>, 'type' | 'id'>): Promise<HotApplied>;
  /** @param key base64, keys the fingerprints of the credentials @throws when the runtime does not answer in time, or says that it cannot */
  runningFlows(key: string): Promise<RunningFlows>;
  close(): void;
};

const reconnectMs = 250;
/** Health older than this says nothing about now. */
const healthAgeMsMax = 10_000;
const deployTimeoutMs = 45_000;
const captureTimeoutMs = 15_000;

type Request = Extract<ProbeRequest, { id: string }>;
type Answer = Extract<ProbeMessage, { id: string }>;
type Pending = { resolve: (answer: Answer) => void; reject: (error: Error) => void };

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
  const pending = new Map<string, Pending>();
  let channel: LineChannel | undefined;
  let latest: { health: RuntimeHealth; at: number } | undefined;
  let requestCount = 0;

  const send = (request: ProbeRequest): void => channel?.send(JSON.stringify(request));
  const failAll = (): void => {
    for (const { reject } of pending.values()) reject(new Error('the connection to the runtime ended'));
    pending.clear();
  };
  const onLine = (line: string): void => {
    const message = parseMessage(line);
    if (message?.type === 'health') latest = { health: message.health, at: clock.monotonic() };
    if (message === undefined || !('id' in message)) return;
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.type === 'deploy_failed' || message.type === 'capture_failed') waiting?.reject(new Error(message.message));
    else waiting?.resolve(message);
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
      failAll();
      await clock.sleep(reconnectMs, closing.signal).catch(() => undefined);
    }
  };
  void run();

  const ask = async (request: Request, timeoutMs: number): Promise<Answer> => {
    const cancel = clock.setTimer(timeoutMs, () => {
      pending.get(request.id)?.reject(new Error(`the runtime did not answer within ${timeoutMs} ms`));
      pending.delete(request.id);
    });
    try {
      return await new Promise<Answer>((resolve, reject) => {
        pending.set(request.id, { resolve, reject });
        send(request);
      });
    } finally {
      cancel();
    }
  };
  const nextId = (): string => {
    if (channel === undefined) throw new Error('there is no connection to the runtime');
    requestCount += 1;
    return String(requestCount);
  };
  const unexpected = (): Error => new Error('the runtime answered something else');

  const deploy: ProbeClient['deploy'] = async (request) => {
    const id = nextId();
    // What was measured before the switch must not count as the new flows' health.
    latest = undefined;
    try {
      const answer = await ask({ type: 'deploy', id, ...request }, deployTimeoutMs);
      if (answer.type !== 'deployed') throw unexpected();
      return { revision: answer.revision, cutOverMs: answer.cutOverMs };
    } finally {
      latest = undefined;
      send({ type: 'health' });
    }
  };
  const runningFlows: ProbeClient['runningFlows'] = async (key) => {
    const answer = await ask({ type: 'capture', id: nextId(), key }, captureTimeoutMs);
    if (answer.type !== 'captured') throw unexpected();
    const { flows, runtimeVersion, fingerprints } = answer;
    return { flows, runtimeVersion, fingerprints };
  };
  return {
    health: () => (latest !== undefined && clock.monotonic() - latest.at <= healthAgeMsMax ? latest.health : null),
    askHealth: () => send({ type: 'health' }),
    deploy,
    runningFlows,
    close: () => {
      closing.abort();
      channel?.close();
    },
  };
}

import type { EventEmitter } from 'node:events';
import type { ProbeRequest, RuntimeHealth } from '@sluice/contracts';
import { captureFlows } from './capture.ts';
import { createConnectionTracker } from './connection-tracker.ts';
import { deploy } from './deploy.ts';
import { type ErrorFacts, watchErrors } from './error-watch.ts';
import { watchFlows } from './flows-watch.ts';
import { createKpiWatch } from './kpi-watch.ts';
import { createLagMeter, createRateMeter, type DelayHistogram } from './meters.ts';
import type { NodeRedApi, NodeStatusEvent, RuntimeFlows } from './node-red.ts';
import { type Client, createSocketServer, type SocketServer } from './socket-server.ts';

/** Everything outside the probe that it touches. */
export type ProbeDeps = {
  RED: NodeRedApi;
  flows: RuntimeFlows;
  token: string;
  process: {
    pid: number;
    version: string;
    events: EventEmitter;
    memory(): { heapUsed: number; rss: number };
    uptimeMs(): number;
    /** Ends Node-RED in its own orderly way. */
    terminate(): void;
  };
  clock: {
    /** Epoch milliseconds. */
    now(): number;
    /** Milliseconds that never jump. */
    monotonic(): number;
    /** Calls back again and again without keeping the process alive. */
    every(intervalMs: number, callback: () => void): void;
    wait(delayMs: number): Promise<void>;
  };
  delays: { histogram: DelayHistogram; resolutionMs: number };
  /** Keeps the reason of a crash for the agent; the process ends right after. */
  noteCrash: (facts: ErrorFacts) => void;
};

const tickMs = 1_000;
const lagPeriodTicks = 5;
/** Changes are pushed at most so often: one lost broker turns the status of hundreds of nodes. */
const pushTickMs = 200;

/** Starts to measure and builds the server through which the agent asks and commands. */
export function startProbe(deps: ProbeDeps): SocketServer {
  const { RED, clock } = deps;
  let changed = false;
  const markChanged = (): void => {
    changed = true;
  };
  const watch = watchFlows(RED, { now: clock.monotonic, onChange: markChanged });
  const errors = watchErrors(RED, deps.process.events, deps.noteCrash);
  const connections = createConnectionTracker({ now: clock.now, findNode: (id) => RED.nodes.getNode(id) });
  const rate = createRateMeter(clock.monotonic);
  const kpis = createKpiWatch(clock.monotonic);
  const lag = createLagMeter(deps.delays.histogram, deps.delays.resolutionMs);

  RED.events.on('node-status', (event: NodeStatusEvent) => {
    if (connections.observe(event)) markChanged();
  });
  RED.hooks.add('onSend', (events) => {
    rate.add(Array.isArray(events) ? events.length : 1);
    kpis.observe(events);
  });
  RED.events.on('flows:stopping', kpis.clear);

  RED.events.on('flows:started', () => {
    if (connections.retryUnknown()) markChanged();
  });

  const measure = async (): Promise<RuntimeHealth> => {
    connections.retryUnknown();
    const active = await deps.flows.getFlows({}).catch(() => null);
    const memory = deps.process.memory();
    const declared = kpis.list();
    return {
      measuredAt: new Date(clock.now()).toISOString(),
      runtimeVersion: RED.version(),
      nodeVersion: deps.process.version,
      ...watch.facts(),
      flowsRevision: active?.rev ?? null,
      connections: connections.list(),
      ...errors(),
      messagesTotal: rate.total(),
      messagesPerSecond: rate.perSecond(),
      eventLoopLagMs: lag.lagMs(),
      heapUsedBytes: memory.heapUsed,
      residentBytes: memory.rss,
      uptimeMs: Math.round(deps.process.uptimeMs()),
      ...(declared === undefined ? {} : { kpis: declared }),
    };
  };

  const onRequest = async (request: Exclude<ProbeRequest, { type: 'hello' }>, client: Client): Promise<void> => {
    if (request.type === 'health') client.send({ type: 'health', health: await measure() });
    else if (request.type === 'capture') {
      const credentialsOf = (id: string): unknown => RED.nodes.getCredentials(id);
      client.send(await captureFlows(request, { flows: deps.flows, credentialsOf, runtimeVersion: RED.version() }));
    } else if (request.type === 'shutdown') deps.process.terminate();
    else if (request.type === 'deploy') {
      client.send(await deploy(request, { flows: deps.flows, watch, now: clock.monotonic, wait: clock.wait }));
    }
  };
  const sockets = createSocketServer({
    token: deps.token,
    onReady: (client) => {
      const { pid, version } = deps.process;
      client.send({ type: 'hello', protocolVersion: 1, pid, runtimeVersion: RED.version(), nodeVersion: version });
    },
    onRequest: (request, client) => void onRequest(request, client),
  });

  let ticks = 0;
  clock.every(tickMs, () => {
    rate.sample();
    ticks += 1;
    if (ticks % lagPeriodTicks === 0) lag.roll();
  });
  clock.every(pushTickMs, () => {
    if (connections.retryUnknown()) markChanged();
    if (!changed) return;
    changed = false;
    void measure().then((health) => sockets.broadcast({ type: 'health', health }));
  });
  return sockets;
}

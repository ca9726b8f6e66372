import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { NodeRedApi, RuntimeFlows } from './node-red.ts';
import { startProbe } from './probe.ts';

const delayResolutionMs = 20;
/** A second copy of the plugin (another folder on Node-RED's search path) must not fight over the socket. */
const loadedMark = Symbol.for('sluice.probe.loaded');

function runtimeFlows(): RuntimeFlows {
  const main = require.main?.filename;
  if (main === undefined) throw new Error('Node-RED was not started as a process of its own');
  // From the main module's place: the probe lies outside the module tree, and a second copy of the runtime would be an idle one.
  const runtime = createRequire(main)('@node-red/runtime') as { flows: RuntimeFlows };
  return runtime.flows;
}

/** The plugin's entry: Node-RED calls it once, before it loads any flows. Without the agent's variables it does nothing. */
export function activate(RED: NodeRedApi): void {
  const socketPath = process.env['SLUICE_PROBE_SOCKET'];
  const token = process.env['SLUICE_PROBE_TOKEN'];
  const globals = globalThis as { [loadedMark]?: boolean };
  if (socketPath === undefined || token === undefined || globals[loadedMark] === true) return;
  globals[loadedMark] = true;
  // Flows read the environment; the token is none of their business.
  delete process.env['SLUICE_PROBE_TOKEN'];
  delete process.env['SLUICE_PROBE_SOCKET'];

  const histogram = monitorEventLoopDelay({ resolution: delayResolutionMs });
  histogram.enable();
  // Loading nodes blocks the loop for a second or two. That is no fault of the flows.
  RED.events.once('flows:started', () => histogram.reset());
  const { server } = startProbe({
    RED,
    flows: runtimeFlows(),
    token,
    process: {
      pid: process.pid,
      version: process.version,
      events: process,
      memory: () => ({ heapUsed: process.memoryUsage().heapUsed, rss: process.memoryUsage.rss() }),
      uptimeMs: () => process.uptime() * 1000,
      terminate: () => process.kill(process.pid, 'SIGTERM'),
    },
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      every: (intervalMs, callback) => setInterval(callback, intervalMs).unref(),
      wait: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs).unref()),
    },
    delays: { histogram, resolutionMs: delayResolutionMs },
    noteCrash: (facts) => {
      try {
        writeFileSync(`${socketPath}.crash`, JSON.stringify(facts), { mode: 0o600 });
      } catch {
        // The process is dying of something else; that is the error to show.
      }
    },
  });
  rmSync(socketPath, { force: true });
  server.on('error', (error) => console.error(`sluice probe: ${error.message}`));
  server.listen(socketPath, () => chmodSync(socketPath, 0o600));
  RED.plugins.registerPlugin('sluice-probe', { type: 'sluice-probe' });
}

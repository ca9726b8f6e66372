import { createRequire } from 'node:module';
import type { FlowNode } from '../flows/flow-node.ts';

type Emitter = { once(event: string, listener: () => void): void };
type Engine = {
  init(runtime: unknown): void;
  setFlows(flows: FlowNode[], credentials: null, type: string, muteLog: boolean, forceStart: boolean): Promise<unknown>;
  get(id: string): object | null | undefined;
};
type Part = { init(value: unknown): void; load?(): unknown };
type Registry = { get(type: string): unknown; checkFlowDependencies(flows: unknown): Promise<void> };

const require = createRequire(import.meta.url);
const quiet = {
  log() {},
  info() {},
  warn() {},
  error() {},
  debug() {},
  trace() {},
  _: (text: string) => text,
  TRACE: 1,
  DEBUG: 2,
  ERROR: 3,
};

/** Node-RED's own engine for flows, in this process: nodes of every type do nothing, and nothing is stored. */
export type NodeRedEngine = {
  /** Resolves when the flows have started. @throws TypeError where Node-RED cannot compare the flows */
  deploy(flows: readonly FlowNode[], type: 'full' | 'nodes'): Promise<void>;
  /** The object that runs for a node; another one after a restart. */
  running(id: string): object | undefined;
};

export async function startNodeRedEngine(): Promise<NodeRedEngine> {
  const Node: new (configuration: unknown) => object = require('@node-red/runtime/lib/nodes/Node.js');
  const registry: Registry = require('@node-red/registry');
  const { events }: { events: Emitter } = require('@node-red/util');
  registry.get = (type) =>
    type.startsWith('subflow:')
      ? undefined
      : function construct(this: unknown, configuration: unknown) {
          return new Node(configuration);
        };
  registry.checkFlowDependencies = () => Promise.resolve();
  const runtime = { log: quiet, settings: { get: () => undefined }, storage: { saveFlows: () => Promise.resolve('revision') } };
  const context: Part = require('@node-red/runtime/lib/nodes/context/index.js');
  context.init({});
  await context.load?.();
  const credentials: Part = require('@node-red/runtime/lib/nodes/credentials.js');
  credentials.init(runtime);
  const engine: Engine = require('@node-red/runtime/lib/flows/index.js');
  engine.init(runtime);
  return {
    async deploy(flows, type) {
      const started = new Promise<void>((resolve) => events.once('flows:started', resolve));
      await engine.setFlows(structuredClone([...flows]), null, type, true, true);
      await started;
    },
    running: (id) => engine.get(id) ?? undefined,
  };
}

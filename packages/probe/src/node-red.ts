import type { EventEmitter } from 'node:events';

/** The parts of Node-RED that the probe uses. Node-RED ships no types; these were checked against 5.0.7 and 4.1. */
export type NodeRedApi = {
  events: EventEmitter;
  hooks: { add(hook: string, callback: (event: unknown) => void): void };
  log: { ERROR: number; FATAL: number; addHandler(handler: EventEmitter): void };
  nodes: {
    getNode(id: string): { type?: string; name?: string } | null | undefined;
    /** Decrypted. */
    getCredentials(id: string): unknown;
  };
  plugins: { registerPlugin(id: string, definition: { type: string }): void };
  version(): string;
};

/** The `flows` part of `@node-red/runtime`, which a plugin reaches only through the main module. */
export type RuntimeFlows = {
  getFlows(options: object): Promise<{ flows: unknown[]; rev: string } | null>;
  setFlows(options: {
    flows: { flows: unknown[]; credentials: Record<string, unknown> };
    deploymentType: 'nodes' | 'full';
  }): Promise<{ rev: string }>;
};

/** A `node-status` event. `status` is absent when the node stopped, and empty when the node cleared it. */
export type NodeStatusEvent = { id: string; status?: { fill?: string; shape?: string; text?: unknown } };

/** A `runtime-event`: state changes and warnings of the flows. */
export type RuntimeEvent = { id: string; payload?: { error?: string; types?: string[]; state?: string } };

/** What the log hands to its handlers. `id` and `type` are those of the node that logged, if it was one. */
export type LogRecord = { level: number; msg?: unknown; id?: string; type?: string };

import type { EventEmitter } from 'node:events';

/** An answer as express gives it; only what the plugin uses. */
export type AdminReply = {
  status(code: number): AdminReply;
  set(name: string, value: string): AdminReply;
  json(body: unknown): void;
};
export type AdminRequest = { body: unknown; get(name: string): string | undefined };
export type AdminHandler = (request: AdminRequest, reply: AdminReply, next: () => void) => void;
type AdminRoute = (path: string, ...handlers: AdminHandler[]) => void;

/** The parts of Node-RED that the plugin uses in the server. Node-RED ships no types; these were checked against 5.0.7 and 4.1.15. */
export type NodeRedApi = {
  events: EventEmitter;
  /** Null when the runtime runs without editor and admin API. */
  httpAdmin: { get: AdminRoute; post: AdminRoute; delete: AdminRoute } | null | undefined;
  auth: { needsPermission(permission: string): AdminHandler };
  nodes: { getCredentials(id: string): Record<string, unknown> | undefined };
  plugins: { registerPlugin(id: string, definition: { type: string }): void };
  settings: { userDir?: string };
  version(): string;
};

/** A set of node types that one file of a module brings. */
export type NodeSet = { module?: string; version?: string; types: string[]; local?: boolean };

/** The part of `@node-red/runtime` that a plugin's own `RED` lacks. */
export type Runtime = {
  flows: { getFlows(options: object): Promise<{ flows: FlowEntry[]; rev: string } | null> };
  nodes: { getNodeList(options: object): Promise<NodeSet[]> };
};

/** A node, tab, subflow or group, as flows.json holds it. */
export type FlowEntry = { id: string; type: string; [property: string]: unknown };

/** `runtime-event`s tell when credentials cannot be decrypted; Node-RED goes on running then. */
export type RuntimeEvent = { id: string; payload?: { error?: string; text?: string } };

import type { JsonValue } from '../json.ts';

/** A node of a flow file: a tab, a subflow, a group, a config node or an ordinary one. Everything besides `id` and `type` belongs to its type. */
export type FlowNode = { id: string; type: string; [property: string]: JsonValue };

/** What a file may hold at most. */
export type FlowLimits = { bytesMax: number; nodesMax: number; depthMax: number };

/** Generous for people (the largest of 607 real files has 1.4 MB, 1,218 nodes and depth 10), small enough for every edge device. */
export const defaultFlowLimits: FlowLimits = { bytesMax: 25 * 1024 * 1024, nodesMax: 20_000, depthMax: 64 };

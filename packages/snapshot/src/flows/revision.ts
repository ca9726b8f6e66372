import { sha256Hex } from '@sluice/trust';
import type { FlowNode } from './flow-node.ts';

/** The bytes of flows.json as we store and deliver it. Key order is kept, so that Node-RED computes the same revision from it. */
export function flowsBytes(flows: readonly FlowNode[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(flows));
}

/** Node-RED's own `rev` of flows: SHA-256 (hexadecimal) of `JSON.stringify(flows)`. It is also the digest of the stored flows.json. */
export function flowsRevision(flows: readonly FlowNode[]): string {
  return sha256Hex(flowsBytes(flows));
}

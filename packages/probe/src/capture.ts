import { createHmac } from 'node:crypto';
import type { ProbeMessage, ProbeRequest } from '@sluice/contracts';
import type { RuntimeFlows } from './node-red.ts';

type CaptureRequest = Extract<ProbeRequest, { type: 'capture' }>;
export type CaptureAnswer = Extract<ProbeMessage, { type: 'captured' | 'capture_failed' }>;

export type CaptureDeps = {
  flows: Pick<RuntimeFlows, 'getFlows'>;
  /** The credentials of a node, decrypted, as the runtime has them. */
  credentialsOf: (nodeId: string) => unknown;
  runtimeVersion: string;
};

/** Canonical JSON (RFC 8785) of plain JSON data: the agent makes the same of what it has. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`)
    .join()}}`;
}

function idOf(node: unknown): string | undefined {
  const id: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'id') : undefined;
  return typeof id === 'string' ? id : undefined;
}

function fingerprintsOf(nodes: readonly unknown[], key: Uint8Array, deps: CaptureDeps): Record<string, string> {
  const fingerprints = nodes.flatMap((node) => {
    const id = idOf(node);
    const credentials = id === undefined ? undefined : deps.credentialsOf(id);
    if (id === undefined || typeof credentials !== 'object' || credentials === null || Object.keys(credentials).length === 0) return [];
    return [[id, createHmac('sha256', key).update(canonicalText(credentials)).digest('hex')] as const];
  });
  return Object.fromEntries(fingerprints);
}

/** Tells which flows run. Of credentials it tells nothing but whether they are the ones that the agent thinks of. */
export async function captureFlows(request: CaptureRequest, deps: CaptureDeps): Promise<CaptureAnswer> {
  try {
    const active = await deps.flows.getFlows({});
    if (active === null || !Array.isArray(active.flows)) throw new Error('Node-RED has not loaded its flows yet');
    const fingerprints = fingerprintsOf(active.flows, Buffer.from(request.key, 'base64'), deps);
    return { type: 'captured', id: request.id, flows: active.flows, runtimeVersion: deps.runtimeVersion, fingerprints };
  } catch (error) {
    return { type: 'capture_failed', id: request.id, message: (error instanceof Error ? error.message : String(error)).slice(0, 1000) };
  }
}

import type { RuntimeHealth } from './health.ts';

/**
 * The flows that run, without credentials. `fingerprints`: for each node that has credentials, the hexadecimal HMAC-SHA-256 of their canonical
 * JSON under the base64 key of the request: whoever knows what they should be sees whether they are, and nobody learns them.
 */
export type RunningFlows = { flows: unknown[]; runtimeVersion: string; fingerprints: Record<string, string> };

/**
 * What agent and probe say to each other over the Unix socket: newline-delimited JSON. The probe listens, the agent connects and
 * speaks first. Types only: agent and probe ship together, and neither may carry a schema library.
 */
export type ProbeRequest =
  | { type: 'hello'; token: string }
  | { type: 'health' }
  | { type: 'deploy'; id: string; flows: unknown[]; credentials: Record<string, unknown>; deploymentType: 'nodes' | 'full' }
  | { type: 'capture'; id: string; key: string }
  | { type: 'shutdown' };

export type ProbeMessage =
  | { type: 'hello'; protocolVersion: 1; pid: number; runtimeVersion: string; nodeVersion: string }
  | { type: 'health'; health: RuntimeHealth }
  | { type: 'deployed'; id: string; revision: string; cutOverMs: number }
  | { type: 'deploy_failed'; id: string; message: string }
  | ({ type: 'captured'; id: string } & RunningFlows)
  | { type: 'capture_failed'; id: string; message: string };

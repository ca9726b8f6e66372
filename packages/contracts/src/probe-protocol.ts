import type { RuntimeHealth } from './health.ts';

/**
 * What agent and probe say to each other over the Unix socket: newline-delimited JSON. The probe listens, the agent connects and
 * speaks first. Types only: agent and probe ship together, and neither may carry a schema library.
 */
export type ProbeRequest =
  | { type: 'hello'; token: string }
  | { type: 'health' }
  | { type: 'deploy'; id: string; flows: unknown[]; credentials: Record<string, unknown>; deploymentType: 'nodes' | 'full' }
  | { type: 'shutdown' };

export type ProbeMessage =
  | { type: 'hello'; protocolVersion: 1; pid: number; runtimeVersion: string; nodeVersion: string }
  | { type: 'health'; health: RuntimeHealth }
  | { type: 'deployed'; id: string; revision: string; cutOverMs: number }
  | { type: 'deploy_failed'; id: string; message: string };

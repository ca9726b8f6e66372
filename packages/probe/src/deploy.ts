import type { ProbeMessage, ProbeRequest } from '@sluice/contracts';
import type { FlowsWatch } from './flows-watch.ts';
import type { RuntimeFlows } from './node-red.ts';

type DeployRequest = Extract<ProbeRequest, { type: 'deploy' }>;
export type DeployAnswer = Extract<ProbeMessage, { type: 'deployed' | 'deploy_failed' }>;

export type DeployDeps = {
  flows: RuntimeFlows;
  watch: FlowsWatch;
  /** Milliseconds that never jump. */
  now: () => number;
  /** Resolves after so many milliseconds. */
  wait: (delayMs: number) => Promise<void>;
};

const startTimeoutMs = 30_000;

/**
 * Sets the flows of the running runtime. Answers when the changed nodes run again: `setFlows` itself resolves before that.
 * The complete credentials go along, because the runtime forgets those of every node that the new flows no longer have.
 */
export async function deploy(request: DeployRequest, deps: DeployDeps): Promise<DeployAnswer> {
  const begun = deps.now();
  try {
    const outcome = deps.watch.nextOutcome();
    deps.watch.resetFindings();
    const { rev } = await deps.flows.setFlows({
      flows: { flows: request.flows, credentials: request.credentials },
      deploymentType: request.deploymentType,
    });
    const ended = await Promise.race([outcome, deps.wait(startTimeoutMs).then(() => undefined)]);
    // Why the flows did not start is in the health that follows; here it only matters that they were taken.
    const stoppedAt = Math.max(begun, deps.watch.stoppedAt() ?? begun);
    return { type: 'deployed', id: request.id, revision: rev, cutOverMs: Math.round((ended?.at ?? deps.now()) - stoppedAt) };
  } catch (error) {
    return { type: 'deploy_failed', id: request.id, message: (error instanceof Error ? error.message : String(error)).slice(0, 1000) };
  }
}

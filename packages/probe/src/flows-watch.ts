import type { RuntimeHealth } from '@sluice/contracts';
import type { NodeRedApi, RuntimeEvent } from './node-red.ts';

/** What the runtime says about its flows as a whole. */
export type FlowsFacts = Pick<RuntimeHealth, 'flowsState' | 'missingTypes' | 'credentialsReadable'>;

/** `error` is set when the runtime did not start the flows (missing types, missing modules). */
export type FlowsOutcome = { at: number; error: string | undefined };

export type FlowsWatch = {
  facts(): FlowsFacts;
  /** When the flows were last being stopped, by the monotonic clock. */
  stoppedAt(): number | undefined;
  /** Resolves with the next end of a start of the flows. */
  nextOutcome(): Promise<FlowsOutcome>;
  /** To be called before flows are set: what was found missing or unreadable is about the old ones. */
  resetFindings(): void;
};

/**
 * Follows the flows through the runtime's events. Node-RED tells of missing types and unreadable credentials only there: it goes on
 * running in both cases.
 * @param options.now milliseconds that never jump
 * @param options.onChange called after each event that may have changed the facts
 */
export function watchFlows(RED: NodeRedApi, options: { now: () => number; onChange: () => void }): FlowsWatch {
  let facts: FlowsFacts = { flowsState: 'starting', missingTypes: [], credentialsReadable: true };
  let stoppedAt: number | undefined;
  let waiting: ((outcome: FlowsOutcome) => void)[] = [];

  const change = (next: Partial<FlowsFacts>): void => {
    facts = { ...facts, ...next };
    options.onChange();
  };
  const finish = (error: string | undefined): void => {
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve({ at: options.now(), error });
  };

  RED.events.on('flows:starting', () => change({ flowsState: 'starting' }));
  RED.events.on('flows:started', () => {
    change({ flowsState: 'started', missingTypes: [] });
    finish(undefined);
  });
  RED.events.on('flows:stopping', () => {
    stoppedAt = options.now();
    change({ flowsState: 'stopped' });
  });
  RED.events.on('runtime-event', (event: RuntimeEvent) => {
    const error = event.id === 'runtime-state' ? event.payload?.error : undefined;
    if (error === undefined) return;
    if (error === 'credentials_load_failed') change({ credentialsReadable: false });
    if (error === 'safe-mode') change({ flowsState: 'safe' });
    if (error === 'missing-types')
      change({ flowsState: 'stopped', missingTypes: (event.payload?.types ?? []).slice(0, 200).map((type) => type.slice(0, 200)) });
    if (error === 'missing-modules') change({ flowsState: 'stopped' });
    if (error !== 'credentials_load_failed') finish(error);
  });
  return {
    facts: () => facts,
    stoppedAt: () => stoppedAt,
    nextOutcome: () => new Promise((resolve) => waiting.push(resolve)),
    resetFindings: () => {
      facts = { ...facts, missingTypes: [], credentialsReadable: true };
    },
  };
}

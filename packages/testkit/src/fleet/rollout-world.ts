import type { Rollout, RolloutAction, RolloutDetail, RolloutPolicy, WavePolicy } from '@sluice/contracts';
import type { Clock } from '@sluice/platform/clock';
import { systemRandom } from '@sluice/platform/random';
import {
  createRollout,
  createStore,
  dueRollouts,
  getRolloutDetail,
  type NewRollout,
  requestRolloutAction,
  type StepOptions,
  type Store,
  stepRollout,
} from '@sluice/store';
import { SEED_CONTEXT } from '../seed/organization.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createSimulatedDevices, type SimulatedDevices } from './simulated-devices.ts';

export type RolloutWorld = {
  store: Store;
  connectionString: string;
  fleet: Fleet;
  devices: SimulatedDevices;
  /** What a step uses: signs with the fleet's release key, unless the test changes it. */
  step: StepOptions;
  promote(target: NewRollout): Promise<Rollout>;
  act(rolloutId: string, action: RolloutAction): Promise<Rollout>;
  detail(rolloutId: string): Promise<RolloutDetail>;
  /** Steps every rollout that is due, again and again, until none is: what a worker does, without waiting. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

const person = { kind: 'person', id: '00000000-0000-7000-8000-000000000001', name: 'Petra', method: 'session' } as const;

/**
 * A fleet in a database of its own, and everything needed to take rollouts through it.
 * @param options.database instead of a clone of the run's template: one with all migrations, e.g. on a server that a test restarts
 */
export async function createRolloutWorld(options: { clock: Clock; database?: TestDatabase }): Promise<RolloutWorld> {
  const { clock, database = await createTestDatabase() } = options;
  const store = createStore({ connectionString: database.connectionString, clock, random: systemRandom, poolSize: 6 });
  const fleet = await createFleet(store);
  const step: StepOptions = { releaseSigner: async () => fleet.organization.keys.release };
  const detail: RolloutWorld['detail'] = (rolloutId) =>
    getRolloutDetail(store, fleet.organization.id, { rolloutId, now: new Date(clock.now()) });
  return {
    store,
    connectionString: database.connectionString,
    fleet,
    devices: createSimulatedDevices(store),
    step,
    promote: (target) => store.transaction((tx) => createRollout(tx, fleet.organization.id, target, SEED_CONTEXT)),
    act: (rolloutId, action) =>
      store.transaction((tx) =>
        requestRolloutAction(tx, fleet.organization.id, { rolloutId, action }, { actor: person, reason: `please ${action}` }),
      ),
    detail,
    settle: async () => {
      for (;;) {
        const due = await dueRollouts(store, new Date(clock.now()));
        if (due.length === 0) return;
        for (const rolloutId of due) await stepRollout(store, rolloutId, step);
      }
    },
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
}

/** A wave that wants every device to succeed. */
export function strictWave(size: WavePolicy['size'], soakMs = 0): WavePolicy {
  return { size, threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 }, soakMs };
}

/** The policy of the demo's production: a canary of one, then the rest. */
export function canaryPolicy(
  options: Partial<Pick<RolloutPolicy, 'onBreach' | 'deploymentDeadlineMs'>> & { soakMs?: number } = {},
): RolloutPolicy {
  const { soakMs = 0, onBreach = 'roll_back', deploymentDeadlineMs = 600_000 } = options;
  return {
    waves: [strictWave({ kind: 'count', count: 1 }, soakMs), strictWave({ kind: 'rest' })],
    order: 'name',
    deploymentDeadlineMs,
    onBreach,
  };
}

/** What tests, the demo and benchmarks share: real servers, ready in a moment. */

export { createFleet, type Fleet, type FleetRelease, type FleetStage } from './fleet/fleet.ts';
export { brokenRolloutInvariants } from './fleet/rollout-invariants.ts';
export { canaryPolicy, createRolloutWorld, type RolloutWorld, strictWave } from './fleet/rollout-world.ts';
export {
  createSimulatedDevices,
  type ReportDetails,
  type SimulatedDevices,
  wholeRollback,
  wholeSuccess,
} from './fleet/simulated-devices.ts';
export { startTestPostgres, TEST_POSTGRES_VARIABLE } from './server.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
